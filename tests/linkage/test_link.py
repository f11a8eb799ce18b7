from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.linkage import COVARIATE, LINKED_COLUMNS, link, pool_periods, units_of
from cxresearch.moments import ScoreMoments, score_moments
from tests.linkage.panels import panel, waves

EX = panel("ex", "employee", ["a", "b", "c", "d", "e"], [1, 2, np.nan, 4, 5], n=[9, 9, 9, 2, 9])
CX = panel("cx", "customer", ["b", "c", "d", "e", "f"], [6, 7, 8, 9, 10], n=[50, 50, 50, np.nan, 50])


def losses(linked, side):
    found = [loss for loss in linked.losses if loss.reason.endswith(side)]
    return {loss.reason.split(".")[1]: (loss.n_rows, loss.n_units) for loss in found}


def test_only_units_on_both_sides_are_linked_and_each_loss_has_its_reason() -> None:
    linked = link(EX, CX, min_n=5, where="h1")
    assert linked.frame.unit.to_list() == ["b", "e"]
    assert list(linked.frame.columns) == list(LINKED_COLUMNS)
    assert linked.frame.ex.to_list() == [2, 5]
    assert linked.frame.cx.to_list() == [6, 9]
    assert losses(linked, "ex") == {"missing_mean": (1, 1), "below_minimum": (1, 1), "unit_only": (1, 1)}
    assert losses(linked, "cx") == {"unit_only": (1, 1), "other_dropped": (2, 2)}
    assert {loss.where for loss in linked.losses} == {"h1"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_loss_has_its_sentence(language: str) -> None:
    every = [
        *link(EX, CX, min_n=5).losses,
        *link(CX, EX, min_n=5).losses,
        *link(waves("e", "employee", np.ones((2, 3))), waves("c", "customer", np.ones((3, 2)))).losses,
        *link(waves("e", "employee", np.ones((2, 2))), waves("c", "customer", np.ones((3, 3)))).losses,
        *link(
            waves("e", "employee", np.ones((2, 3))), waves("c", "customer", np.ones((2, 3))), periods=["2000"]
        ).losses,
    ]
    assert {loss.reason.split(".")[1] for loss in every} >= {"period_only", "not_chosen", "unit_only", "other_dropped"}
    for loss in every:
        assert render(Phrase(f"losses.{loss.reason}", loss.details), language)


def test_a_loss_names_its_periods() -> None:
    linked = link(waves("e", "employee", np.ones((2, 3))), waves("c", "customer", np.ones((2, 2))))
    (loss,) = linked.losses
    assert render(Phrase(f"losses.{loss.reason}", loss.details), "en") == (
        "Employee results from periods without customer results were left out: 2 (periods: 2002)."
    )
    assert (loss.n_rows, loss.n_periods) == (2, 1)


keys = st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1", "2", "3"])), min_size=1, max_size=15)


@settings(deadline=None)
@given(keys, keys, st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_every_row_is_linked_or_lost_once(first, second, min_n, seed) -> None:
    rng = np.random.default_rng(seed)

    def side(name, rows):
        units, periods = zip(*sorted(rows), strict=True)
        mean = np.where(rng.random(len(rows)) < 0.2, np.nan, rng.normal(size=len(rows)))
        return panel(name, name, units, mean, periods, n=rng.integers(0, 10, len(rows)))

    ex, cx = side("ex", first), side("cx", second)
    linked = link(ex, cx, min_n=min_n, periods=["1", "2"])
    for name, source in (("ex", ex), ("cx", cx)):
        lost = sum(loss.n_rows for loss in linked.losses if loss.reason.endswith(name))
        assert lost + len(linked.frame) == len(source.frame)
    assert linked.frame[["ex", "cx"]].notna().all(axis=None)
    assert (linked.frame.ex_n >= min_n).all()
    assert set(linked.periods) <= {"1", "2"}


def test_a_side_without_periods_meets_the_others_mean() -> None:
    cx = waves("cx", "customer", np.array([[1.0, 3.0, 5.0], [2.0, 4.0, np.nan]]))
    ex = panel("ex", "employee", ["U0000", "U0001"], [7, 8])
    assert link(ex, cx).frame.cx.to_list() == [3, 3]
    assert link(ex, cx, periods=["2001", "2002"]).frame.cx.to_list() == [4, 4]
    assert link(ex, cx).periods == ("",)


def test_pooling_weights_by_n_where_it_is_known() -> None:
    counted = panel("cx", "customer", ["a", "a", "b"], [1, 4, 5], ["1", "2", "1"], n=[10, 20, 5], se=[0.3, 0.2, 0.1])
    pooled = pool_periods(counted).frame
    assert pooled["mean"].to_list() == pytest.approx([3, 5])
    assert pooled.n.to_list() == [30, 5]
    assert pooled.se.to_list() == pytest.approx([np.hypot(10 * 0.3, 20 * 0.2) / 30, 0.1])
    plain = panel("cx", "customer", ["a", "a", "b"], [1, 4, 5], ["1", "2", "1"], n=[10, np.nan, 5])
    assert pool_periods(plain).frame["mean"].to_list() == [2.5, 5]


def test_pooled_moments_are_those_of_all_rows() -> None:
    rng = np.random.default_rng(1)
    codes, y = rng.integers(0, 6, 200), rng.normal(size=200)
    by_wave = score_moments(codes, y, 6)
    units, periods = np.repeat(["a", "b", "c"], 2), ["1", "2"] * 3
    cx = panel("cx", "customer", units, by_wave.mean, periods, by_wave, n=by_wave.n)
    ex = panel("ex", "employee", units, rng.normal(size=6), periods)
    found = units_of(link(ex, cx)).cx_moments
    whole = score_moments(codes // 2, y, 3)
    for name in ("n", "mean", "ss"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name))
    assert units_of(link(ex, cx)).frame.cx.to_list() == pytest.approx(whole.mean)


def test_reliability_of_one_wave_is_kept_and_of_more_is_computed() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=400)
    values = truth[:, None] + rng.normal(0, 1, (400, 4))
    names = [f"U{place:03d}" for place in range(400)]
    many = panel("cx", "customer", np.repeat(names, 4), values.ravel(), [*"1234"] * 400, n=10, se=1.0, reliability=0.5)
    ex = panel("ex", "employee", names, truth)
    assert units_of(link(ex, many)).frame.cx_reliability.mean() == pytest.approx(0.8, abs=0.03)
    one = panel("cx", "customer", names, values[:, 0], n=10, se=1.0, reliability=0.5)
    assert (units_of(link(ex, one)).frame.cx_reliability == 0.5).all()
    bare = panel("cx", "customer", names, values[:, 0])
    assert units_of(link(ex, bare)).frame.cx_reliability.isna().all()


def test_standardising_within_period_removes_a_change_of_scale() -> None:
    rng = np.random.default_rng(3)
    score = rng.normal(size=(30, 2))
    changed = score * [1.0, 25.0] + [4.0, 60.0]
    ex = waves("ex", "employee", rng.normal(size=(30, 2)))
    linked = link(ex, waves("cx", "customer", changed), standardise_cx=True)
    expected = (score - score.mean(axis=0)) / score.std(axis=0, ddof=1)
    assert linked.frame.cx.to_numpy() == pytest.approx(expected.ravel())
    assert linked.frame.ex.to_numpy() == pytest.approx(ex.frame["mean"].to_numpy())


def test_standardising_takes_errors_and_moments_along() -> None:
    moments = ScoreMoments(np.array([5, 6, 7]), np.array([1.0, 2.0, 6.0]), np.array([4.0, 5.0, 6.0]))
    cx = panel("cx", "customer", [*"abc"], moments.mean, moments=moments, n=moments.n, se=[0.1, 0.2, 0.3])
    linked = link(panel("ex", "employee", [*"abc"], [1, 2, 3]), cx, standardise_cx=True)
    scale = np.std(moments.mean, ddof=1)
    assert linked.frame.cx_se.to_numpy() == pytest.approx(np.array([0.1, 0.2, 0.3]) / scale)
    assert linked.cx_moments.mean == pytest.approx(linked.frame.cx.to_numpy())
    assert linked.cx_moments.ss == pytest.approx(moments.ss / scale**2)


def test_covariates_are_joined_by_unit_or_by_unit_and_period() -> None:
    ex, cx = (waves(name, name, np.ones((2, 2))) for name in ("ex", "cx"))
    fixed = panel("unit", "unit", ["U0001"], [3.0])
    moving = waves("size", "unit", np.array([[1.0, 2.0], [3.0, 4.0]]))
    frame = link(ex, cx, [fixed, moving]).frame
    pd.testing.assert_series_equal(frame[COVARIATE + "unit"], pd.Series([np.nan, np.nan, 3.0, 3.0]), check_names=False)
    assert frame[COVARIATE + "size"].to_list() == [1, 2, 3, 4]


def test_nothing_in_common_is_an_empty_panel() -> None:
    linked = link(panel("ex", "employee", ["a"], [1]), panel("cx", "customer", ["b"], [1]))
    assert linked.n_units == 0
    assert len(units_of(linked).frame) == 0
