"""Random-intercept REML: per-unit moments against statsmodels, same data, same optimum."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from cxresearch.inference.random_intercept import fit_random_intercept
from cxresearch.inference.regression_moments import unit_level_moments
from cxresearch.moments import score_moments

SIZES = ((30, 10_000), (500, 100_000))
ROUNDS = 3
AGREEMENT = 1e-3
"""Relative gap of slope and standard error: statsmodels' powell and lbfgs stop loosely."""


def data(n_units: int, n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(20261121)
    unit = rng.integers(0, n_units, n_rows)
    ex = rng.normal(3.7, 0.3, n_units)
    effect = rng.normal(0, 0.4, n_units)
    return pd.DataFrame(
        {"unit": unit, "ex": ex[unit], "cx": 5 + 0.5 * ex[unit] + effect[unit] + rng.normal(0, 1, n_rows)}
    )


def ours(frame: pd.DataFrame) -> tuple[float, float]:
    n_units = int(frame["unit"].max()) + 1
    moments = score_moments(frame["unit"], frame["cx"], n_units)
    ex = frame.groupby("unit")["ex"].first().reindex(range(n_units)).to_numpy()
    fitted = fit_random_intercept(unit_level_moments(moments, ex))
    assert fitted is not None
    return float(fitted.coefficients[1]), float(fitted.std_errors[1])


def theirs(frame: pd.DataFrame) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = smf.mixedlm("cx ~ ex", frame, groups=frame["unit"]).fit(reml=True, method=["powell", "lbfgs"])
    return float(fitted.params["ex"]), float(fitted.bse["ex"])


def best(work: Callable[[pd.DataFrame], tuple[float, float]], frame: pd.DataFrame) -> tuple[float, tuple[float, float]]:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = work(frame)
        times.append(time.perf_counter() - started)
    return min(times), found


def main() -> None:
    print(f"{'units':>6} {'rows':>8} {'ours, s':>9} {'statsmodels, s':>15} {'ratio':>7}")
    for n_units, n_rows in SIZES:
        frame = data(n_units, n_rows)
        own, found = best(ours, frame)
        peer, expected = best(theirs, frame)
        assert np.allclose(found, expected, rtol=AGREEMENT), (found, expected)
        print(f"{n_units:>6} {n_rows:>8} {own:>9.4f} {peer:>15.3f} {peer / own:>7.0f}")


if __name__ == "__main__":
    main()
