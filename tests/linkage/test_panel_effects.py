from __future__ import annotations

import numpy as np
import pytest

from cxresearch.linkage import LinkedPanel, link, wave_slopes, waves_of
from cxresearch.linkage.panel_effects import panel_fixed_effects
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import r_values
from tests.linkage.panels import waves


def test_the_slope_is_that_of_within_units(four_waves: LinkedPanel, reference) -> None:
    r = r_values(reference, "linkage_witness")["within"]
    slope, standard = panel_fixed_effects(waves_of(four_waves), term="h.fixed_effects", level=0.95)
    within, within_standard = wave_slopes(waves_of(four_waves), "within", term="h.within", level=0.95)
    assert isinstance(slope, Estimate) and isinstance(standard, Estimate)
    assert slope.estimate == pytest.approx(r["dummy_coef"], rel=1e-9)
    assert slope.estimate == pytest.approx(within.estimate, rel=1e-9)
    assert standard.estimate == pytest.approx(within_standard.estimate, rel=1e-9)
    assert slope.std_error == pytest.approx(within.std_error, rel=0.02)
    assert slope.df < within.df
    assert (slope.n_periods, slope.method) == (4, "models.fixed_effects_cr2")


def test_a_covariate_that_does_not_change_is_held_constant_by_the_comparison(four_waves: LinkedPanel) -> None:
    plain = waves_of(four_waves)
    still = np.repeat(np.arange(len(plain.ex))[:, None], 4, axis=1)[:, :, None] * 1.0
    with_still = type(plain)(plain.ex, plain.cx, still)
    assert panel_fixed_effects(with_still, term="h", level=0.95) == panel_fixed_effects(plain, term="h", level=0.95)


def test_one_period_says_why() -> None:
    values = np.random.default_rng(1).normal(size=(10, 1))
    linked = link(waves("ex", "employee", values), waves("cx", "customer", values[::-1]))
    for found in panel_fixed_effects(waves_of(linked), term="h", level=0.95):
        assert isinstance(found, NotEstimable) and found.reason == "linkage.one_period"


def test_experience_that_never_changes_says_why() -> None:
    rng = np.random.default_rng(2)
    ex = np.repeat(rng.normal(size=(10, 1)), 3, axis=1)
    linked = link(waves("ex", "employee", ex), waves("cx", "customer", rng.normal(size=(10, 3))))
    for found in panel_fixed_effects(waves_of(linked), term="h", level=0.95):
        assert isinstance(found, NotEstimable) and found.reason == "models.no_change"
