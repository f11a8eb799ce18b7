"""Employee experience linked to customer scores by unit and period, and what the linked data say."""

from cxresearch.linkage.analyse import LinkageSettings, analyse
from cxresearch.linkage.association import disattenuate, overall_reliability
from cxresearch.linkage.controls import control_contrast
from cxresearch.linkage.dropped import dropped_difference
from cxresearch.linkage.influence import Influence, influence_range, leave_one_out, leave_one_out_correlations
from cxresearch.linkage.lagged import wave_robustness, wave_slopes
from cxresearch.linkage.link import COVARIATE, LINKED_COLUMNS, LinkedPanel, link
from cxresearch.linkage.multilevel import mixed, unit_mixed
from cxresearch.linkage.ols import unit_ols
from cxresearch.linkage.pooling import pool_periods
from cxresearch.linkage.sensitivity import equivalence, minimum_detectable
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.linkage.waves import Waves, waves_of

__all__ = [
    "COVARIATE",
    "LINKED_COLUMNS",
    "Influence",
    "LinkageSettings",
    "LinkedPanel",
    "LinkedUnits",
    "Waves",
    "analyse",
    "control_contrast",
    "disattenuate",
    "dropped_difference",
    "equivalence",
    "influence_range",
    "leave_one_out",
    "leave_one_out_correlations",
    "link",
    "minimum_detectable",
    "mixed",
    "overall_reliability",
    "pool_periods",
    "unit_mixed",
    "unit_ols",
    "units_of",
    "wave_robustness",
    "wave_slopes",
    "waves_of",
]
