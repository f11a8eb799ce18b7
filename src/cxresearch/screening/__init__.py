"""Careless answers: one index a module, and a policy under which no index alone leaves anybody out.

`questionnaire` takes the items out of a source, `screen` judges every person by every index, `screening_results`
counts. The indices equal those of R's package `careless`.
"""

from cxresearch.screening.duplicates import exact_copies, nearest_share, nearest_share_within
from cxresearch.screening.even_odd import even_odd
from cxresearch.screening.flags import INDICES, Flags, Unjudged
from cxresearch.screening.longstring import average_string, longstring
from cxresearch.screening.mahalanobis import Distance, mahalanobis, mahalanobis_answered
from cxresearch.screening.policy import VERSIONS, Screening, screen
from cxresearch.screening.questionnaire import Questionnaire, questionnaire
from cxresearch.screening.response_time import seconds_per_item
from cxresearch.screening.results import screening_results
from cxresearch.screening.synonyms import item_correlations, item_pairs, pair_consistency
from cxresearch.screening.thresholds import Thresholds
from cxresearch.screening.variability import irv, irv_by_part

__all__ = [
    "INDICES",
    "VERSIONS",
    "Distance",
    "Flags",
    "Questionnaire",
    "Screening",
    "Thresholds",
    "Unjudged",
    "average_string",
    "even_odd",
    "exact_copies",
    "irv",
    "irv_by_part",
    "item_correlations",
    "item_pairs",
    "longstring",
    "mahalanobis",
    "mahalanobis_answered",
    "nearest_share",
    "nearest_share_within",
    "pair_consistency",
    "questionnaire",
    "screen",
    "screening_results",
    "seconds_per_item",
]
