"""Random-intercept REML from per-unit moments, from the rows to the fit."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from benchmarks.comparison import Row, Timed, agree, timed
from benchmarks.peers import r
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.moments import Floats, Ints, score_moments

LME4_AGREES, STATSMODELS_AGREES = 1e-5, 1e-3
"""Relative gap of slope and standard error: statsmodels' optimisers stop loosely."""
MANY = 20
"""Rounds of the small size, ours and the peers' alike: thousandths of a second need more than one look."""
SIZES = ((30, 10_000), (500, 500_000))


def simulated(n_units: int, n_rows: int) -> tuple[Ints, Floats, Floats]:
    """Unit of every row, employee score of every unit, customer score of every row."""
    rng = np.random.default_rng(20261121)
    unit = rng.integers(0, n_units, n_rows)
    ex, effect = rng.normal(3.7, 0.3, n_units), rng.normal(0, 0.4, n_units)
    return unit, ex, 5 + 0.5 * ex[unit] + effect[unit] + rng.normal(0, 1, n_rows)


def slope_and_error(unit: Ints, ex: Floats, cx: Floats) -> tuple[float, float]:
    """Slope of the customer score on the employee score, and its standard error."""
    fitted = fit_random_intercept(unit_level_moments(score_moments(unit, cx, len(ex)), ex))
    assert fitted is not None
    return float(fitted.coefficients[1]), float(fitted.std_errors[1])


def _statsmodels(frame: pd.DataFrame) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = smf.mixedlm("cx ~ ex", frame, groups=frame["unit"]).fit(reml=True, method=["powell", "lbfgs"])
    return float(fitted.params["ex"]), float(fitted.bse["ex"])


_LME4 = "m <- lmer(cx ~ ex + (1 | unit), d); c(fixef(m)[2], sqrt(vcov(m)[2, 2]))"


def rows() -> list[Row]:
    """Two sizes against lme4 and statsmodels."""
    found: list[Row] = []
    for n_units, n_rows in SIZES:
        unit, ex, cx = simulated(n_units, n_rows)
        rounds = MANY if n_rows <= 10_000 else 1
        own = timed(partial(slope_and_error, unit, ex, cx), max(rounds, 5))
        size = f"{n_units} units × {n_rows:,}"
        frame = pd.DataFrame({"unit": unit, "ex": ex[unit], "cx": cx})
        peer: Timed | None = r.run(_LME4, {"d": frame}, "lme4", rounds=rounds)
        if peer:
            agree(own.values, peer.values, rtol=LME4_AGREES)
        found.append(Row("random intercept, REML", size, "lme4", peer.seconds if peer else None, own.seconds, 60))
        peer = timed(partial(_statsmodels, frame), rounds)
        agree(own.values, peer.values, rtol=STATSMODELS_AGREES)
        found.append(Row("random intercept, REML", size, "statsmodels", peer.seconds, own.seconds, 100))
    return found
