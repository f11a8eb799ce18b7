"""Simulated surveys have the truth that they claim to have, and the example's raw files are made by the code."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cxresearch.simulate import (
    Design,
    OutcomeModel,
    ScaleModel,
    UnitProcess,
    alpha_of,
    answer_covariance,
    between_share,
    example_company,
    simulate,
    standard_normals,
    thresholds,
    truth_of,
    unit_experiences,
    write_company,
)
from tests.conftest import ROOT

EXAMPLE = ROOT / "data" / "example"
SEEDS = range(20)
MONTE_CARLO = 4.0
"""Standard errors of the mean over seeds that a simulated statistic may lie from the truth (p < .0001 each)."""
EXACT = 1e-9
"""Identities that hold up to rounding of floating-point numbers."""


def covers(values: list[float], truth: float) -> bool:
    mean, error = np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))
    return bool(abs(mean - truth) <= MONTE_CARLO * error)


def turned(answers: pd.DataFrame, scale: ScaleModel) -> pd.DataFrame:
    items = answers[list(scale.items())].copy()
    top = scale.minimum * 2 + len(scale.shares) - 1
    for number in scale.reversed:
        items[f"{scale.name}_{number}"] = top - items[f"{scale.name}_{number}"]
    return items


def icc1(values: pd.Series, groups: pd.Series) -> float:
    n = values.groupby(groups).size()
    within = ((values - values.groupby(groups).transform("mean")) ** 2).sum() / (len(values) - len(n))
    between = (n * (values.groupby(groups).mean() - values.mean()) ** 2).sum() / (len(n) - 1)
    typical = (len(values) - (n**2).sum() / len(values)) / (len(n) - 1)
    return float((between - within) / (between + (typical - 1) * within))


@pytest.mark.parametrize("lagged", [0.0, 0.3, -0.2])
@pytest.mark.parametrize("back", [0.0, 0.2])
def test_units_have_the_declared_moments_and_lags(lagged: float, back: float) -> None:
    process = UnitProcess(rho=0.5, stable=0.4, carry_ex=0.4, carry_cx=0.3, ex_to_cx=lagged, cx_to_ex=back)
    stable = np.zeros((40_000, 2))
    ex, cx = unit_experiences(np.random.default_rng(1), process, stable, 3)
    deviations = np.stack([ex, cx]) / np.sqrt(0.6)
    for period in range(3):
        np.testing.assert_allclose(np.cov(deviations[:, :, period]), process.within_covariance(), atol=0.03)
    before, after = deviations[:, :, 1].T, deviations[:, :, 2].T
    coefficients = np.linalg.lstsq(before, after, rcond=None)[0].T
    np.testing.assert_allclose(coefficients, process.transition(), atol=0.025)


def test_the_covariance_of_means_is_that_of_long_simulation() -> None:
    process = UnitProcess(rho=0.3, stable=0.5, carry_ex=0.6, carry_cx=0.2, ex_to_cx=0.4)
    ex, cx = unit_experiences(np.random.default_rng(2), process, np.random.default_rng(3).normal(size=(60_000, 2)), 5)
    np.testing.assert_allclose(np.cov(ex.mean(axis=1), cx.mean(axis=1)), process.covariance_of_means(5), atol=0.02)
    np.testing.assert_allclose(np.diag(process.covariance_of_means()), 1, atol=EXACT)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"carry_ex": 1.0}, "grow without end"),
        ({"ex_to_cx": 0.95, "carry_cx": 0.6}, "more than all"),
        ({"rho": 1.2}, "rho lies in"),
        ({"stable": -0.1}, "stable in 0..1"),
    ],
)
def test_impossible_processes_are_refused(changed: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        UnitProcess(**changed)


def test_exact_normals_are_exact() -> None:
    draws = standard_normals(np.random.default_rng(4), 40, 12, exact=True)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=EXACT)
    np.testing.assert_allclose(draws.T @ draws / 40, np.eye(12), atol=EXACT)
    with pytest.raises(ValueError, match="need more than 12 rows"):
        standard_normals(np.random.default_rng(4), 12, 12, exact=True)


@pytest.mark.parametrize("shares", [(0.5, 0.6), (0.5, 0.5, 0.0), (0.2, 0.2)])
def test_wrong_shares_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive and sum to 1"):
        thresholds(shares)


@settings(max_examples=25, deadline=None)
@given(
    loadings=st.lists(st.floats(0.2, 0.9), min_size=2, max_size=5),
    weights=st.lists(st.floats(0.1, 1.0), min_size=2, max_size=7),
)
def test_the_covariance_of_answers_is_a_covariance(loadings: list[float], weights: list[float]) -> None:
    cuts = np.tile(thresholds(np.array(weights) / sum(weights)), (len(loadings), 1))
    covariance = answer_covariance(loadings, cuts)
    np.testing.assert_allclose(covariance, covariance.T, atol=EXACT)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert 0 < alpha_of(covariance) < 1


def test_the_covariance_of_two_halves_is_the_arcsine() -> None:
    """Two answers cut at the median: P(both above) = 1/4 + asin(r) / 2 pi (Sheppard, 1899)."""
    covariance = answer_covariance([0.8, 0.6], np.zeros((2, 1)))
    assert covariance[0, 1] == pytest.approx(np.arcsin(0.8 * 0.6) / (2 * np.pi), abs=1e-7)
    assert covariance[0, 0] == pytest.approx(0.25, abs=EXACT)


@pytest.mark.parametrize("icc", [0.0, 0.3, 1.0])
def test_the_between_share_runs_from_nothing_to_the_factors_whole(icc: float) -> None:
    cuts = np.tile(thresholds((0.1, 0.2, 0.3, 0.4)), (3, 1))
    share = between_share([0.7, 0.8, 0.6], cuts, icc)
    covariance = answer_covariance([0.7, 0.8, 0.6], cuts)
    factor = (covariance.sum() - np.trace(covariance)) / covariance.sum()
    assert 0 <= share <= 1
    assert share == pytest.approx(0, abs=EXACT) if icc == 0 else share > 0
    assert icc < 1 or share > factor  # the factor also carries part of each item's own variance


DESIGN = Design(
    n_units=60,
    n_periods=2,
    employees=(8, 14),
    customers=(15, 30),
    process=UnitProcess(rho=0.6, stable=0.7, ex_to_cx=0.3),
    scales=(
        ScaleModel(name="lead", loadings=(0.8, 0.7, 0.75, 0.6), reversed=frozenset({2}), shifts=(0.3, -0.2, 0, 0)),
        ScaleModel(name="own", loadings=(0.6, 0.7, 0.8), linked=0.0, icc=0.1),
    ),
    outcomes=(
        OutcomeModel(name="nps", shares=(0.01,) * 6 + (0.04, 0.1, 0.2, 0.25, 0.35), minimum=0, icc=0.2),
        OutcomeModel(name="free", shares=(0.1, 0.2, 0.4, 0.3), linked=0.0, icc=0.2),
    ),
    employee_response=0.7,
    customer_response=0.8,
    skipped=0.03,
    persistent=0.0,
    mood=0.0,
)


def test_estimates_over_seeds_centre_on_the_truth() -> None:
    truth = truth_of(DESIGN)
    found: dict[str, list[float]] = {key: [] for key in ("alpha", "icc", "icc_nps", "nps", "mean", "answered", "skip")}
    for seed in SEEDS:
        drawn = simulate(DESIGN, np.random.default_rng(seed))
        assert drawn.truth == truth
        items = turned(drawn.employees, DESIGN.scales[0])
        whole = items.dropna()
        cell = drawn.employees["unit"] * 10 + drawn.employees["period"]
        found["alpha"].append(alpha_of(np.cov(whole.T)))
        found["icc"].append(icc1(whole.mean(axis=1), cell[whole.index]))
        nps = drawn.customers["nps"].dropna()
        of_customer = drawn.customers["unit"] * 10 + drawn.customers["period"]
        found["icc_nps"].append(icc1(nps, of_customer[nps.index]))
        found["nps"].append(100 * float((nps >= 9).mean() - (nps <= 6).mean()))
        found["mean"].append(float(nps.mean()))
        found["answered"].append(len(drawn.employees) / (drawn.units["eligible"].sum() * DESIGN.n_periods))
        found["skip"].append(float(items.isna().to_numpy().mean()))
    expected = {
        "alpha": truth.alpha["lead"], "icc": truth.icc["lead"], "icc_nps": truth.icc["nps"], "nps": truth.nps["nps"],
        "mean": truth.mean["nps"], "answered": truth.employee_response, "skip": DESIGN.skipped,
    }  # fmt: skip
    assert {
        name: (np.mean(values), expected[name]) for name, values in found.items() if not covers(values, expected[name])
    } == {}


def test_the_correlation_of_large_units_is_the_true_one() -> None:
    large = replace(DESIGN, n_units=400, n_periods=1, employees=(300, 300), customers=(300, 300), employee_response=1.0)
    drawn = simulate(large, np.random.default_rng(5))
    ex = {
        scale.name: turned(drawn.employees, scale).mean(axis=1).groupby(drawn.employees["unit"]).mean()
        for scale in large.scales
    }
    cx = drawn.customers.groupby("unit")[["nps", "free"]].mean()
    for scale, outcomes in drawn.truth.correlation.items():
        for outcome, truth in outcomes.items():
            error = (1 - truth**2) / np.sqrt(400)
            assert abs(np.corrcoef(ex[scale], cx[outcome])[0, 1] - truth) < MONTE_CARLO * error, (scale, outcome)
    assert drawn.truth.correlation["lead"]["free"] == drawn.truth.correlation["own"]["nps"] == 0


def test_the_same_seed_gives_the_same_study_and_another_seed_another() -> None:
    first, second, other = (simulate(DESIGN, np.random.default_rng(seed)) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first.employees, second.employees)
    pd.testing.assert_frame_equal(first.customers, second.customers)
    assert not first.customers["nps"].equals(other.customers["nps"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [({"n_units": 0}, "counted from 1"), ({"persistent": 0.9, "mood": 0.2}, "shares of one whole")],
)
def test_impossible_designs_are_refused(changed: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(DESIGN, **changed)


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_company(example_company(), folder)
    return folder


@pytest.mark.parametrize("name", ["raw/fiilismittaus.csv", "raw/tiimit.csv", "unit-aliases.csv"])
def test_the_committed_texts_are_what_the_code_makes(regenerated: Path, name: str) -> None:
    assert (EXAMPLE / name).read_bytes() == (regenerated / name).read_bytes()


def test_the_committed_truth_is_what_the_code_makes(regenerated: Path) -> None:
    committed, made = (json.loads((folder / "truth.json").read_text()) for folder in (EXAMPLE, regenerated))
    assert flat(committed) == pytest.approx(flat(made), abs=EXACT)


def flat(tree: object, path: str = "") -> dict[str, float]:
    if isinstance(tree, dict):
        return {key: value for name, part in tree.items() for key, value in flat(part, f"{path}.{name}").items()}
    if isinstance(tree, list):
        return flat(dict(enumerate(tree)), path)
    return {path: tree}  # type: ignore[dict-item]


def test_the_committed_workbook_is_what_the_code_makes(regenerated: Path) -> None:
    committed, made = (
        [list(row) for row in load_workbook(folder / "raw" / "projektikokemus.xlsx").active.iter_rows(values_only=True)]
        for folder in (EXAMPLE, regenerated)
    )
    assert committed == made
    header = committed[2]
    assert header[:3] == ["projekti", "tiimi", "paattynyt"]
    assert all(isinstance(row[2], datetime.datetime) for row in committed[3:])


def test_the_committed_spss_file_is_what_the_code_makes(regenerated: Path) -> None:
    (committed, about), (made, _) = (
        pyreadstat.read_sav(str(folder / "raw" / "prosessit.sav"), user_missing=True)
        for folder in (EXAMPLE, regenerated)
    )
    pd.testing.assert_frame_equal(committed, made)
    assert about.variable_value_labels["toimintatapa"][2.0] == "Hybridi"
    assert about.missing_ranges["viive_pv"] == [{"lo": -1.0, "hi": -1.0}]
    assert (committed["viive_pv"] == -1).any()


def test_the_example_is_as_untidy_as_real_exports_and_small() -> None:
    pulse = pd.read_csv(EXAMPLE / "raw" / "fiilismittaus.csv", sep=";", decimal=",", encoding="cp1252")
    spelt = set(pulse["tiimi"])
    names = {" ".join(name.replace("\N{NO-BREAK SPACE}", " ").split()).casefold() for name in spelt}
    assert len(names) == 41  # forty teams, one of them under two names
    assert len(spelt) > len(names)
    items = pulse.filter(regex="^(joht|tyo|yht)_")
    assert set(np.unique(items.to_numpy()[~items.isna().to_numpy()])) == {1, 2, 3, 4, 5, 9}
    assert items.isna().any().all()
    assert pulse["kuukausi"].nunique() == 24
    straight = items.nunique(axis=1).eq(1) & items.notna().all(axis=1)
    assert straight.sum() >= 0.5 * json.loads((EXAMPLE / "truth.json").read_text())["n_careless"]
    assert sum(path.stat().st_size for path in (EXAMPLE / "raw").iterdir()) < 1_500_000
