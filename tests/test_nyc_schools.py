"""The school study says what plain arithmetic says of the public files, and its control limits what is claimed."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from cxresearch.findings import Findings
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.fetch import fetch
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

ROUNDED = 5e-7
"""The witnesses are written with six decimals."""
EXACT = 1e-9
"""The same arithmetic in another order."""
ITEMS = ("p_q5a", "p_q5b", "p_q5c")
FEWEST = 5
"""Parents that a school needs in the study's privacy rule."""


@pytest.fixture(scope="module")
def found(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    folder = tmp_path_factory.mktemp("data") / "nyc-schools"
    shutil.copytree(ROOT / "data" / "nyc-schools", folder, ignore=shutil.ignore_patterns("raw"))
    assert not any(file.was_there for file in fetch(folder, source=shared / "data" / "nyc-schools"))
    study = load_study(folder)
    return analyse(study, provenance(study, study.spec.seed))


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def file(shared: Path, name: str) -> dict[str, dict[str, float]]:
    path = shared / "data" / "nyc-schools" / f"{name}_score.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["dbn"].lower(): {key: number(text) for key, text in row.items()} for row in csv.DictReader(stream)}


def parents(shared: Path, year: int, item: str) -> dict[str, tuple[float, float]]:
    """School to the mean rating of one item and how many rated it."""
    ratings = {}
    for dbn, row in file(shared, f"parent_{year}").items():
        counts = np.array([row[f"{item}_{option}"] for option in ("vd", "d", "s", "vs")])
        if np.nansum(counts) > 0:
            ratings[dbn] = (float(np.nansum(counts * np.arange(1, 5)) / np.nansum(counts)), float(np.nansum(counts)))
    return ratings


@pytest.fixture(scope="module")
def schools(shared: Path) -> pd.DataFrame:
    """One row per school and year: teachers' scores, parents' touchpoints (n the fewest of three items), the panel."""
    years = []
    for year in (2016, 2017):
        frame = pd.DataFrame.from_dict(file(shared, f"total_{year}"), orient="index")
        items = [pd.DataFrame.from_dict(parents(shared, year, item), orient="index") for item in ITEMS]
        whole = pd.concat([item[0] for item in items], axis=1).dropna().mean(axis=1)
        fewest = pd.concat([item[1] for item in items], axis=1).min(axis=1)
        frame["touchpoints"], frame["n"], frame["year"] = whole, fewest, year
        years.append(frame)
    years[0]["panel"] = pd.DataFrame.from_dict(parents(shared, 2016, "p_q5d"), orient="index")[0]
    return pd.concat(years).drop(columns="dbn").rename_axis("dbn").reset_index()


def estimate(found: Findings, term: str) -> Estimate:
    result = found.result(term)
    assert isinstance(result, Estimate), result
    return result


@pytest.mark.parametrize(
    ("term", "n", "r"),
    [
        ("h1.pearson", 1845, 0.392171),
        ("h1.control.panel", 1845, 0.312916),
        ("h1.control.panel.outcome", 1845, 0.392171),
        ("h4.pearson", 1118, 0.466467),
        ("h5.pearson", 1854, 0.592348),
    ],
)
def test_the_witnesses_of_one_year(found: Findings, term: str, n: int, r: float) -> None:
    result = estimate(found, term)
    assert (result.n_units, result.estimate) == (n, pytest.approx(r, abs=ROUNDED))


def linked(schools: pd.DataFrame, ex: str) -> pd.DataFrame:
    """Schools by year with both measures and enough parents, both standardised as the plan asks."""
    rows = schools[(schools["n"] >= FEWEST)].dropna(subset=[ex, "touchpoints"])
    return rows.assign(ex=rows.groupby("year")[ex].transform(stats.zscore, ddof=1))


def pooled(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per school: the mean of its years; parents' ratings weigh by how many rated."""
    total = rows.assign(weighted=rows["touchpoints"] * rows["n"]).groupby("dbn")
    cx = total["weighted"].sum() / total["n"].sum()
    return pd.DataFrame({"ex": total["ex"].mean(), "cx": cx, "panel": total["panel"].first()})


@pytest.mark.parametrize(("h", "score"), [("h2", "colab"), ("h3", "eff_leaders")])
def test_both_waves_together_by_hand(found: Findings, schools: pd.DataFrame, h: str, score: str) -> None:
    rows = pooled(linked(schools, score))
    r, _ = stats.pearsonr(rows["ex"], rows["cx"])
    result = estimate(found, f"{h}.pearson")
    assert (result.n_units, result.estimate) == (len(rows), pytest.approx(r, abs=EXACT))
    fit = sm.OLS(rows["cx"], sm.add_constant(rows["ex"])).fit(cov_type="HC3", use_t=True)
    slope = estimate(found, f"{h}.ols")
    assert (slope.estimate, slope.std_error) == pytest.approx((fit.params["ex"], fit.bse["ex"]), rel=1e-7)


@pytest.mark.parametrize(("score", "r"), [("colab", 0.434550), ("eff_leaders", 0.433189)])
def test_one_wave_of_the_pooled_hypotheses_by_hand(schools: pd.DataFrame, score: str, r: float) -> None:
    rows = schools[schools["year"] == 2016].dropna(subset=[score, "touchpoints"])
    assert (len(rows), np.corrcoef(rows[score], rows["touchpoints"])[0, 1]) == (1854, pytest.approx(r, abs=ROUNDED))


@pytest.mark.parametrize(("h", "score"), [("h2", "colab"), ("h3", "eff_leaders")])
@pytest.mark.parametrize(
    ("part", "formula", "name"),
    [
        ("lagged", "cx ~ ex_before + cx_before", "ex_before"),
        ("lagged.reverse", "ex ~ cx_before + ex_before", "cx_before"),
        ("placebo_lag", "cx_before ~ ex + ex_before", "ex"),
    ],
)
def test_the_lags_by_statsmodels(
    found: Findings, schools: pd.DataFrame, h: str, score: str, part: str, formula: str, name: str
) -> None:
    rows = schools.dropna(subset=[score, "touchpoints"])
    rows = rows.assign(ex=rows.groupby("year")[score].transform(stats.zscore, ddof=1), cx=rows["touchpoints"])
    first, second = (rows[rows["year"] == year].set_index("dbn")[["ex", "cx"]] for year in (2016, 2017))
    both = second.join(first.add_suffix("_before"), how="inner")
    fit = smf.ols(formula, both).fit(cov_type="HC3", use_t=True)
    result = estimate(found, f"{h}.{part}")
    assert (result.estimate, result.std_error) == pytest.approx((fit.params[name], fit.bse[name]), rel=1e-7)
    assert result.n_units == len(both)


def fisher(r: float, n: int) -> tuple[float, float]:
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / math.sqrt(n - 3))
    return float(low), float(high)


def zou(xy: float, xz: float, yz: float, n: int) -> tuple[float, float]:
    """Interval of r(xy) - r(xz), correlations with x in common (Zou, 2007)."""
    (low_y, high_y), (low_z, high_z) = fisher(xy, n), fisher(xz, n)
    between = ((yz - xy * xz / 2) * (1 - xy**2 - xz**2 - yz**2) + yz**3) / ((1 - xy**2) * (1 - xz**2))
    low = math.sqrt((xy - low_y) ** 2 + (high_z - xz) ** 2 - 2 * between * (xy - low_y) * (high_z - xz))
    high = math.sqrt((high_y - xy) ** 2 + (xz - low_z) ** 2 - 2 * between * (high_y - xy) * (xz - low_z))
    return xy - xz - low, xy - xz + high


def contrast(found: Findings, h: str, rows: pd.DataFrame) -> None:
    r = rows[["ex", "cx", "panel"]].corr().to_numpy()
    xy, xz, yz, n = r[0, 1], r[0, 2], r[1, 2], len(rows)
    low, high = zou(xy, xz, yz, n)
    result = estimate(found, f"{h}.control.panel.difference")
    assert (result.n_units, result.estimate) == (n, pytest.approx(xy - xz, abs=EXACT))
    assert (result.conf_low, result.conf_high) == pytest.approx((low, high), abs=EXACT)
    partial = (xy - xz * yz) / math.sqrt((1 - xz**2) * (1 - yz**2))
    assert estimate(found, f"{h}.control.panel.partial").estimate == pytest.approx(partial, abs=EXACT)


def test_the_control_of_one_year_by_zous_formula(found: Findings, schools: pd.DataFrame) -> None:
    rows = schools[schools["year"] == 2016].rename(columns={"tch_sat": "ex", "par_sat": "cx"})
    contrast(found, "h1", rows.dropna(subset=["ex", "cx", "panel"]))
    assert estimate(found, "h1.control.panel.partial").estimate == pytest.approx(0.267, abs=5e-4)


@pytest.mark.parametrize(("h", "score"), [("h2", "colab"), ("h3", "eff_leaders")])
def test_the_control_of_both_years_by_zous_formula(found: Findings, schools: pd.DataFrame, h: str, score: str) -> None:
    contrast(found, h, pooled(linked(schools, score)).dropna())


def test_the_control_limits_what_is_claimed(found: Findings) -> None:
    """Teachers' scores go with what no school can influence, though less than with the outcome: half a warning."""
    verdicts = {v.hypothesis: v for v in found.verdicts}
    for h in ("h1", "h2", "h3"):
        assert estimate(found, f"{h}.control.panel").excludes(0)
        assert (estimate(found, f"{h}.control.panel.difference").conf_low or 0) > 0
        assert verdicts[h].verdict == "supported"
        assert [limit.code for limit in verdicts[h].limits if limit.code.startswith("control")] == ["control_nonzero"]
    assert "no_control" in {limit.code for limit in verdicts["h4"].limits}


def test_two_waves_limit_what_is_claimed(found: Findings) -> None:
    limits = {v.hypothesis: {limit.code for limit in v.limits} for v in found.verdicts}
    assert {"same_time", "reciprocal"} <= limits["h2"]
    assert "cross_section" in limits["h1"] and "cross_section" in limits["h4"]


def test_answers_of_the_same_people_are_no_evidence(found: Findings) -> None:
    verdict = next(v for v in found.verdicts if v.hypothesis == "h5")
    assert verdict.verdict == "not_testable"
    assert verdict.ground("separate_sources") is not None and not verdict.ground("separate_sources").met  # type: ignore[union-attr]
    assert estimate(found, "h5.pearson").estimate > 0.5


def test_response_rates_are_shares_whatever_the_file_says(found: Findings, shared: Path) -> None:
    rates = found.answers.set_index("source")["response_rate"]
    named = {"teachers_2016": ("2016", "t_rr", 1), "teachers_2017": ("2017", "t_rr", 100),
             "parents_2017": ("2017", "p_rr", 100), "satisfaction_2016": ("2016", "p_rr", 1)}  # fmt: skip
    for source, (year, column, whole) in named.items():
        file_name = f"parent_{year}" if source.startswith("parents") else f"total_{year}"
        told = [row[column] for row in file(shared, file_name).values()]
        assert rates[source] == pytest.approx(np.nanmean(told) / whole, rel=1e-9)
        assert 0 < rates[source] <= 1
    assert math.isnan(rates["parents_2016"])


def test_parents_are_counted_and_not_schools(found: Findings, shared: Path) -> None:
    answers = found.answers.set_index("source")
    for year in (2016, 2017):
        items = ITEMS + (("p_q5d",) if year == 2016 else ())
        most = [
            max(np.nansum([row[f"{item}_{o}"] for o in ("vd", "d", "s", "vs", "idk")]) for item in items)
            for row in file(shared, f"parent_{year}").values()
        ]
        assert answers.loc[f"parents_{year}", "n_answers"] == sum(most)


def test_a_school_counts_once_over_both_waves(found: Findings, schools: pd.DataFrame, shared: Path) -> None:
    counted = schools.dropna(subset="touchpoints")
    result = estimate(found, "measure.parent_touchpoints")
    rated = {
        dbn for year in (2016, 2017) for dbn in set.intersection(*(set(parents(shared, year, item)) for item in ITEMS))
    }
    assert result.n_units == len(rated) >= counted["dbn"].nunique()
    assert estimate(found, "unit.parent_touchpoints.icc2").n_units == len(rated)


def test_the_service_path_of_counted_answers(found: Findings, shared: Path) -> None:
    for item in ITEMS:
        pairs = [pair for year in (2016, 2017) for pair in parents(shared, year, item).values()]
        mean = sum(m * n for m, n in pairs) / sum(n for _, n in pairs)
        result = estimate(found, f"touchpoint.{item}")
        assert (result.estimate, result.n_respondents) == (pytest.approx(mean, rel=EXACT), sum(n for _, n in pairs))


def test_what_published_scores_cannot_tell_is_said(found: Findings) -> None:
    told: Mapping[str, str] = {
        "scale.collaboration.alpha": "measurement.grain_unit_scores",
        "scale.parent_touchpoints.alpha": "measurement.grain_counts",
        "h1.mixed": "linkage.moments_unknown",
        "h1.disattenuated": "linkage.reliability_unknown",
        "h1.lagged": "linkage.one_period",
    }
    for term, reason in told.items():
        result = found.result(term)
        assert isinstance(result, NotEstimable) and result.reason == reason, term


def test_losses_add_up(found: Findings, schools: pd.DataFrame) -> None:
    """Every school with a score on one side is either linked or counted as lost."""
    one = schools[schools["year"] == 2016]
    lost = {loss.reason: loss.n_rows or 0 for loss in found.losses if loss.where == "h1"}
    linked_n = estimate(found, "h1.pearson").n_units or 0
    for side, column in (("ex", "tch_sat"), ("cx", "par_sat")):
        assert linked_n + sum(n for code, n in lost.items() if code.endswith(side)) == one[column].notna().sum()
