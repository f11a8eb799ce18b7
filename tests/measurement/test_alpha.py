"""Cronbach's alpha against R's psych, published values and its own algebra."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.measurement import alpha, alpha_bootstrap, standardised_alpha
from cxresearch.moments import item_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

WITNESS = 1e-8  # R printed ten digits after the point
SCALES = {"S1": (1, 2, 3, 4), "S2": (5, 6, 7, 8), "S3": (9, 10, 11, 12)}


def one_group(items: np.ndarray) -> object:
    return item_moments(np.zeros(len(items), dtype=int), items, 1)


def sure(result: Result) -> Estimate:
    assert isinstance(result, Estimate), result
    return result


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, dict[str, float]]:
    return json.loads((reference / "reliability.json").read_text())


@pytest.fixture(scope="module")
def employees(reference: Path) -> pd.DataFrame:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    return frame.assign(ex_04=6 - frame["ex_04"], ex_10=6 - frame["ex_10"])


def scale(employees: pd.DataFrame, name: str) -> np.ndarray:
    return employees[[f"ex_{number:02d}" for number in SCALES[name]]].to_numpy(dtype=float)


@pytest.mark.parametrize("name", SCALES)
def test_alpha_its_error_and_its_interval_equal_psych(
    employees: pd.DataFrame, witness: dict[str, dict[str, float]], name: str
) -> None:
    codes = pd.factorize(employees["unit_id"])[0]
    moments = item_moments(codes, scale(employees, name), 60)
    result = sure(alpha(moments, term="t"))
    assert result.estimate == pytest.approx(witness[name]["raw_alpha"], abs=WITNESS)
    assert result.std_error == pytest.approx(witness[name]["ase"], abs=WITNESS)
    assert [result.conf_low, result.conf_high] == pytest.approx(witness[name]["feldt_ci"], abs=WITNESS)
    assert (result.n_respondents, result.n_items) == (793, 4)
    symmetric = sure(alpha(moments, term="t", interval="duhachek"))
    assert [symmetric.conf_low, symmetric.conf_high] == pytest.approx(
        witness[name]["duhachek_ci"], abs=1e-6
    )  # R's script used 1.96 for the normal quantile
    standard = sure(standardised_alpha(moments, term="t"))
    assert standard.estimate == pytest.approx(witness[name]["std_alpha"], abs=WITNESS)


def test_the_attitude_example_of_psych(shared: Path, witness: dict[str, dict[str, float]]) -> None:
    items = pd.read_csv(shared / "refvalues" / "data" / "pub_attitude.csv").to_numpy(dtype=float)
    result = sure(alpha(one_group(items), term="t"))  # type: ignore[arg-type]
    assert result.estimate == pytest.approx(0.84314276956, abs=WITNESS)
    assert [result.conf_low, result.conf_high] == pytest.approx(witness["attitude"]["feldt_ci"], abs=WITNESS)
    assert result.std_error == pytest.approx(witness["attitude"]["ase"], abs=WITNESS)


def test_a_reversed_item_left_unturned_costs_alpha(shared: Path) -> None:
    items = pd.read_csv(shared / "refvalues" / "data" / "pub_bfi.csv").iloc[:, :5].to_numpy(dtype=float)
    turned = items.copy()
    turned[:, 0] = 7 - turned[:, 0]
    values = [sure(alpha(one_group(x), term="t")).estimate for x in (items, turned)]  # type: ignore[arg-type]
    assert values == pytest.approx([0.431, 0.703], abs=0.006)  # psych takes pairwise, we complete respondents


@pytest.mark.parametrize(
    ("scale_name", "columns", "published"),
    [("Empo", 5, 0.821), ("Imag", 3, 0.599), ("Pay", 4, 0.751), ("Lead", 5, 0.897), ("Sat", 6, 0.832)],
)
def test_a_banks_climate_survey(shared: Path, scale_name: str, columns: int, published: float) -> None:
    frame = pd.read_csv(shared / "data" / "bank" / "climate.csv")
    items = frame[[f"{scale_name}{number + 1}" for number in range(columns)]].to_numpy(dtype=float)
    assert sure(alpha(one_group(items), term="t")).estimate == pytest.approx(published, abs=5e-4)  # type: ignore[arg-type]


def test_an_armys_leadership_scale(shared: Path) -> None:
    items = pd.read_csv(shared / "data" / "multilevel" / "lq2002.csv").filter(regex=r"^LEAD\d").to_numpy(dtype=float)
    result = sure(alpha(one_group(items), term="t"))  # type: ignore[arg-type]
    assert result.estimate == pytest.approx(0.9022, abs=5e-5)  # published to four decimals
    assert (result.n_respondents, result.n_items) == (2042, 11)


def test_the_bootstrap_of_units_equals_one_that_draws_rows(employees: pd.DataFrame) -> None:
    items, codes = scale(employees, "S1"), pd.factorize(employees["unit_id"])[0]
    moments = item_moments(codes, items, 60)
    result = sure(alpha_bootstrap(moments, term="t", rng=np.random.default_rng(11)))
    assert result.estimate == pytest.approx(sure(alpha(moments, term="t")).estimate, abs=1e-12)
    rng = np.random.default_rng(12)
    members = [np.flatnonzero(codes == unit) for unit in range(60)]
    draws = []
    for _ in range(600):
        rows = np.concatenate([members[unit] for unit in rng.integers(60, size=60)])
        covariance = np.cov(items[rows], rowvar=False)
        draws.append(4 / 3 * (1 - np.trace(covariance) / covariance.sum()))
    assert result.std_error == pytest.approx(np.std(draws), rel=0.15)  # five Monte Carlo errors of 600 draws
    assert result.conf_low is not None
    assert result.conf_high is not None
    assert result.conf_low < result.estimate < result.conf_high
    again = sure(alpha_bootstrap(moments, term="t", rng=np.random.default_rng(11)))
    assert again == result


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_what_alpha_does_not_depend_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = np.clip(np.round(3 + rng.normal(size=(40, 1)) + rng.normal(size=(40, 4))), 1, 5)
    codes = rng.integers(0, 6, 40)

    def value(answers: np.ndarray, groups: np.ndarray) -> float:
        return sure(alpha(item_moments(groups, answers, 6), term="t")).estimate

    base, order = value(items, codes), rng.permutation(40)
    assert value(items[order], codes[order]) == pytest.approx(base, abs=1e-10)
    assert value(items, rng.permutation(6)[codes]) == pytest.approx(base, abs=1e-10)
    assert value(6 - items, codes) == pytest.approx(base, abs=1e-10)
    assert value(2.5 * items - 7, codes) == pytest.approx(base, abs=1e-10)
    assert value(np.tile(items, (2, 1)), np.tile(codes, 2)) == pytest.approx(base, abs=1e-10)
    with_gap = np.vstack([items, [np.nan, 5.0, 1.0, 5.0]])
    assert value(with_gap, np.append(codes, 0)) == pytest.approx(base, abs=1e-10)


RNG = np.random.default_rng(13)
NOISE = RNG.normal(size=(30, 3))


@pytest.mark.parametrize(
    ("items", "options", "reason", "sentence"),
    [
        (NOISE[:, :1], {}, "measurement.too_few_items", "at least 2 items; there are 1"),
        (NOISE[:5], {}, "measurement.too_few_respondents", "at least 10 respondents"),
        (NOISE * [1, 1, 0], {"names": ("a", "b", "c")}, "measurement.constant_items", "cannot be computed: c."),
        (NOISE * 0 + 4, {}, "measurement.constant_items", "1, 2, 3"),
        (NOISE[:, :1] * [1, -1], {}, "measurement.no_variation", "do not vary"),
        (NOISE, {"grain": "counts"}, "measurement.grain_counts", "Counts of answers per item"),
        (NOISE, {"grain": "unit_scores"}, "measurement.grain_unit_scores", "finished unit scores"),
    ],
)
def test_what_has_no_alpha_says_why(items: np.ndarray, options: dict[str, object], reason: str, sentence: str) -> None:
    result = alpha(one_group(items), term="scale.t.alpha", **options)  # type: ignore[arg-type]
    assert isinstance(result, NotEstimable)
    assert result.reason == reason
    assert sentence in render(Phrase(f"reasons.{reason}", result.details), "en")
    assert render(Phrase(f"reasons.{reason}", result.details), "fi")


def test_items_that_run_against_one_another_have_a_negative_alpha() -> None:
    base = np.random.default_rng(14).normal(size=(50, 1))
    items = base * [1, -1] + np.random.default_rng(15).normal(size=(50, 2))
    result = sure(alpha(one_group(items), term="t"))  # type: ignore[arg-type]
    assert result.estimate < 0
    assert result.health == ("measurement.negative_alpha",)
    for language in LANGUAGES:
        assert render(Phrase(f"health.{result.health[0]}"), language)
