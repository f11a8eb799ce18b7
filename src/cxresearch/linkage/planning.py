"""How large should the next survey of these units be, given how reliably this one measured them?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxresearch.inference.unit_planning import SurveyDesign, units_grid
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = (
    "answers.ex", "answers.cx", "reliability.ex", "reliability.cx", "observed", "power", "units", "detectable",
    "half_width", "customers", "units_precise",
)  # fmt: skip
"""Ends of the terms of a plan."""
GRID_COLUMNS = ("employees", "customers", "observed", "units")
"""Columns of the planning table: answers per unit on each side, the correlation seen, units needed."""
HALF_WIDTH = 0.20
"""Half the interval of the latent correlation for which precision is planned."""


def plan_results(
    design: SurveyDesign, n_units: int, latent: float, *, term: str, power: float, level: float
) -> tuple[Result, ...]:
    """What a survey like this one can find, and how much more a given latent correlation would need.

    Returns
    -------
    `term.answers.ex` and `.cx` per unit; `term.reliability.ex` and `.cx` of unit means; `term.observed` the correlation
    that `latent` gives between them;
    `term.power` of so many units; `term.units` needed for `power`; `term.detectable` the smallest latent correlation
    that so many units find; `term.half_width` of the latent correlation's interval; `term.customers` per unit with
    which so many units would do; `term.units_precise` for a half width of `HALF_WIDTH`. What no survey of this kind
    reaches is not estimable.
    """
    alpha = 1 - level
    known = n_units >= 4 and design.visibility > 0
    values: dict[str, float | None] = {
        "answers.ex": design.employees,
        "answers.cx": design.customers,
        "reliability.ex": design.reliability_e,
        "reliability.cx": design.reliability_c,
        "observed": design.observed(latent),
        "power": design.power(latent, n_units, alpha) if known else None,
        "units": design.units_needed(latent, power, alpha),
        "detectable": design.detectable(n_units, power, alpha) if known else None,
        "half_width": design.half_width(latent, n_units, level) if known else None,
        "customers": design.respondents_needed(latent, n_units, power, alpha) if known else None,
        "units_precise": design.units_for_half_width(latent, HALF_WIDTH, level),
    }
    return tuple(
        NotEstimable(term=f"{term}.{part}", reason="honesty.out_of_reach")
        if value is None
        else Estimate(term=f"{term}.{part}", estimate=float(value), n_units=n_units, method="honesty.plan")
        for part, value in values.items()
    )


def plan_table(
    design: SurveyDesign,
    latent: float,
    *,
    power: float,
    level: float,
    employees: Sequence[int] = (),
    customers: Sequence[int] = (),
) -> pd.DataFrame:
    """Units needed for each mix of answers per unit, `GRID_COLUMNS`; around the design's own numbers by default."""
    per_e = tuple(employees) or _around(design.employees)
    per_c = tuple(customers) or _around(design.customers)
    found = units_grid(design, latent, per_e, per_c, power=power, alpha=1 - level)
    return found[list(GRID_COLUMNS)]


def _around(people: float) -> tuple[int, ...]:
    """Half, once, twice and four times as many people, at least 2."""
    return tuple(dict.fromkeys(max(2, round(people * factor)) for factor in (0.5, 1, 2, 4)))
