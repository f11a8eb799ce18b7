"""The study's data without careless answers: everybody, without the flagged, or strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

import pandas as pd

from cxresearch.codebook import Responses
from cxresearch.codebook.narrowing import is_counted
from cxresearch.screening import Screening, Thresholds, questionnaire, screen
from cxresearch.study import Study
from cxresearch.workflow.narrowed import Narrowed
from cxresearch.workflow.reading import ReadStudy

Rule = Literal["all", "flagged_out", "strict"]
"""Who stays: everybody, those whom fewer than two indices flag, those whom none flags."""
RULES: tuple[Rule, ...] = get_args(Rule)


def thresholds(study: Study) -> Thresholds:
    """The limits of the indices as the plan declares them."""
    declared = study.spec.analyses.screening
    return Thresholds(
        longstring_share=declared.longest_run,
        near_duplicate_share=declared.identical_share,
        seconds_per_item=declared.seconds_per_item,
        min_indices=declared.min_flags,
    )


def screenings(study: Study, data: ReadStudy) -> Mapping[str, Screening]:
    """The screening of every source of respondents with items, by source. It holds rows and never leaves the run."""
    asked = {name: questionnaire(responses) for name, responses in data.responses.items()}
    return {name: screen(one, thresholds(study)) for name, one in asked.items() if one is not None}


def screened(study: Study, data: ReadStudy, rule: Rule, found: Mapping[str, Screening] | None = None) -> ReadStudy:
    """The data under a rule.

    Counted sources are not copied: their frame keeps all rows, and whoever was left out is left out of what they are
    narrowed to (`measuring.answers_of`, `ReadStudy.over`).

    Parameters
    ----------
    found : screenings of the data, where they are at hand already.
    """
    if rule == "all":
        return data
    judged = screenings(study, data) if found is None else found
    counted = {name: judged[name].rows_kept(rule) for name, one in data.responses.items() if _stays(one, judged)}
    responses = {
        name: _kept(one, judged[name], rule) if name in judged and name not in counted else one
        for name, one in data.responses.items()
    }
    return replace(data, responses=responses, narrowed=Narrowed(counted))


def _stays(responses: Responses, judged: Mapping[str, Screening]) -> bool:
    return responses.source in judged and is_counted(responses)


def _kept(responses: Responses, judged: Screening, rule: Rule) -> Responses:
    rows: pd.DataFrame = responses.frame[judged.kept(rule)]
    return replace(responses, frame=rows.reset_index(drop=True))
