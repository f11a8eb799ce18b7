"""Structural equation models: factor models, measurement invariance and cross-lagged panels, by maximum likelihood."""

from cxresearch.sem.cfa_results import cfa_results, comparison_result, fit_results
from cxresearch.sem.compare import Comparison, compare, release_gain
from cxresearch.sem.cross_lagged import cross_lagged_results
from cxresearch.sem.factor_models import LEVELS, cfa, grouped_cfa, one_factor
from cxresearch.sem.fit import Fit, fit_model
from cxresearch.sem.fit_indices import FitIndices, fit_indices
from cxresearch.sem.invariance import Invariance, invariance
from cxresearch.sem.invariance_results import invariance_results
from cxresearch.sem.model import Entry, Model
from cxresearch.sem.panel_models import clpm, riclpm
from cxresearch.sem.reference import Reference, reference_of
from cxresearch.sem.samples import Sample, complete_rows, sample_from_moments, sample_from_rows
from cxresearch.sem.standardised import Standardised, standardised

__all__ = [
    "LEVELS",
    "Comparison",
    "Entry",
    "Fit",
    "FitIndices",
    "Invariance",
    "Model",
    "Reference",
    "Sample",
    "Standardised",
    "cfa",
    "cfa_results",
    "clpm",
    "compare",
    "comparison_result",
    "complete_rows",
    "cross_lagged_results",
    "fit_indices",
    "fit_model",
    "fit_results",
    "grouped_cfa",
    "invariance",
    "invariance_results",
    "one_factor",
    "reference_of",
    "release_gain",
    "riclpm",
    "sample_from_moments",
    "sample_from_rows",
    "standardised",
]
