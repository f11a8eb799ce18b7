"""Numbers of groups against plain tables of the raw rows, statsmodels, scipy and lme4."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from cxresearch.findings import GroupFindings
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.analysis import provenance
from cxresearch.workflow.groups.kept import load_group, load_groups
from cxresearch.workflow.groups.listed import GroupList
from cxresearch.workflow.groups.prepare import prepare_groups
from cxresearch.workflow.groups.shrinkage import Spread, shrunken, spread_of_means, spread_of_units
from tests.conftest import ROOT
from tests.workflow.tiny_study import Tiny, team, tiny

EXACT = 1e-9
"""Sums in another order agree to rounding."""
ITERATED = 1e-5
"""lme4's optimiser stops at about this distance from the maximum."""
N_UNITS = 12
WARD = "groups:\n  ward: { label: { fi: piiri, en: ward }, pattern: '(\\d)$' }\n"


def prepared(made: Tiny, folder: Path, by: str) -> tuple[GroupList, Path]:
    study = load_study(made.write(folder / "study"))
    out = folder / "batch" / by
    return prepare_groups(study, by, provenance(study, 1), out), out


@pytest.fixture(scope="module")
def made() -> Tiny:
    made = tiny(N_UNITS)
    made.replace("hypotheses:", f"{WARD}hypotheses:")
    return made


