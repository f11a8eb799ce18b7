"""Agreement within units against R's multilevel and the definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation import (
    NULLS,
    UnitAgreement,
    agreement_results,
    null_distribution,
    unit_agreement,
    unit_agreement_of_counts,
)
from cxresearch.aggregation.nulls import NullDistribution
from cxresearch.language import Phrase, render
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-8  # R printed ten digits after the point
R_NULLS = {
    "uniform": "rwgj_uniform",
    "slight_skew": "rwgj_slightskew_1.34",
    "moderate_skew": "rwgj_moderate_.90",
    "heavy_skew": "rwgj_heavy_.44",
    "triangular": "rwgj_triangular_1.32",
    "normal": "rwgj_normal_1.04",
}


def null(name: str, n_options: int = 5) -> NullDistribution:
    found = null_distribution(name, n_options)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def employees(reference: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    items = frame[["ex_01", "ex_02", "ex_03", "ex_04"]].to_numpy(dtype=float)
    items[:, 3] = 6 - items[:, 3]
    return pd.factorize(frame["unit_id"], sort=True)[0], items


@pytest.fixture(scope="module")
def companies(shared: Path) -> UnitAgreement:
    frame = pd.read_csv(shared / "data" / "multilevel" / "lq2002.csv")
    codes = pd.factorize(frame["COMPID"], sort=True)[0]
    return unit_agreement(codes, frame.filter(regex=r"^LEAD\d").to_numpy(dtype=float), 49, minimum=1, maximum=5)


@pytest.mark.parametrize("name", NULLS)
def test_published_five_option_tables(reference: Path, name: str) -> None:
    witness = json.loads((reference / "mc_reference.json").read_text())["rwg_null_5pt"][name]
    assert null(name).shares == pytest.approx(witness["p"], abs=1e-12)
    assert null(name).variance == pytest.approx(witness["var"], abs=0.005)  # the paper prints two decimals
    assert null(name).shares.sum() == pytest.approx(1)


def test_every_unit_equals_r(employees: tuple[np.ndarray, np.ndarray], reference: Path) -> None:
    witness = pd.read_csv(reference / "aggregation_units.csv")
    agreement = unit_agreement(*employees, 60, minimum=1, maximum=5)
    assert np.array_equal(agreement.n, witness["n"])
    for values, column in (
        (agreement.rwg(null("uniform")), "rwgj_S1_uniform"),
        (agreement.rwg(null("slight_skew")), "rwgj_S1_slight"),
        (agreement.rwg_star(null("uniform")), "rwgj_lindell"),
        (agreement.deviation, "adM_j"),
        (agreement.awg, "awg"),
    ):
        assert np.allclose(values, witness[column], rtol=0, atol=WITNESS)
    single = unit_agreement(employees[0], employees[1][:, 0], 60, minimum=1, maximum=5)
    assert np.allclose(single.rwg(null("uniform")), witness["rwg_ex01"], rtol=0, atol=WITNESS)


@pytest.mark.parametrize("name", NULLS)
def test_an_armys_companies_equal_r_under_every_null(companies: UnitAgreement, reference: Path, name: str) -> None:
    witness: dict[str, Any] = json.loads((reference / "aggregation.json").read_text())["lq2002"][R_NULLS[name]]
    results = {result.term: result for result in agreement_results(companies, term="a")}
    values = [results[f"a.rwg.{name}.{statistic}"] for statistic in ("mean", "median", "share_agreeing")]
    assert [value.estimate for value in values if isinstance(value, Estimate)] == pytest.approx(
        [witness["mean"], witness["median"], witness["prop_ge70"]], abs=WITNESS
    )
    assert companies.rwg(null(name))[:6] == pytest.approx(witness["first6"], abs=WITNESS)
    assert list(companies.n[:6]) == witness["n6"]


def test_the_indices_without_a_null_equal_r(companies: UnitAgreement, reference: Path) -> None:
    witness = json.loads((reference / "aggregation.json").read_text())["lq2002"]
    assert companies.deviation[:6] == pytest.approx(witness["ad_mean_j"]["first6"], abs=WITNESS)
    assert companies.awg[:6] == pytest.approx(witness["awg_j"]["first6"], abs=WITNESS)
    assert companies.rwg_star(null("uniform"))[:6] == pytest.approx(witness["rwgj_lindell"]["first6"], abs=WITNESS)
    results = {result.term: result for result in agreement_results(companies, term="a")}
    for term, key in (("a.ad.mean", "ad_mean_j"), ("a.awg.mean", "awg_j"), ("a.rwg_star.uniform.mean", "rwgj_lindell")):
        result = results[term]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(witness[key]["mean"], abs=WITNESS)


def test_rwg_of_averaged_scores_equals_r(shared: Path, reference: Path) -> None:
    witness = json.loads((reference / "aggregation.json").read_text())["bh1996"]["rwg_COHES"]
    frame = pd.read_csv(shared / "data" / "multilevel" / "bh1996.csv")
    codes = pd.factorize(frame["GRP"], sort=True)[0]
    values = unit_agreement(codes, frame["COHES"].to_numpy(), 99, minimum=1, maximum=5).rwg(null("uniform"))
    assert [values.mean(), np.median(values)] == pytest.approx([witness["mean"], witness["median"]], abs=WITNESS)
    assert values[:6] == pytest.approx(witness["first6"], abs=WITNESS)


def test_counts_tell_the_same_as_answers(employees: tuple[np.ndarray, np.ndarray]) -> None:
    codes, items = employees
    counts = np.zeros((60, 4, 5))
    for item in range(4):
        np.add.at(counts, (codes, item, items[:, item].astype(int) - 1), 1)
    rows, counted = (
        unit_agreement(codes, items, 60, minimum=1, maximum=5),
        unit_agreement_of_counts(np.arange(1, 6), counts),
    )
    for field in ("n", "variance", "deviation", "awg"):
        assert np.allclose(getattr(rows, field), getattr(counted, field), rtol=0, atol=1e-12)
    assert (counted.n_items, counted.n_options) == (4, 5)


@pytest.mark.parametrize("n_options", [3, 4, 5, 6, 7, 9, 10, 11])
def test_two_nulls_exist_for_every_scale(n_options: int) -> None:
    found = {name: null_distribution(name, n_options) for name in NULLS}
    known = {name: item for name, item in found.items() if item is not None}
    assert len(known) >= 3
    for item in known.values():
        assert item.shares.sum() == pytest.approx(1)
        assert (item.shares >= 0).all()
    uniform = known["uniform"]
    assert uniform.variance == pytest.approx((n_options**2 - 1) / 12)
    assert known["normal"].variance < known["triangular"].variance < uniform.variance
    assert known["triangular"].derived == (n_options != 5)
    assert np.allclose(known["normal"].shares, known["normal"].shares[::-1], rtol=0, atol=1e-12)


def test_derived_definitions_give_the_published_five_option_shares() -> None:
    options = np.arange(1, 6)
    rising = np.minimum(options, 6 - options)
    assert rising / rising.sum() == pytest.approx(null("triangular").shares, abs=0.0067)  # printed shares sum to one
    sums = np.add.outer(np.array([0.0668, 0.2417, 0.3829]), 0)
    assert null("normal").shares[:3] == pytest.approx(sums, abs=0.005)  # normal curve, sd 1, cut at midpoints


def test_skewed_nulls_are_not_invented() -> None:
    agreement = unit_agreement([0, 0, 1, 1], [[1.0], [7.0], [4.0], [5.0]], 2, minimum=1, maximum=7)
    refused = [result for result in agreement_results(agreement, term="a") if isinstance(result, NotEstimable)]
    assert len(refused) == 12
    assert {result.reason for result in refused} == {"aggregation.null_not_published"}
    sentence = render(Phrase(f"reasons.{refused[0].reason}", refused[0].details), "en")
    assert "scale of 7 response options" in sentence
    triangular = next(result for result in agreement_results(agreement, term="a") if "triangular" in result.term)
    assert isinstance(triangular, Estimate)
    assert triangular.health == ("measurement.derived_null",)


def test_reversing_all_items_and_renaming_units_change_nothing(employees: tuple[np.ndarray, np.ndarray]) -> None:
    codes, items = employees
    new = np.random.default_rng(19).permutation(60)
    base, other = (
        unit_agreement(codes, items, 60, minimum=1, maximum=5),
        unit_agreement(new[codes], 6 - items, 60, minimum=1, maximum=5),
    )
    for field in ("n", "variance", "deviation", "awg"):
        assert np.allclose(getattr(base, field), getattr(other, field)[new], rtol=0, atol=1e-12)


def test_perfect_agreement_disagreement_and_single_respondents() -> None:
    codes = [0, 0, 1, 1, 2, 3, 3]
    items = np.array([[4, 4], [4, 4], [1, 5], [5, 1], [3, 3], [5, 5], [5, 5]], dtype=float)
    agreement = unit_agreement(codes, items, 5, minimum=1, maximum=5)
    rwg = agreement.rwg(null("uniform"))
    assert rwg[:2] == pytest.approx([1.0, 0.0])
    assert np.isnan(rwg[[2, 4]]).all()
    assert rwg[3] == 1
    assert agreement.awg[[1, 3]] == pytest.approx([-1.0 + 0.0, 1.0])
    assert agreement.deviation[:2] == pytest.approx([0.0, 2.0])
    mean = next(result for result in agreement_results(agreement, term="a") if result.term == "a.rwg.uniform.mean")
    assert isinstance(mean, Estimate)
    assert (mean.n_units, mean.n_respondents) == (3, 6)


def test_respondents_with_a_gap_are_left_out_and_nobody_is_not_estimable() -> None:
    agreement = unit_agreement([0, 0, 0], [[1, 2], [2, 2], [np.nan, 5]], 1, minimum=1, maximum=5)
    assert agreement.n.tolist() == [2]
    alone = unit_agreement([0, 1], [[1, 2], [2, 2]], 2, minimum=1, maximum=5)
    for result in agreement_results(alone, term="a"):
        assert result == NotEstimable(term=result.term, reason="aggregation.no_replication", details={"units": 2})


def test_unknown_nulls_and_scales_are_errors() -> None:
    with pytest.raises(ValueError, match="unknown null distribution 'flat'"):
        null_distribution("flat", 5)
    with pytest.raises(ValueError, match="at least two response options"):
        null_distribution("uniform", 1)
