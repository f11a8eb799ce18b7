"""Do customers of a happier employee, and of a happier unit, score higher? Two slopes, and whether they differ.

Within: among employees of the same unit, or in the same unit over time. Between: among units. Their difference is what
a unit's level adds beyond the level of the single employee, or period (the contextual effect).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference import fit_random_intercept, row_level_moments
from cxresearch.inference.mixed.nested_intercepts import NestedIntercepts, fit_nested_intercepts
from cxresearch.inference.mixed.nested_moments import group_moments
from cxresearch.inference.wald import wald_estimate
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.panel_rows import panel_rows
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = ("within", "between", "difference")


@dataclass(frozen=True, slots=True)
class ServingEmployees:
    """Customers' scores by the employee who served them.

    Attributes
    ----------
    unit : (G,) codes of employees' units. ex : (G,) the employee's own score. unit_ex : (G,) mean of ex over the unit's
    employees, those without customers included. cx : moments of the scores of each employee's customers.
    """

    unit: ArrayLike
    ex: Floats
    unit_ex: Floats
    cx: ScoreMoments


def employee_within_between(served: ServingEmployees, *, term: str, level: float) -> tuple[Result, ...]:
    """`term.within`, `term.between`, `term.difference`: customers in serving employees in units, by REML.

    y = b0 + b_W (x_i - mean_j) + b_B mean_j + u_j + v_i + e, with Satterthwaite's degrees of freedom.
    """
    terms = [f"{term}.{part}" for part in PARTS]
    if not len(served.ex) or not served.cx.n.any():
        return _none(terms, "mixed.nobody_served")
    moments = group_moments(served.unit, served.cx, np.column_stack([served.ex - served.unit_ex, served.unit_ex]))
    fit = fit_nested_intercepts(moments)
    if fit is None:
        return _none(terms, "mixed.unidentified")
    contrasts = ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 1.0])
    counts: dict[str, Any] = {
        "n_units": moments.n_units,
        "n_employees": moments.n_groups,
        "n_customers": moments.n_rows,
    }
    return tuple(
        replace(_wald(fit.contrast(np.array(weights)), name, level, "mixed.employee_within_between", fit), **counts)
        for name, weights in zip(terms, contrasts, strict=True)
    )


def period_within_between(linked: LinkedPanel, *, term: str, level: float) -> tuple[Result, ...]:
    """The same three results from a panel: a unit's own changes over time, and differences between units.

    Periods and covariates are held constant; each unit has a random intercept.
    """
    terms = [f"{term}.{part}" for part in PARTS]
    rows = panel_rows(linked)
    if rows.n_periods < 2:
        return _none(terms, "linkage.one_period")
    split = fit_random_intercept(
        row_level_moments(rows.unit, rows.cx, np.column_stack([rows.within, rows.between, rows.others]))
    )
    raw = fit_random_intercept(
        row_level_moments(rows.unit, rows.cx, np.column_stack([rows.ex, rows.between, rows.others]))
    )
    if split is None or raw is None:
        return _none(terms, "mixed.unidentified")
    counts: dict[str, Any] = {"n_units": len(rows.units), "n_periods": rows.n_periods}
    return tuple(
        replace(
            _wald(
                (float(fit.coefficients[place]), float(fit.std_errors[place]), float(fit.df[place])),
                name,
                level,
                "mixed.period_within_between",
                fit,
            ),
            **counts,
        )
        for name, fit, place in zip(terms, (split, split, raw), (1, 2, 2), strict=True)
    )


def _wald(values: tuple[float, float, float], term: str, level: float, method: str, fit: Any) -> Estimate:
    health: tuple[str, ...] = ()
    if fit.singular:
        health = ("mixed.singular",) if isinstance(fit, NestedIntercepts) else ("linkage.singular",)
    return wald_estimate(*values, term=term, level=level, method=method, health=health)


def _none(terms: Sequence[str], reason: str) -> tuple[Result, ...]:
    return tuple(NotEstimable(term=term, reason=reason) for term in terms)
