from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.linkage.specification_grid import Variant
from cxresearch.linkage.specifications import DECISIONS, FRAME_COLUMNS, PARTS, specification_curve
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "unit_table.csv")
    frame = pd.DataFrame({"unit": table.unit_id, "ex": table.EX, "ex_n": table.n_e, "cx_n": table.n_c})
    return frame.assign(cx=table.NPS, covariate_region=table.region, mean=table.nps).astype({"ex_n": float})


def curve(variants: list[Variant], covariates: dict[str, list[str]], larger: int = 8):
    rng = np.random.default_rng(1)
    return specification_curve(
        variants, covariates, term="h1.specifications", level=0.95, rng=rng, n_permutations=99, larger=larger
    )


def test_every_mix_is_there_once_and_the_declared_one_is_the_regression(units: pd.DataFrame) -> None:
    variants = [
        Variant("all", "declared", "declared", units),
        Variant("all", "declared", "mean", units.assign(cx=units["mean"])),
        Variant("strict", "declared", "declared", units),
    ]
    found = curve(variants, {"region": ["region"]})
    frame = found.frame
    assert list(frame.columns) == list(FRAME_COLUMNS)
    assert not frame.duplicated(list(DECISIONS)).any()
    assert "strict" not in set(frame.screening), "a variant without a difference is no choice"
    n_unit_choices = frame.units.nunique()
    assert len(frame) == 2 * 3 * 2 * n_unit_choices
    assert frame.estimate.is_monotonic_increasing
    declared = frame[frame.declared].iloc[0]
    assert tuple(declared[list(DECISIONS)]) == ("all", "declared", "declared", "ols", "all", "all")
    x = np.column_stack([np.ones(60), units.ex, units.covariate_region])
    slope = np.linalg.lstsq(x, units.cx, rcond=None)[0][1]
    assert declared.estimate == pytest.approx(slope * units.ex.std() / units.cx.std(), abs=EXACT)


def test_ranks_without_covariates_are_spearman(units: pd.DataFrame) -> None:
    frame = curve([Variant("all", "declared", "declared", units)], {}).frame
    ranks = frame[(frame.estimator == "ranks") & (frame.units == "all")]
    assert ranks.estimate.iloc[0] == pytest.approx(stats.spearmanr(units.ex, units.cx).statistic, abs=EXACT)


def test_results_tell_the_curve_and_its_single_changes(units: pd.DataFrame) -> None:
    found = curve([Variant("all", "declared", "declared", units)], {"region": ["region"]})
    results = {item.term.removeprefix("h1.specifications."): item for item in found.results}
    assert set(PARTS) <= set(results)
    assert results["median"].estimate == pytest.approx(found.frame.estimate.median())
    assert results["low"].estimate == found.frame.estimate.min()
    assert results["count"].estimate == len(found.frame)
    assert results["joint_test"].p_value < 0.05
    only = results["only.covariates.none"]
    assert only.estimate == pytest.approx(np.corrcoef(units.ex, units.cx)[0, 1], abs=EXACT)
    assert only.conf_low < only.estimate < only.conf_high
    assert isinstance(results["choice.estimator"], Estimate)


def test_a_group_that_leaves_out_nobody_is_no_choice(units: pd.DataFrame) -> None:
    frame = curve([Variant("all", "declared", "declared", units)], {}, larger=1).frame
    assert "larger" not in set(frame.units)


def test_units_without_counts_have_no_weighted_specification(units: pd.DataFrame) -> None:
    frame = curve([Variant("all", "declared", "declared", units.assign(cx_n=np.nan, ex_n=np.nan))], {}).frame
    assert set(frame.estimator) == {"ols", "ranks"}


def test_units_that_a_rule_loses_are_left_out_of_its_specifications_only(units: pd.DataFrame) -> None:
    strict = units.iloc[:-5].assign(ex=units.ex[:-5] + 0.01 * np.arange(55))
    frame = curve(
        [Variant("all", "declared", "declared", units), Variant("strict", "declared", "declared", strict)], {}
    ).frame
    sizes = frame[(frame.units == "all") & (frame.estimator == "ols")].set_index("screening").n_units
    assert sizes.to_dict() == {"all": 60, "strict": 55}


def test_too_few_units_say_so(units: pd.DataFrame) -> None:
    found = curve([Variant("all", "declared", "declared", units.iloc[:6])], {})
    assert len(found.frame) == 0
    assert {item.reason for item in found.results if isinstance(item, NotEstimable)} == {
        "honesty.too_few_specifications"
    }


def null_p_value(rng: np.random.Generator, n_units: int = 40) -> float:
    """The joint test of a curve without any connection: heavy tails, unequal units, screening, covariate."""
    ex_n, cx_n = rng.integers(5, 20, n_units).astype(float), rng.integers(5, 60, n_units).astype(float)
    z = rng.normal(size=n_units)
    frame = pd.DataFrame({"unit": [f"u{place:02d}" for place in range(n_units)], "ex_n": ex_n, "cx_n": cx_n})
    frame["ex"] = rng.standard_t(4, size=n_units) + rng.normal(size=n_units) / np.sqrt(ex_n)
    frame["cx"] = 0.5 * z + rng.standard_t(4, size=n_units) + 2 * rng.normal(size=n_units) / np.sqrt(cx_n)
    frame["covariate_z"] = z
    kept = np.sort(rng.permutation(n_units)[: n_units - 3])
    screened = frame.assign(ex=frame.ex + 0.2 * rng.normal(size=n_units)).iloc[kept]
    variants = [Variant("all", "declared", "declared", frame), Variant("strict", "declared", "declared", screened)]
    found = specification_curve(
        variants, {"z": ["z"]}, term="s", level=0.95, rng=rng, n_permutations=199, larger=10
    ).results
    return next(item.p_value for item in found if item.term == "s.joint_test")


@pytest.mark.simulation
def test_p_is_uniform_without_any_connection() -> None:
    rng = np.random.default_rng(5)
    found = np.array([null_p_value(rng) for _ in range(400)])
    assert stats.kstest(found, "uniform").pvalue > 0.01
