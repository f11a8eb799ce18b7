"""Random-slope REML from per-unit cross-products, from the rows to the fit."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from benchmarks.comparison import Row, agree, timed
from benchmarks.peers import r
from cxresearch.inference.mixed.random_slope import fit_random_slope
from cxresearch.inference.mixed.unit_grams import unit_grams
from cxresearch.moments import Floats, Ints

UNITS, ROWS = 500, 495_000
LME4_AGREES, STATSMODELS_AGREES = 1e-4, 1e-2
"""Relative gap of slope and error: lme4 stops at its optimiser's tolerance, statsmodels' powell loosely."""
_LME4 = "m <- lmer(y ~ x + (1 + x | unit), d); c(fixef(m)[2], sqrt(vcov(m)[2, 2]))"


def _simulated() -> tuple[Ints, Floats, Floats]:
    rng = np.random.default_rng(20261122)
    unit = rng.integers(0, UNITS, ROWS)
    x = rng.normal(0, 1, ROWS)
    intercept, slope = rng.normal(0, 0.4, UNITS), rng.normal(0.5, 0.2, UNITS)
    return unit, x, 5 + intercept[unit] + slope[unit] * x + rng.normal(0, 1, ROWS)


def _ours(unit: Ints, x: Floats, y: Floats) -> tuple[float, float]:
    fit = fit_random_slope(unit_grams(unit, y, x))
    assert fit is not None
    return float(fit.coefficients[1]), float(fit.std_errors[1])


def _statsmodels(frame: pd.DataFrame) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm("y ~ x", frame, groups=frame["unit"], re_formula="~x")
        fitted = model.fit(reml=True, method=["powell", "lbfgs"])
    return float(fitted.params["x"]), float(fitted.bse["x"])


def rows() -> list[Row]:
    """One size against lme4 and statsmodels."""
    unit, x, y = _simulated()
    frame = pd.DataFrame({"unit": unit, "x": x, "y": y})
    own = timed(partial(_ours, unit, x, y))
    found: list[Row] = []
    of_lme4 = r.run(_LME4, {"d": frame}, "lme4", rounds=1)
    of_statsmodels = timed(partial(_statsmodels, frame), 1)
    for name, peer, tolerance, wanted in (
        ("lme4", of_lme4, LME4_AGREES, 15),
        ("statsmodels", of_statsmodels, STATSMODELS_AGREES, 80),
    ):
        if peer:
            agree(own.values, peer.values, rtol=tolerance)
        seconds = peer.seconds if peer else None
        found.append(Row("random slope, REML", f"{UNITS} units × {ROWS:,}", name, seconds, own.seconds, wanted))
    return found
