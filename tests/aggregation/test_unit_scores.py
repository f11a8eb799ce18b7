"""Unit panels from respondents, counts and published scores; response rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation import (
    PANEL_COLUMNS,
    panel_from_counts,
    panel_from_respondents,
    panel_from_unit_scores,
    response_results,
    unit_reliability,
)
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.statistic import Estimate, NotEstimable


@pytest.fixture(scope="module")
def customers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_customers.csv")


def test_respondents_become_unit_means(customers: pd.DataFrame) -> None:
    panel = panel_from_respondents("csat", "customer", customers["unit_id"], customers["csat"])
    by_unit = customers.groupby("unit_id")["csat"]
    assert list(panel.frame.columns) == list(PANEL_COLUMNS)
    assert list(panel.frame["unit"]) == sorted(customers["unit_id"].unique())
    assert np.allclose(panel.frame["mean"], by_unit.mean(), rtol=0, atol=1e-12)
    assert np.allclose(panel.frame["sd"], by_unit.std(), rtol=0, atol=1e-12)
    assert np.allclose(panel.frame["se"], by_unit.sem(), rtol=0, atol=1e-12)
    assert panel.moments is not None
    assert np.allclose(panel.frame["reliability"], unit_reliability(panel.moments), rtol=0, atol=1e-12)
    assert panel.frame["response_rate"].isna().all()
    assert panel.losses == ()
    assert (panel.frame["period"] == "").all()


def test_losses_are_counted_and_have_sentences() -> None:
    eligible = pd.DataFrame({"unit": ["a", "b", "c"], "n_eligible": [4, 2, 3]})
    panel = panel_from_respondents(
        "ex", "employee", ["a", "a", None, "b", "b"], [1.0, np.nan, 3.0, 4.0, 5.0], eligible=eligible
    )
    assert panel.frame["unit"].tolist() == ["a", "b"]
    assert panel.frame["response_rate"].tolist() == [0.25, 1.0]
    assert np.isnan(panel.frame["se"].iloc[0])
    lost = {loss.reason: (loss.n_rows, loss.n_units) for loss in panel.losses}
    assert lost == {
        "aggregation.without_unit": (1, None),
        "aggregation.without_score": (1, None),
        "aggregation.without_answers": (None, 1),
    }
    for reason in lost:
        for language in LANGUAGES:
            assert render(Phrase(f"losses.{reason}"), language)


def test_periods_are_rows_of_their_own() -> None:
    rng = np.random.default_rng(20)
    units, periods = np.repeat([f"u{k}" for k in range(12)], 20), np.tile(np.repeat(["2025", "2026"], 10), 12)
    scores = rng.normal(size=240) + (periods == "2026") * 3
    panel = panel_from_respondents("ex", "employee", units, scores, periods=periods)
    assert panel.frame[["unit", "period"]].duplicated().sum() == 0
    assert panel.frame["period"].tolist()[:2] == ["2025", "2026"]
    assert panel.moments is not None
    later = (panel.frame["period"] == "2026").to_numpy()
    assert np.allclose(
        panel.frame.loc[later, "reliability"], unit_reliability(panel.moments.select(later)), rtol=0, atol=1e-12
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_row_order_does_not_matter_and_rescaling_rescales(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units, scores, order = rng.integers(0, 5, 40).astype(str), rng.normal(size=40), rng.permutation(40)
    base = panel_from_respondents("m", "customer", units, scores).frame
    again = panel_from_respondents("m", "customer", units[order], scores[order]).frame
    pd.testing.assert_frame_equal(base, again, rtol=1e-9)
    scaled = panel_from_respondents("m", "customer", units, 10 - 3 * scores).frame
    assert np.allclose(scaled["mean"], 10 - 3 * base["mean"], atol=1e-10)
    assert np.allclose(scaled["se"], 3 * base["se"], atol=1e-10, equal_nan=True)
    assert np.allclose(scaled["reliability"], base["reliability"], atol=1e-9, equal_nan=True)


def counted(customers: pd.DataFrame, columns: list[str]) -> tuple[list[str], np.ndarray]:
    codes, units = pd.factorize(customers["unit_id"])
    counts = np.zeros((len(units), len(columns), 11))
    for item, column in enumerate(columns):
        np.add.at(counts, (codes, item, customers[column].to_numpy(dtype=int)), 1)
    return list(units), counts


def test_counts_of_one_item_equal_the_respondents(customers: pd.DataFrame) -> None:
    units, counts = counted(customers, ["nps"])
    rows = panel_from_respondents("nps", "customer", customers["unit_id"], customers["nps"])
    panel = panel_from_counts("nps", "customer", units, np.arange(11), counts[:, 0])
    pd.testing.assert_frame_equal(panel.frame, rows.frame, rtol=1e-12)
    assert (panel.grain, panel.health) == ("counts", ())


def test_a_scale_from_counts_has_the_exact_mean_and_an_upper_bound_of_the_error(customers: pd.DataFrame) -> None:
    columns = ["tp_1", "tp_2", "tp_3"]
    units, counts = counted(customers, columns)
    rows = panel_from_respondents("tp", "customer", customers["unit_id"], customers[columns].mean(axis=1))
    panel = panel_from_counts("tp", "customer", units, np.arange(11), counts)
    assert np.allclose(panel.frame["mean"], rows.frame["mean"], rtol=0, atol=1e-12)
    assert (panel.frame["se"] >= rows.frame["se"]).all()
    assert panel.health == ("measurement.conservative_se",)
    loose = panel_from_counts("tp", "customer", units, np.arange(11), counts, item_correlation=0.0)
    assert (loose.frame["se"] < panel.frame["se"]).all()
    assert loose.health == ("measurement.assumed_item_correlation",)
    same = np.repeat(counts[:, :1], 3, axis=1)  # items that do correlate perfectly: the bound is exact
    exact = panel_from_counts("tp", "customer", units, np.arange(11), same)
    single = panel_from_counts("tp", "customer", units, np.arange(11), counts[:, 0])
    pd.testing.assert_frame_equal(exact.frame, single.frame, rtol=1e-9)


def test_units_without_counts_are_lost_and_rows_are_sorted() -> None:
    units, counts = ["b", "a", "c", None], [[1, 1], [0, 4], [0, 0], [3, 3]]
    panel = panel_from_counts("q", "customer", units, [1, 2], counts, n_eligible=[4, 8, 9, 9])
    assert panel.frame["unit"].tolist() == ["a", "b"]
    assert panel.frame["mean"].tolist() == [2.0, 1.5]
    assert panel.frame["response_rate"].tolist() == [0.5, 0.5]
    assert panel.moments is not None
    assert panel.moments.mean.tolist() == [2.0, 1.5]
    assert [(loss.n_rows, loss.n_units) for loss in panel.losses] == [(1, None), (None, 1)]


def test_published_scores_keep_what_was_published() -> None:
    rng = np.random.default_rng(21)
    truth, errors = rng.normal(0, 2, 400), rng.uniform(0.5, 1.5, 400)
    means = truth + rng.normal(size=400) * errors
    units = [f"{k:03d}" for k in range(400)]
    panel = panel_from_unit_scores("par_sat", "customer", units, means, se=errors, n=np.full(400, 50.0))
    assert panel.moments is None
    assert panel.grain == "unit_scores"
    assert np.allclose(panel.frame["reliability"], 4 / (4 + errors**2), atol=0.08)  # tau2 estimated from 400 units
    bare = panel_from_unit_scores("par_sat", "customer", units[:3], [1.0, np.nan, 3.0])
    assert bare.frame["unit"].tolist() == ["000", "002"]
    assert bare.frame[["se", "sd", "n", "reliability"]].isna().all().all()
    assert bare.losses[0].n_units == 1


def test_a_repeated_unit_and_too_many_answers_are_refused() -> None:
    with pytest.raises(DataError, match=r"same unit and period stand in more than one row; surplus rows: 1\. Keep one"):
        panel_from_unit_scores("m", "unit", ["a", "a"], [1.0, 2.0])
    with pytest.raises(DataError, match=r"more answers than people who were asked; units affected: 1\. Check"):
        panel_from_counts("m", "customer", ["a"], [1, 2], [[3, 3]], n_eligible=[5])
    eligible = pd.DataFrame({"unit": ["a", "a"], "n_eligible": [4, 2]})
    with pytest.raises(DataError, match="surplus rows: 1") as refusal:
        panel_from_respondents("m", "employee", ["a"], [1.0], eligible=eligible)
    assert "Sama yksikkö" in refusal.value.text("fi")


def test_response_rates_and_who_stays_silent() -> None:
    n, eligible = np.array([8, 5, 2, 9, 4.0]), np.array([10, 10, 10, 10, np.nan])
    rate, median, association = response_results(n, eligible, [4.0, 3.0, 2.0, 4.2, 1.0], term="r")
    assert isinstance(rate, Estimate)
    assert isinstance(median, Estimate)
    assert isinstance(association, Estimate)
    assert (rate.estimate, median.estimate) == pytest.approx((0.6, 0.65))
    assert (rate.n_units, rate.n_respondents) == (4, 24)
    assert association.estimate == pytest.approx(np.corrcoef([8, 5, 2, 9], [4.0, 3.0, 2.0, 4.2])[0, 1], abs=1e-12)
    assert association.n_respondents == 24
    assert association.health == ("measurement.response_related",)
    for result in response_results(n, np.full(5, np.nan), n, term="r"):
        assert result == NotEstimable(term=result.term, reason="aggregation.eligible_unknown")
