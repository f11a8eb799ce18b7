"""The items of a source as factor models take them: which measures they belong to, and who answered together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.codebook import Responses
from cxresearch.codebook.variables import Variable
from cxresearch.moments import Floats, Ints
from cxresearch.sem.samples import Sample, sample_from_rows
from cxresearch.statistic import NotEstimable
from cxresearch.study import Study
from cxresearch.study.informants import variables_of
from cxresearch.workflow.narrowed import Narrowed

MIN_CLUSTERS = 20
"""With fewer units than this, people who answered repeatedly are the clusters instead."""
MIN_ITEMS_ALONE = 4
"""A single scale with fewer items than this leaves nothing to test."""


@dataclass(frozen=True)
class FactorData:
    """One source's items.

    Attributes
    ----------
    factors : measure to its items' names. items : (N, K) answers in that order, reversed items turned.
    frame : the source's rows. clusters : (N,) codes of rows that belong together, None where rows are independent.
    """

    factors: dict[str, list[str]]
    items: Floats
    frame: pd.DataFrame
    clusters: Ints | None

    def sample(self, rows: np.ndarray | None = None) -> Sample:
        """The answers of some rows, or of all."""
        chosen = np.ones(len(self.items), dtype=bool) if rows is None else rows
        clusters = None if self.clusters is None else self.clusters[chosen]
        return sample_from_rows(self.items[chosen], clusters, self.frame["frequency"].to_numpy()[chosen])


def factor_data(
    study: Study, responses: Responses, term: str, narrowed: Narrowed | None = None
) -> FactorData | NotEstimable | None:
    """A source's scales with two items or more; None if it has none, or the reason if they make no testable model."""
    factors = _factors(study, responses)
    if not factors:
        return None
    if responses.grain != "respondents":
        return NotEstimable(term=term, reason=f"measurement.grain_{responses.grain}")
    listed = [variable for variables in factors.values() for variable in variables]
    if len(factors) == 1 and len(listed) < MIN_ITEMS_ALONE:
        return NotEstimable(term=term, reason="sem.too_few_items", details={"items": len(listed)})
    names = [*(variable.name for variable in listed), *study.spec.analyses.groups]
    frame = (narrowed or Narrowed()).over(responses, names).frame
    items = np.stack([v.turned(frame[v.name].to_numpy(dtype=np.float64)) for v in listed], axis=1)
    named = {measure: [variable.name for variable in variables] for measure, variables in factors.items()}
    return FactorData(named, items, frame, _clusters(frame))


def _factors(study: Study, responses: Responses) -> dict[str, list[Variable]]:
    factors: dict[str, list[Variable]] = {}
    used: set[str] = set()
    for measure, declared in study.spec.measures.items():
        if not declared.scale:
            continue
        variables = [
            variable
            for variable in variables_of(study, measure)
            if variable.source == responses.source and variable.role == "item" and variable.name not in used
        ]
        if len(variables) > 1:
            factors[measure] = variables
            used |= {variable.name for variable in variables}
    return factors


def _clusters(frame: pd.DataFrame) -> Ints | None:
    """Units, or with few units people who answered repeatedly."""
    units, names = pd.factorize(frame["unit"], sort=True)
    if len(names) >= MIN_CLUSTERS:
        return np.asarray(units, dtype=np.int64)
    named = frame["respondent"] != ""
    if not frame.loc[named, ["unit", "respondent"]].duplicated().any():
        return None
    person = frame["unit"] + "\N{SYMBOL FOR NULL}" + frame["respondent"].where(named, frame["line"].astype(str) + "#")
    return np.asarray(pd.factorize(person)[0], dtype=np.int64)
