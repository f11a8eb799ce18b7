from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxresearch.inference.robustness_value import partial_r_squared, robustness_results, robustness_value
from cxresearch.statistic import Estimate, NotEstimable

PRINTED = 5e-4
"""The published example is printed with three digits."""
EXACT = 1e-10


def test_the_published_example() -> None:
    assert robustness_value(4.18, 783) == pytest.approx(0.1386, abs=1e-4)
    assert robustness_value(4.18445, 783) == pytest.approx(0.139, abs=PRINTED)
    assert robustness_value(4.18445, 783, alpha=0.05) == pytest.approx(0.076, abs=PRINTED)
    assert partial_r_squared(4.18445, 783) == pytest.approx(0.0219, abs=PRINTED)


def test_a_confounder_as_strong_as_the_value_brings_the_estimate_to_zero() -> None:
    """Omitted-variable bias, |bias| = se sqrt(df R2y R2x / (1 - R2x)), equals the estimate at R2y = R2x = RV."""
    t, df = 3.1, 57
    strength = robustness_value(t, df)
    assert math.sqrt(strength**2 / (1 - strength) * df) == pytest.approx(t, abs=EXACT)


def test_a_confounder_as_strong_as_the_value_takes_significance_away() -> None:
    t, df, alpha = 3.1, 57, 0.05
    strength = robustness_value(t, df, alpha=alpha)
    bias = math.sqrt(strength**2 / (1 - strength) * df)
    error = math.sqrt((1 - strength) / (1 - strength) * df / (df - 1))
    assert (t - bias) / error == pytest.approx(stats.t.isf(alpha / 2, df - 1), abs=EXACT)


@given(st.floats(0, 30), st.integers(5, 5000))
def test_values_are_shares_and_significance_is_lost_first(t: float, df: int) -> None:
    whole, significant = robustness_value(t, df), robustness_value(-t, df, alpha=0.05)
    assert 0 <= significant <= whole < 1 or whole == significant == 0


def test_results_of_a_slope() -> None:
    slope = Estimate(term="h1.ols", estimate=2.0, std_error=0.5, statistic=4.0, df=58.0, n_units=60)
    found = robustness_results(slope, term="h1.robustness_value", level=0.95)
    assert [item.term for item in found] == [
        "h1.robustness_value",
        "h1.robustness_value.significant",
        "h1.robustness_value.partial_r2",
    ]
    assert found[0].estimate == pytest.approx(robustness_value(4.0, 58))
    assert found[1].estimate == pytest.approx(robustness_value(4.0, 58, alpha=0.05))
    assert found[2].estimate == pytest.approx(16 / (16 + 58))


def test_partial_r_squared_equals_the_share_of_variance() -> None:
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 40))
    y = x + z + rng.normal(size=40)
    rest = []
    for columns in (np.column_stack([np.ones(40), z]), np.column_stack([np.ones(40), z, x])):
        residual = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        rest.append(residual @ residual)
    design = np.column_stack([np.ones(40), z, x])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    error = math.sqrt(rest[1] / 37 * np.linalg.inv(design.T @ design)[2, 2])
    assert partial_r_squared(beta[2] / error, 37) == pytest.approx(1 - rest[1] / rest[0], abs=EXACT)


def test_what_has_no_value_says_why() -> None:
    without = Estimate(term="h1.ols", estimate=2.0)
    assert robustness_results(without, term="v", level=0.95)[0].reason == "linkage.no_standard_error"
    absent = NotEstimable(term="h1.ols", reason="linkage.collinear")
    assert robustness_results(absent, term="v", level=0.95)[1].reason == "linkage.collinear"
    with pytest.raises(ValueError, match="two degrees of freedom"):
        robustness_value(2.0, 1)
