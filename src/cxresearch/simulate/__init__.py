"""Survey and customer data with known truth: for tests, for power, for the example study."""

from cxresearch.simulate.company import Company, example_company
from cxresearch.simulate.design import Design, OutcomeModel, ProcessModel, ScaleModel
from cxresearch.simulate.files import write_company
from cxresearch.simulate.ordinal import (
    alpha_of,
    answer_covariance,
    answer_variance,
    between_share,
    categorise,
    thresholds,
)
from cxresearch.simulate.process import UnitProcess, standard_normals, unit_experiences
from cxresearch.simulate.surveys import Simulated, simulate
from cxresearch.simulate.truth import Truth, truth_of

__all__ = [
    "Company",
    "Design",
    "OutcomeModel",
    "ProcessModel",
    "ScaleModel",
    "Simulated",
    "Truth",
    "UnitProcess",
    "alpha_of",
    "answer_covariance",
    "answer_variance",
    "between_share",
    "categorise",
    "example_company",
    "simulate",
    "standard_normals",
    "thresholds",
    "truth_of",
    "unit_experiences",
    "write_company",
]
