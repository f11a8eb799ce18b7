"""Models that several tests of this folder fit, and R's names of their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxresearch.sem.cfa_results import fit_results
from cxresearch.sem.fit import Fit
from cxresearch.statistic import Estimate, NotEstimable

ITEMS = [f"ex_{number:02d}" for number in range(1, 13)]
TURNED = ("ex_04", "ex_10")
FACTORS = {"a": ITEMS[:4], "b": ITEMS[4:8], "c": ITEMS[8:]}
HOLZINGER = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
WAVES = (1, 2, 3, 4)

CHI2 = 1e-4
"""lavaan stops its search at a relative change of 1e-10 of F; the witness file asks for this."""
INDEX = 1e-5
ESTIMATE = 1e-4
ERROR = 1e-3
"""Tolerances of fit indices, estimates and standard errors against lavaan, as the witness file states them."""


def sure(found: Fit | NotEstimable) -> Fit:
    assert isinstance(found, Fit), found
    return found


def compare_parameters(fit: Fit, rows: list[dict[str, Any]]) -> int:
    """Compare every free parameter with lavaan's; how many were compared."""
    compared = 0
    for row in rows:
        if not row["se"]:
            continue
        names = (f"{row['lhs']}~1",) if row["op"] == "~1" else (
            f"{row['lhs']}{row['op']}{row['rhs']}", f"{row['rhs']}{row['op']}{row['lhs']}"
        )  # fmt: skip
        label = next(name for name in names if name in fit.labels)
        value, error = fit.value(label)
        assert value == pytest.approx(row["est"], abs=ESTIMATE), label
        assert error == pytest.approx(row["se"], abs=ERROR), label
        compared += 1
    return compared


def compare_fit(fit: Fit, expected: dict[str, float], suffix: str = "") -> None:
    """Compare chi2, CFI, TLI, RMSEA and SRMR, the middle three with lavaan's `suffix`."""
    found = {result.term.removeprefix(f"{fit.term}."): result for result in fit_results(fit)}
    chi2 = found["chi2"]
    assert isinstance(chi2, Estimate)
    assert chi2.estimate == pytest.approx(expected["chisq.scaled" if suffix else "chisq"], abs=CHI2)
    assert chi2.df == expected["df"]
    for name in ("cfi", "tli", "rmsea"):
        result = found[name]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(expected[name + suffix], abs=INDEX), name
    srmr = found["srmr"]
    assert isinstance(srmr, Estimate)
    if "srmr" in expected:
        assert srmr.estimate == pytest.approx(expected["srmr"], abs=INDEX)
    rmsea = found["rmsea"]
    assert isinstance(rmsea, Estimate)
    for end, value in (("lower", rmsea.conf_low), ("upper", rmsea.conf_high)):
        if f"rmsea.ci.{end}{suffix}" in expected:
            assert value == pytest.approx(expected[f"rmsea.ci.{end}{suffix}"], abs=INDEX)


def two_factor_rows(n: int = 120, seed: int = 5) -> np.ndarray:
    """Answers to six items of two factors that correlate .5."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    return np.repeat(factors, 3, axis=1) * [1, 0.8, 0.6, 1, 0.8, 0.6] + 0.7 * rng.normal(size=(n, 6)) + 3
