"""From persons to units: is there a unit level, and what is each unit's score worth?"""

from cxresearch.aggregation.agreement import UnitAgreement, unit_agreement, unit_agreement_of_counts
from cxresearch.aggregation.agreement_summary import agreement_results
from cxresearch.aggregation.disclosure import mask, suppressed
from cxresearch.aggregation.icc import icc1, icc2, icc_results
from cxresearch.aggregation.nulls import NULLS, NullDistribution, null_distribution
from cxresearch.aggregation.panel import PANEL_COLUMNS, UnitPanel
from cxresearch.aggregation.random_responders import random_responder_limit
from cxresearch.aggregation.reliability import unit_reliability
from cxresearch.aggregation.response import response_results
from cxresearch.aggregation.unit_scores import panel_from_counts, panel_from_respondents, panel_from_unit_scores
from cxresearch.aggregation.variance import OneWay, one_way, variance_components

__all__ = [
    "NULLS",
    "PANEL_COLUMNS",
    "NullDistribution",
    "OneWay",
    "UnitAgreement",
    "UnitPanel",
    "agreement_results",
    "icc1",
    "icc2",
    "icc_results",
    "mask",
    "null_distribution",
    "one_way",
    "panel_from_counts",
    "panel_from_respondents",
    "panel_from_unit_scores",
    "random_responder_limit",
    "response_results",
    "suppressed",
    "unit_agreement",
    "unit_agreement_of_counts",
    "unit_reliability",
    "variance_components",
]
