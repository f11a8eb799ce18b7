"""Power, equivalence and multiplicity."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from cxresearch.inference import (
    benjamini_hochberg,
    correlation_power,
    detectable_correlation,
    holm,
    tost_correlation,
    tost_estimate,
    units_needed,
    wald_estimate,
)
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""Closed forms; R prints ten digits."""
UNIROOT = 1.3e-4
"""`pwr` finds roots with R's `uniroot`, whose default tolerance is the fourth root of the machine epsilon."""


@pytest.fixture
def r(reference: Path) -> dict:
    return json.loads((reference / "inference.json").read_text())


def test_power_equals_pwr(r: dict) -> None:
    power = r["power"]
    assert correlation_power(0.3, 60) == pytest.approx(power["r.3_n60"], abs=EXACT)
    assert units_needed(0.2) == pytest.approx(power["n_for_r.2_80"], abs=UNIROOT)
    assert units_needed(0.3) == pytest.approx(power["n_for_r.3_80"], abs=UNIROOT)
    assert detectable_correlation(60) == pytest.approx(power["r_detect_n60_80"], abs=UNIROOT)


@pytest.mark.parametrize(
    ("size", "units"), [(0.10, 782), (0.15, 346), (0.20, 194), (0.25, 123), (0.30, 85), (0.35, 61)]
)
def test_units_needed_are_the_textbook_ones(size: float, units: int) -> None:
    assert int(np.ceil(units_needed(size))) == units


@given(st.integers(5, 3000), st.floats(0.6, 0.95))
def test_detectable_and_needed_are_inverse(n: int, power: float) -> None:
    assert correlation_power(detectable_correlation(n, power), n) == pytest.approx(power, abs=1e-9)


def test_what_no_number_of_units_finds_is_an_error() -> None:
    with pytest.raises(ValueError, match="no number of units"):
        units_needed(0.0)
    with pytest.raises(ValueError, match="four units"):
        detectable_correlation(3)


def test_equivalence_equals_tost(r: dict) -> None:
    found = tost_correlation(0.05, 120, 0.2, term="e", level=0.95)
    assert isinstance(found, Estimate)
    assert found.p_value == pytest.approx(max(r["tost_corr"]["r05"]), abs=EXACT)
    unit = tost_correlation(0.3809812847, 60, 0.1, term="e", level=0.95)
    assert unit.p_value == pytest.approx(max(r["tost_corr"]["unit"]), abs=EXACT)


@given(st.floats(-0.9, 0.9), st.integers(5, 500), st.floats(0.05, 0.5))
def test_equivalence_is_the_interval_within_the_bounds(size: float, n: int, bound: float) -> None:
    found = tost_correlation(size, n, bound, term="e", level=0.95)
    inside = -bound < found.conf_low and found.conf_high < bound
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == inside
    slope = wald_estimate(size, 0.1, float(n), term="s", level=0.95, method="linkage.ols_hc3")
    tested = tost_estimate(slope, bound, term="e", level=0.95)
    if abs(tested.p_value - 0.05) > 1e-9:
        assert (tested.p_value < 0.05) == (-bound < tested.conf_low and tested.conf_high < bound)


def test_equivalence_needs_a_bound_an_error_and_units() -> None:
    with pytest.raises(ValueError, match="smallest effect"):
        tost_correlation(0.1, 50, 0.0, term="e", level=0.95)
    assert isinstance(tost_correlation(0.1, 3, 0.1, term="e", level=0.95), NotEstimable)
    assert isinstance(tost_correlation(1.0, 30, 0.1, term="e", level=0.95), NotEstimable)
    bare = Estimate(term="x", estimate=0.1)
    assert tost_estimate(bare, 0.1, term="e", level=0.95).reason == "linkage.no_standard_error"


@pytest.mark.parametrize(("adjust", "name"), [(holm, "holm"), (benjamini_hochberg, "bh")])
def test_adjustment_equals_p_adjust(r: dict, adjust, name: str) -> None:
    family = {f"h{place}": p for place, p in enumerate(r["padjust"]["p"])}
    assert list(adjust(family).values()) == pytest.approx(r["padjust"][name], abs=EXACT)


def test_a_member_without_a_test_stays_in_the_family() -> None:
    assert holm({"a": 0.01, "b": None, "c": 0.04}) == {"a": pytest.approx(0.03), "b": None, "c": pytest.approx(0.08)}
    assert holm({}) == {}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjustment_equals_statsmodels(p_values: list[float]) -> None:
    family = {f"h{place}": p for place, p in enumerate(p_values)}
    for adjust, name in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        peer = multipletests(p_values, method=name)[1]
        assert list(adjust(family).values()) == pytest.approx(peer.tolist(), abs=1e-12)
