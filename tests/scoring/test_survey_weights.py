"""Survey weights against R's survey package (tests/reference/survey_weights_witness.R) and brute force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.moments import score_moments
from cxresearch.scoring.survey_weights import Margin, calibrated_mean, rake, weighted_moments, weighting_results
from cxresearch.scoring.weighted import weighted_mean
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-9  # R printed twelve digits
RAKED_SE = 0.01  # R takes residuals on the margins without weights, we with the raked ones; both are consistent
EXACT = 1e-12  # the same sums in another order


@pytest.fixture(scope="module")
def staff(reference: Path) -> pd.DataFrame:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    frame["y"] = frame[[f"ex_{place:02d}" for place in range(1, 13)]].mean(axis=1)
    frame["w"] = 1 + (frame["tenure"] % 4) / 2
    frame["long"] = np.where(frame["tenure"] >= 8, "long", "short")
    frame["area"] = "r" + frame["region"].astype(str)
    return frame.assign(units=3 * frame.groupby("area")["unit_id"].transform("nunique"))


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((reference / "survey_weights_witness.json").read_text())
    return found


def margins(staff: pd.DataFrame, witness: dict[str, Any]) -> list[Margin]:
    return [
        Margin(staff["long"].tolist(), {"long": 900, "short": 1100}),
        Margin(staff["area"].tolist(), witness["areas"]),
    ]


def same(found: Any, expected: dict[str, float], tolerance: float = WITNESS) -> None:
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(expected["mean"], abs=WITNESS)
    assert found.std_error == pytest.approx(expected["se"], rel=tolerance)
    assert found.conf_low is not None
    assert found.conf_low < found.estimate


def test_weighted_means_of_designs_equal_svymean(staff: pd.DataFrame, witness: dict[str, Any]) -> None:
    clustered = weighted_mean(staff["y"], staff["w"], term="t", units=staff["unit_id"])
    same(clustered, witness["whole"])
    stratified = weighted_mean(
        staff["y"], staff["w"], term="t", units=staff["unit_id"], strata=staff["area"], population=staff["units"]
    )
    same(stratified, witness["strat"])
    assert [clustered.df, stratified.df] == witness["df"]  # type: ignore[union-attr]


def test_kish_equals_r(staff: pd.DataFrame, witness: dict[str, Any]) -> None:
    size, deff = weighting_results(staff["w"], term="weights.ex")
    assert isinstance(size, Estimate)
    assert isinstance(deff, Estimate)
    assert (size.term, deff.term) == ("weights.ex.n_eff", "weights.ex.design_effect")
    assert size.estimate == pytest.approx(witness["kish"], rel=EXACT)
    assert deff.estimate == pytest.approx(witness["n"] / witness["kish"], rel=EXACT)
    cv2 = staff["w"].var(ddof=0) / staff["w"].mean() ** 2
    assert deff.estimate == pytest.approx(1 + cv2, rel=EXACT)
    assert {found.reason for found in weighting_results([], term="t")} == {"weights.none"}  # type: ignore[union-attr]


def test_post_stratification_equals_r(staff: pd.DataFrame, witness: dict[str, Any]) -> None:
    found = calibrated_mean(staff["y"], staff["w"], margins(staff, witness)[:1], term="t", units=staff["unit_id"])
    same(found, witness["post"])


def test_raking_equals_r_and_meets_its_margins(staff: pd.DataFrame, witness: dict[str, Any]) -> None:
    declared = margins(staff, witness)
    raked = rake(staff["w"], declared)
    assert not isinstance(raked, NotEstimable)
    np.testing.assert_allclose(raked[:20], witness["raked_weights"], rtol=1e-8)
    for margin in declared:
        sums = pd.Series(raked).groupby(pd.Series(margin.labels)).sum()
        assert sums.to_dict() == pytest.approx(dict(margin.totals))
    ratio = pd.DataFrame({"long": staff["long"], "area": staff["area"], "log": np.log(raked / staff["w"])})
    table = ratio.groupby(["long", "area"])["log"].mean().unstack()
    np.testing.assert_allclose(table.loc["long"] - table.loc["short"], (table.loc["long"] - table.loc["short"]).iloc[0])
    same(
        calibrated_mean(staff["y"], staff["w"], declared, term="t", units=staff["unit_id"]), witness["raked"], RAKED_SE
    )


@pytest.mark.parametrize(
    ("labels", "totals", "reason", "sentence"),
    [
        (["a", "a"], {"a": 1, "b": 1}, "weights.empty_category",
         "Distribution 1 of the population has a category without respondents, so no weights exist."),
        (["a", "c"], {"a": 1}, "weights.unknown_category",
         "Distribution 1 has respondents in a category whose size in the population is not known."),
    ],
)  # fmt: skip
def test_margins_that_cannot_be_met_say_so(labels: Any, totals: Any, reason: str, sentence: str) -> None:
    found = calibrated_mean([1.0, 2.0], [1, 1], [Margin(labels, totals)], term="t")
    assert isinstance(found, NotEstimable)
    assert (found.term, found.reason) == ("t", reason)
    assert render(Phrase(f"reasons.{found.reason}", found.details), "en") == sentence
    assert render(Phrase(f"reasons.{found.reason}", found.details), "fi") != sentence


def test_contradicting_margins_do_not_converge() -> None:
    same_labels = ["a", "b"]
    found = rake([1, 1], [Margin(same_labels, {"a": 1, "b": 1}), Margin(same_labels, {"a": 1, "b": 3})])
    assert isinstance(found, NotEstimable)
    assert found.reason == "weights.no_convergence"


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 4))
@settings(max_examples=30, deadline=None)
def test_equal_weights_give_plain_moments(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    codes, values = rng.integers(0, 5, 40), rng.normal(3, 1, 40)
    values[::9] = np.nan
    plain, weighted = score_moments(codes, values, 6), weighted_moments(codes, values, np.full(40, weight), 6)
    assert (plain.n == weighted.n).all()
    np.testing.assert_allclose(weighted.mean, plain.mean, atol=EXACT * 100)
    np.testing.assert_allclose(weighted.ss, plain.ss, rtol=1e-9, atol=1e-12)


def test_weighted_moments_carry_the_error_of_each_weighted_mean(staff: pd.DataFrame) -> None:
    codes, units = pd.factorize(staff["unit_id"])
    found = weighted_moments(codes, staff["y"], staff["w"], len(units))
    for place, (_, rows) in enumerate(staff.groupby(codes)):
        direct = weighted_mean(rows["y"], rows["w"], term="t")
        assert isinstance(direct, Estimate)
        assert found.mean[place] == pytest.approx(direct.estimate, rel=EXACT)
        n = int(found.n[place])
        assert np.sqrt(found.ss[place] / (n - 1) / n) == pytest.approx(direct.std_error, rel=1e-10)


def test_every_code_has_a_sentence() -> None:
    for language in LANGUAGES:
        for method in ("kish", "kish_deff", "calibrated_mean"):
            assert render(Phrase(f"methods.weights.{method}"), language)