@pytest.fixture(scope="module")
def folder(made: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("groups")
    for by in ("unit", "ward", "period"):
        prepared(made, place, by)
    return place / "batch"


@pytest.fixture(scope="module")
def guests(made: Tiny) -> pd.DataFrame:
    rows = pd.DataFrame(made.guests)
    return rows.assign(value=rows["satisfied"].astype(float), ward=rows["team"].str[-1])


@pytest.fixture(scope="module")
def staff(made: Tiny) -> pd.DataFrame:
    """One row per person: the mean of two months' means of three items."""
    rows = pd.DataFrame(made.staff)
    rows["value"] = rows[["lead1", "lead2", "lead3"]].astype(float).mean(axis=1)
    rows["lead1"] = rows["lead1"].astype(float)
    return rows.groupby(["team", "person"])[["value", "lead1"]].mean().reset_index()


def estimate(found: GroupFindings, term: str) -> Estimate:
    result = found.result(term)
    assert isinstance(result, Estimate), result
    return result


def clustered(rows: pd.DataFrame) -> tuple[float, float]:
    """Mean and its error between teams, by statsmodels."""
    codes = pd.factorize(rows["team"])[0]
    fit = sm.OLS(rows["value"].to_numpy(), np.ones(len(rows))).fit(cov_type="cluster", cov_kwds={"groups": codes})
    return float(fit.params[0]), float(fit.bse[0])


def test_a_unit_against_everybody_else(folder: Path, guests: pd.DataFrame) -> None:
    found = load_group(folder / "unit", "unit", team(4))
    own, rest = guests[guests["team"] == team(4)], guests[guests["team"] != team(4)]
    score, difference = estimate(found, "group.csat"), estimate(found, "group.csat.difference")
    low, high = stats.t.interval(0.95, len(own) - 1, own["value"].mean(), stats.sem(own["value"]))
    assert (score.estimate, score.conf_low, score.conf_high) == pytest.approx(
        (own["value"].mean(), low, high), abs=EXACT
    )
    assert score.n_respondents == len(own)
    rest_mean, rest_error = clustered(rest)
    told = estimate(found, "group.csat.rest")
    assert (told.estimate, told.std_error) == pytest.approx((rest_mean, rest_error), abs=EXACT)
    within = guests["value"] - guests.groupby("team")["value"].transform("mean")
    spread = float((within**2).sum() / (len(guests) - N_UNITS))
    assert difference.estimate == pytest.approx(own["value"].mean() - rest_mean, abs=EXACT)
    assert difference.std_error == pytest.approx(math.sqrt(spread / len(own) + rest_error**2), abs=EXACT)


def test_units_taken_together_against_everybody_else(folder: Path, guests: pd.DataFrame) -> None:
    found = load_group(folder / "ward", "ward", "1")
    (own, own_error), (rest, rest_error) = (
        clustered(guests[(guests["ward"] == "1") == inside]) for inside in (True, False)
    )
    difference = estimate(found, "group.csat.difference")
    assert estimate(found, "group.csat").std_error == pytest.approx(own_error, abs=EXACT)
    assert difference.estimate == pytest.approx(own - rest, abs=EXACT)
    assert difference.std_error == pytest.approx(math.hypot(own_error, rest_error), abs=EXACT)
    assert found.members == (team(1), team(11))


def test_persons_are_averaged_first(folder: Path, staff: pd.DataFrame) -> None:
    found = load_group(folder / "unit", "unit", team(2))
    own = staff[staff["team"] == team(2)]
    assert estimate(found, "group.leadership").estimate == pytest.approx(own["value"].mean(), abs=EXACT)
    assert estimate(found, "group.leadership").n_respondents == len(own)
    assert estimate(found, "group.item.staff.lead1").estimate == pytest.approx(own["lead1"].mean(), abs=EXACT)
    row = found.items[found.items["item"] == "lead1"].iloc[0]
    others = staff[staff["team"] != team(2)]["lead1"].mean()
    assert (row["rest_mean"], row["difference"]) == pytest.approx((others, own["lead1"].mean() - others), abs=EXACT)


def test_the_change_of_the_same_people_is_paired(folder: Path, made: Tiny) -> None:
    rows = pd.DataFrame(made.staff)
    rows["value"] = rows[["lead1", "lead2", "lead3"]].astype(float).mean(axis=1)
    wide = rows[rows["team"] == team(3)].pivot(index="person", columns="month", values="value")
    paired = stats.ttest_rel(wide["2025-04"], wide["2025-01"])
    change = estimate(load_group(folder / "unit", "unit", team(3)), "group.leadership.change")
    assert change.p_value == pytest.approx(float(paired.pvalue), abs=EXACT)
    assert change.estimate == pytest.approx(float((wide["2025-04"] - wide["2025-01"]).mean()), abs=EXACT)


def test_the_change_of_other_people_is_that_of_two_samples(folder: Path, guests: pd.DataFrame) -> None:
    own = guests[guests["team"] == team(3)]
    welch = stats.ttest_ind(*(own[own["month"] == m]["value"] for m in ("2025-04", "2025-01")), equal_var=False)
    change = estimate(load_group(folder / "unit", "unit", team(3)), "group.csat.change")
    assert change.p_value == pytest.approx(float(welch.pvalue), abs=EXACT)


def test_a_period_against_the_other_by_the_same_units(folder: Path, guests: pd.DataFrame) -> None:
    found = load_group(folder / "period", "period", "2025-Q2")
    difference = estimate(found, "group.csat.difference")
    means = guests.groupby("month")["value"].mean()
    pulls = pd.Series(0.0, index=sorted(guests["team"].unique()))
    for sign, (_, rows) in zip((-1, 1), guests.groupby("month"), strict=True):
        deviations = (rows["value"] - rows["value"].mean()).groupby(rows["team"]).sum() / len(rows)
        pulls = pulls.add(sign * deviations)
    error = math.sqrt(N_UNITS / (N_UNITS - 1) * float(pulls @ pulls))
    assert difference.estimate == pytest.approx(means["2025-04"] - means["2025-01"], abs=EXACT)
    assert difference.std_error == pytest.approx(error, abs=EXACT)
    assert "groups.people_in_both" in difference.health
    assert isinstance(found.result("group.csat.shrunken"), NotEstimable)


def test_trend_others_and_percentile(folder: Path, guests: pd.DataFrame) -> None:
    found = load_group(folder / "unit", "unit", team(5))
    means = guests.groupby("team")["value"].mean()
    others = found.others[found.others["measure"] == "csat"]
    assert others["mean"].tolist() == pytest.approx(sorted(means), abs=EXACT)
    assert others.loc[others["own"], "mean"].tolist() == pytest.approx([means[team(5)]], abs=EXACT)
    assert estimate(found, "group.csat.percentile").estimate == pytest.approx((means < means[team(5)]).sum() / 11)
    trend = found.trend[found.trend["measure"] == "csat"]
    by_month = guests[guests["team"] == team(5)].groupby("month")["value"].mean()
    assert trend["mean"].tolist() == pytest.approx(by_month.tolist(), abs=EXACT)
    assert len(found.pairs) == N_UNITS == found.n_groups
    assert found.pairs["own"].sum() == 1


def test_holm_is_over_the_measures_of_the_group(folder: Path) -> None:
    found = load_group(folder / "unit", "unit", team(1))
    plain = sorted(estimate(found, f"group.{m}.difference").p_value or 1.0 for m in ("leadership", "csat"))
    adjusted = sorted(estimate(found, f"group.{m}.difference.holm").estimate for m in ("leadership", "csat"))
    first = min(1.0, 2 * plain[0])
    assert adjusted == pytest.approx([first, max(first, plain[1])])


def test_units_are_shrunken_as_lme4_does() -> None:
    r = json.loads((ROOT / "tests" / "reference" / "groups_shrunken.json").read_text(encoding="utf-8"))
    rows = pd.read_csv(ROOT / "tests" / "reference" / "data" / "gen_customers.csv")[["unit_id", "ces"]].dropna()
    place = {unit: number for number, unit in enumerate(sorted(rows["unit_id"].unique()), start=1)}
    size = rows["unit_id"].map(lambda unit: 2 + (7 * place[unit]) % 11)
    kept = rows[rows.groupby("unit_id").cumcount() < size]
    codes, units = pd.factorize(kept["unit_id"], sort=True)
    moments = score_moments(codes, kept["ces"], len(units))
    spread = spread_of_units(moments)
    assert spread is not None and list(units) == r["unit"]
    assert (spread.centre, spread.tau2, spread.variance) == pytest.approx(
        (r["centre"], r["tau2"], r["centre_variance"]), abs=ITERATED
    )
    for number, (predicted, variance) in enumerate(zip(r["predicted"], r["variance"], strict=True)):
        result = shrunken(spread, number, float(moments.mean[number]), term="t", level=0.95)
        assert isinstance(result, Estimate) and result.std_error is not None
        trust = 1 - variance / r["tau2"]
        assert result.estimate == pytest.approx(predicted, abs=ITERATED)
        assert result.std_error**2 == pytest.approx(variance + (1 - trust) ** 2 * r["centre_variance"], abs=ITERATED)


def test_means_with_errors_are_shrunken_by_what_they_are_worth() -> None:
    means, errors = np.array([1.0, 2.0, 3.0, 6.0]), np.array([0.5, 0.5, 0.5, 0.5])
    spread = spread_of_means(means, errors)
    assert spread is not None
    assert spread.tau2 == pytest.approx(float(means.var(ddof=1)) - 0.25, abs=1e-6)
    assert spread_of_means(means[:2], errors[:2]) is None
    exact = Spread(0.0, 0.0, 1.0, np.array([0.0, np.nan]))
    sure, unknown = (shrunken(exact, place, 2.0, term="t", level=0.95) for place in (0, 1))
    assert isinstance(sure, Estimate) and sure.estimate == 2.0 and sure.std_error == 0.0
    assert isinstance(unknown, NotEstimable) and unknown.reason == "groups.error_unknown"


def explained(found: GroupFindings) -> None:
    for result in found.results.values():
        for language in LANGUAGES:
            if isinstance(result, NotEstimable):
                assert render(Phrase(f"reasons.{result.reason}", dict(result.details)), language)
                continue
            assert render(Phrase(f"methods.{result.method}"), language)
            assert all(render(Phrase(f"health.{code}"), language) for code in result.health)
    for loss in found.withheld:
        assert all(render(Phrase(f"losses.{loss.reason}", dict(loss.details)), language) for language in LANGUAGES)


@pytest.mark.parametrize("by", ["unit", "ward", "period"])
def test_every_code_is_explained_and_every_list_agrees_with_its_files(folder: Path, by: str) -> None:
    listed = load_groups(folder / by, by)
    assert listed is not None
    for entry in listed.released:
        found = load_group(folder / by, by, entry.id)
        explained(found)
        means: Mapping[str, Mapping[str, float]] = entry.headline
        for measure, numbers in means.items():
            assert numbers["mean"] == estimate(found, f"group.{measure}").estimate


def test_an_interval_ends_where_its_scale_does(tmp_path: Path) -> None:
    made = tiny(N_UNITS)
    made.replace("item: satisfied\n", "item: satisfied\n    metric: csat\n    top: [3, 4, 5]\n")
    listed, out = prepared(made, tmp_path, "unit")
    ends = []
    for entry in listed.released:
        found = load_group(out, "unit", entry.name).estimate("group.csat.shrunken")
        assert found is not None and found.conf_low is not None and found.conf_high is not None
        assert found.conf_low <= found.estimate <= found.conf_high
        ends += [found.conf_low, found.conf_high]
    assert min(ends) >= 0
    assert max(ends) == 100, "an interval would reach beyond the scale"
