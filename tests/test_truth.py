"""The example's analysis finds the truth it was simulated with, and says what other tools say of the same files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from cxresearch.findings import Findings
from cxresearch.simulate.company import DESIGN
from cxresearch.statistic import Estimate
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from tests.byhand import LEADERSHIP, TOUCHPOINTS, Raw, nps_score, persons_first, plain, read_raw, scale_score
from tests.conftest import ROOT
from tests.drawn import is_drawn, is_estimated_by_draws

EXAMPLE = ROOT / "data" / "example"
EXACT = 1e-9
"""The same arithmetic in another order."""
OPTIMISED = 1e-4
"""Two optimisers of one likelihood stop at slightly different places."""
MONTE_CARLO = 4.0
"""Standard errors of the draws by which two runs of a resampling may differ (p < .0001)."""

TIED = ".ad.share_agreeing"
"""A unit exactly at the cut-off A / 6 may fall to either side of it by rounding."""
ONE_UNIT = 1 / 320 + 1e-9
"""One team and quarter more or less."""


def findings_of(folder: Path) -> Findings:
    study = load_study(folder)
    return analyse(study, provenance(study, study.spec.seed))


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings_of(EXAMPLE)


@pytest.fixture(scope="module")
def truth() -> Mapping[str, Any]:
    return json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def raw() -> Raw:
    return read_raw(EXAMPLE)


def estimate(found: Findings, term: str) -> Estimate:
    result = found.result(term)
    assert isinstance(result, Estimate), result
    return result


def interval(found: Findings, term: str) -> tuple[float, float]:
    result = estimate(found, term)
    assert result.conf_low is not None and result.conf_high is not None
    return result.conf_low, result.conf_high


def covers(found: Findings, term: str, value: float) -> bool:
    low, high = interval(found, term)
    return low <= value <= high


# The truth


@pytest.mark.parametrize("scale", ["leadership", "own_work", "cooperation"])
def test_alphas_are_found(found: Findings, truth: Mapping[str, Any], scale: str) -> None:
    assert covers(found, f"scale.{scale}.alpha", truth["alpha"][scale])


def composite_correlation() -> float:
    """True correlation of own work with the mean of the touchpoints, over all periods.

    The touchpoints' unit parts are a_j (l_j C + sqrt(1 - l_j^2) U_j) with a_j^2 the touchpoint's ICC.
    """
    covariance = DESIGN.process.covariance_of_means(DESIGN.n_periods)
    scale = next(s for s in DESIGN.scales if s.name == "own_work")
    parts = [o for o in DESIGN.outcomes if o.name in ("offer", "kickoff", "contact", "handover", "invoice")]
    size = np.sqrt([o.icc for o in parts])
    linked = np.array([o.linked for o in parts])
    own = (size**2 * (1 - linked**2)).sum()
    ex = scale.linked**2 * covariance[0, 0] + 1 - scale.linked**2
    cx = (size @ linked) ** 2 * covariance[1, 1] + own
    return float(scale.linked * (size @ linked) * covariance[0, 1] / np.sqrt(ex * cx))


def test_the_link_is_found_once_unreliability_is_corrected(found: Findings, truth: Mapping[str, Any]) -> None:
    true = truth["mean_correlation"]
    latent = {
        "h1": true["leadership"]["nps"],
        "h2": composite_correlation(),
        "h3": true["cooperation"]["ces"],
        "h4": true["leadership"]["csat"],
    }
    for part in ("disattenuated", "latent"):
        assert {h: r for h, r in latent.items() if not covers(found, f"{h}.{part}", r)} == {}
        for h in ("h1", "h2", "h4"):
            assert interval(found, f"{h}.{part}")[0] > 0


@pytest.mark.parametrize(("h", "ex", "cx"), [("h1", "leadership", "nps"), ("h4", "leadership", "csat")])
def test_the_plain_correlation_is_weaker_as_theory_says(
    found: Findings, truth: Mapping[str, Any], h: str, ex: str, cx: str
) -> None:
    plain_r, corrected = estimate(found, f"{h}.pearson").estimate, estimate(found, f"{h}.disattenuated").estimate
    shrinkage = plain_r / corrected
    assert 0 < plain_r < corrected
    reliability = [estimate(found, f"unit.{m}.reliability").estimate for m in (ex, cx)]
    assert shrinkage == pytest.approx(np.sqrt(np.prod(reliability)), abs=0.02)  # REML here, ANOVA there
    assert covers(found, f"{h}.pearson", truth["mean_correlation"][ex][cx] * shrinkage)


@pytest.mark.parametrize("h", ["h1", "h2", "h4"])
def test_experience_comes_before_the_customers_and_not_after(found: Findings, truth: Mapping[str, Any], h: str) -> None:
    assert truth["ex_to_cx"] > 0 and truth["cx_to_ex"] == 0
    assert interval(found, f"{h}.lagged")[0] > 0
    assert covers(found, f"{h}.lagged.reverse", truth["cx_to_ex"])


@pytest.mark.parametrize("term", ["h3.pearson", "h3.mixed", "h3.lagged", "h3.lagged.reverse", "h3.placebo_lag"])
def test_what_is_not_linked_is_not_found(found: Findings, term: str) -> None:
    assert covers(found, term, 0)


@pytest.mark.parametrize("h", ["h1", "h2"])
def test_the_control_shows_nothing(found: Findings, h: str) -> None:
    assert covers(found, f"{h}.control.parking", 0)
    assert interval(found, f"{h}.control.parking.difference")[0] > 0


def test_levels_and_response_rates_are_found(found: Findings, truth: Mapping[str, Any]) -> None:
    assert covers(found, "measure.nps", truth["nps"]["nps"])
    assert covers(found, "measure.ces", truth["mean"]["ces"])
    once_in_three_months = 1 - (1 - truth["employee_response"]) ** 3
    rates = found.answers.set_index("source").loc["pulse", "response_rate"]
    assert rates.mean() == pytest.approx(once_in_three_months, abs=0.02)


def test_verdicts_are_the_expected_ones(found: Findings) -> None:
    assert {v.hypothesis: v.verdict for v in found.verdicts} == {
        "h1": "supported",
        "h2": "supported",
        "h3": "inconclusive",
        "h4": "supported",
    }
    limits = {v.hypothesis: {limit.code for limit in v.limits} for v in found.verdicts}
    assert [h for h, codes in limits.items() if "exploratory" in codes] == ["h4"]
    assert "low_power" in limits["h3"]
    assert not any(code.startswith("control") for codes in limits.values() for code in codes)


# The same files by other tools


OWN_DRAWS = 0.006
"""Percentile ends of 500 draws of teams against BCa ends of 2,000: about two Monte-Carlo errors and the bias."""


def test_leaderships_alpha_by_hand(found: Findings, raw: Raw) -> None:
    items = raw.pulse[LEADERSHIP].dropna()
    alpha = 4 / 3 * (1 - items.var().sum() / items.sum(axis=1).var())
    result = estimate(found, "scale.leadership.alpha")
    assert result.estimate == pytest.approx(alpha, abs=EXACT)
    assert result.n_respondents == len(items)
    teams = raw.pulse.loc[items.index, "tiimi"].to_numpy()
    by_team = [items.to_numpy()[teams == team] for team in np.unique(teams)]
    rng = np.random.default_rng(11)
    drawn = []
    for _ in range(500):
        whole = np.concatenate([by_team[team] for team in rng.integers(0, len(by_team), len(by_team))])
        drawn.append(4 / 3 * (1 - whole.var(axis=0, ddof=1).sum() / whole.sum(axis=1).var(ddof=1)))
    ends = np.quantile(drawn, (0.025, 0.975))
    assert interval(found, "scale.leadership.alpha") == pytest.approx(ends, abs=OWN_DRAWS)


def test_the_net_promoter_score_by_hand(found: Findings, raw: Raw) -> None:
    score = nps_score(raw.projects["nps"])
    known = score.notna()
    result = estimate(found, "measure.nps")
    assert result.estimate == pytest.approx(score.mean(), abs=EXACT)
    assert result.n_respondents == known.sum()
    plain_ols = sm.OLS(score[known], np.ones(known.sum())).fit(
        cov_type="cluster", cov_kwds={"groups": raw.projects.loc[known, "team"].astype("category").cat.codes}
    )
    assert result.std_error == pytest.approx(plain_ols.bse.iloc[0], rel=0.01)  # another small-sample factor


def unit_means(raw: Raw) -> pd.DataFrame:
    ex = persons_first(raw.pulse, LEADERSHIP, ["team"]).groupby("team")["score"].mean()
    cx = raw.projects.assign(score=nps_score(raw.projects["nps"])).groupby("team")["score"].mean()
    return pd.DataFrame({"ex": ex, "cx": cx})


def test_every_teams_means_by_hand(found: Findings, raw: Raw) -> None:
    mine = unit_means(raw)
    theirs = found.linked[found.linked["hypothesis"] == "h1"].assign(team=lambda rows: plain(rows["unit"]))
    joined = mine.join(theirs.set_index("team")[["ex", "cx"]].add_suffix("_found"))
    assert len(joined.dropna()) == 40
    np.testing.assert_allclose(joined[["ex", "cx"]], joined[["ex_found", "cx_found"]], rtol=EXACT)


def test_the_correlation_by_hand(found: Findings, raw: Raw) -> None:
    means = unit_means(raw)
    r, p = stats.pearsonr(means["ex"], means["cx"])
    result = estimate(found, "h1.pearson")
    assert (result.estimate, result.p_value) == pytest.approx((r, p), rel=1e-6)
    ends = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(37))
    assert interval(found, "h1.pearson") == pytest.approx(tuple(ends), abs=EXACT)
    assert estimate(found, "h1.spearman").estimate == pytest.approx(stats.spearmanr(means)[0], abs=EXACT)


def test_the_slope_by_statsmodels(found: Findings, raw: Raw) -> None:
    means = unit_means(raw)
    fit = sm.OLS(means["cx"], sm.add_constant(means["ex"])).fit(cov_type="HC3", use_t=True)
    result = estimate(found, "h1.ols")
    assert (result.estimate, result.std_error) == pytest.approx((fit.params["ex"], fit.bse["ex"]), rel=EXACT)
    assert result.p_value == pytest.approx(fit.pvalues["ex"], rel=1e-6)
    assert interval(found, "h1.ols") == pytest.approx(tuple(fit.conf_int().loc["ex"]), rel=EXACT)


def test_the_slope_given_the_region_by_statsmodels(found: Findings, raw: Raw) -> None:
    region = raw.teams.drop_duplicates("team").set_index("team")["alue"]
    known = raw.projects.dropna(subset="csat")
    cx = (100.0 * (known["csat"] >= 4)).groupby(known["team"]).mean()
    rows = unit_means(raw)[["ex"]].assign(cx=cx, region=region)
    fit = smf.ols("cx ~ ex + C(region)", rows).fit(cov_type="HC3", use_t=True)
    result = estimate(found, "h4.ols")
    assert (result.estimate, result.std_error) == pytest.approx((fit.params["ex"], fit.bse["ex"]), rel=1e-8)


def test_the_multilevel_model_by_statsmodels(found: Findings, raw: Raw) -> None:
    rows = raw.projects.assign(score=nps_score(raw.projects["nps"])).dropna(subset="score")
    rows = rows.join(unit_means(raw)["ex"], on="team")
    fit = smf.mixedlm("score ~ ex", rows, groups=rows["team"]).fit(reml=True, method=["powell", "lbfgs"])
    assert estimate(found, "h1.mixed").estimate == pytest.approx(fit.params["ex"], rel=OPTIMISED)
    assert estimate(found, "h1.mixed").std_error == pytest.approx(fit.bse["ex"], rel=1e-3)
    assert estimate(found, "h1.mixed.tau2").estimate == pytest.approx(fit.cov_re.iloc[0, 0], rel=OPTIMISED)
    assert estimate(found, "h1.mixed.sigma2").estimate == pytest.approx(fit.scale, rel=OPTIMISED)


def icc(groups: list[np.ndarray]) -> tuple[float, float]:
    sizes = np.array([len(group) for group in groups])
    f = stats.f_oneway(*groups).statistic
    n0 = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1)
    return (f - 1) / (f - 1 + n0), 1 - 1 / f


@pytest.mark.parametrize("measure", ["leadership", "nps"])
def test_the_intraclass_correlations_by_anova(found: Findings, raw: Raw, measure: str) -> None:
    persons = persons_first(raw.pulse, LEADERSHIP, ["team"])
    customers = raw.projects.assign(score=nps_score(raw.projects["nps"])).dropna(subset="score")
    rows = persons if measure == "leadership" else customers
    expected = icc([group.to_numpy() for _, group in rows.groupby("team")["score"]])
    values = [estimate(found, f"unit.{measure}.{name}").estimate for name in ("icc1", "icc2")]
    assert values == pytest.approx(expected, abs=EXACT)


def test_the_agreement_of_every_team_and_quarter_by_hand(found: Findings, raw: Raw) -> None:
    complete = raw.pulse.dropna(subset=LEADERSHIP)
    cells = complete.groupby(["team", "quarter"])[LEADERSHIP]
    spread = cells.var().mean(axis=1)[cells.size() > 1]
    ratio = (spread / 2.0).clip(upper=1)  # (5^2 - 1) / 12, the variance of five equally likely options
    rwg = 4 * (1 - ratio) / (4 * (1 - ratio) + ratio)
    term = "unit.leadership.rwg.uniform"
    expected = (rwg.mean(), rwg.median(), (rwg >= 0.7).mean())
    values = [estimate(found, f"{term}.{name}").estimate for name in ("mean", "median", "share_agreeing")]
    assert values == pytest.approx(expected, abs=EXACT)
    assert estimate(found, f"{term}.mean").n_units == len(rwg)


def test_the_permutation_p_by_an_own_loop(found: Findings, raw: Raw) -> None:
    means = unit_means(raw)
    x, y = (stats.zscore(means[name].to_numpy()) for name in ("ex", "cx"))
    rng = np.random.default_rng(9)
    draws = 9999
    strong = sum(abs(x @ rng.permutation(y)) >= abs(x @ y) - 1e-12 for _ in range(draws))
    p = (strong + 1) / (draws + 1)
    result = estimate(found, "h1.permutation")
    assert result.p_value is not None
    error = np.sqrt(2 * max(p, 1 / draws) * (1 - p) / draws)
    assert abs(result.p_value - p) < MONTE_CARLO * error


def waves(raw: Raw) -> pd.DataFrame:
    persons = persons_first(raw.pulse, LEADERSHIP, ["team", "quarter"])
    ex = persons.groupby(["team", "quarter"])["score"].mean()
    cx = raw.projects.assign(score=nps_score(raw.projects["nps"])).groupby(["team", "quarter"])["score"].mean()
    rows = pd.DataFrame({"ex": ex, "cx": cx}).dropna().reset_index()
    rows["at"] = rows["quarter"].rank(method="dense").astype(int)
    before = rows.assign(at=rows["at"] + 1)[["team", "at", "ex", "cx"]]
    return rows.merge(before, on=["team", "at"], suffixes=("", "_before"))


@pytest.mark.parametrize(
    ("term", "formula", "name"),
    [
        ("h1.lagged", "cx ~ ex_before + cx_before + C(quarter)", "ex_before"),
        ("h1.lagged.reverse", "ex ~ cx_before + ex_before + C(quarter)", "cx_before"),
    ],
)
def test_the_lagged_slopes_by_statsmodels(found: Findings, raw: Raw, term: str, formula: str, name: str) -> None:
    rows = waves(raw)
    groups = rows["team"].astype("category").cat.codes
    fit = smf.ols(formula, rows).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    result = estimate(found, term)
    assert (result.estimate, result.std_error) == pytest.approx((fit.params[name], fit.bse[name]), rel=1e-8)
    assert interval(found, term) == pytest.approx(tuple(fit.conf_int().loc[name]), rel=1e-6, abs=EXACT)


def test_the_control_and_the_partial_correlation_by_hand(found: Findings, raw: Raw) -> None:
    means = unit_means(raw).assign(control=raw.projects.groupby("team")["pysakointi"].mean())
    r = means.corr()
    assert estimate(found, "h1.control.parking").estimate == pytest.approx(r.loc["ex", "control"], abs=EXACT)
    rest = [sm.OLS(means[n], sm.add_constant(means["control"])).fit().resid for n in ("ex", "cx")]
    partial = np.corrcoef(*rest)[0, 1]
    assert estimate(found, "h1.control.parking.partial").estimate == pytest.approx(partial, abs=EXACT)


def test_touchpoints_by_hand(found: Findings, raw: Raw) -> None:
    expected = raw.projects[TOUCHPOINTS].mean()
    for item in TOUCHPOINTS:
        result = estimate(found, f"touchpoint.{item}")
        assert (result.estimate, result.n_respondents, result.n_units) == (
            pytest.approx(expected[item], abs=EXACT), raw.projects[item].notna().sum(), 40,
        )  # fmt: skip


def test_losses_by_hand(found: Findings, raw: Raw) -> None:
    lost = {(loss.where, loss.reason): loss for loss in found.losses}
    untidy = pd.read_csv(EXAMPLE / "raw" / "fiilismittaus.csv", sep=";", decimal=",", encoding="cp1252")
    nines = int((untidy.filter(regex="^(joht|tyo|yht)_") == 9).to_numpy().sum())
    assert lost["pulse", "declared_missing"].details["count"] == nines
    assert lost["nps", "aggregation.without_score"].n_rows == raw.projects["nps"].isna().sum()
    renamed = untidy["tiimi"].str.replace("\N{NO-BREAK SPACE}", " ").str.split().str.join(" ").str.casefold()
    assert lost["pulse", "aliases_applied"].details["count"] == (renamed == "kustannuslaskenta oulu").sum()
    missing = found.missing.set_index(["source", "variable"])
    for item in LEADERSHIP:
        n, absent = missing.loc[("pulse", item), ["n", "n_missing"]]
        assert (n, absent) == (len(raw.pulse), raw.pulse[item].isna().sum())
    assert scale_score(raw.pulse, LEADERSHIP).notna().sum() >= len(raw.pulse) - absent


# Nothing hangs on the rows' order or the teams' names


def copied(folder: Path, rename: Mapping[str, str], seed: int) -> Path:
    """The example with its rows shuffled and its teams renamed (by plain name; an empty mapping keeps them)."""
    target = folder / "data" / "example"
    shutil.copytree(EXAMPLE, target)
    raw, rng = target / "raw", np.random.default_rng(seed)

    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        told = frame if not rename else frame.assign(tiimi=plain(frame["tiimi"]).map(rename))
        return told.iloc[rng.permutation(len(told))].reset_index(drop=True)

    pulse = pd.read_csv(raw / "fiilismittaus.csv", sep=";", dtype=str, encoding="cp1252")
    shuffled(pulse).to_csv(raw / "fiilismittaus.csv", sep=";", index=False, encoding="cp1252")
    teams = pd.read_csv(raw / "tiimit.csv", dtype=str)
    shuffled(teams).to_csv(raw / "tiimit.csv", index=False)
    table, about = pyreadstat.read_sav(str(raw / "prosessit.sav"), user_missing=True)
    labels = about.variable_value_labels
    pyreadstat.write_sav(
        shuffled(table), str(raw / "prosessit.sav"), variable_value_labels=labels, missing_ranges=about.missing_ranges
    )
    book = openpyxl.load_workbook(raw / "projektikokemus.xlsx")
    rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    answers = shuffled(pd.DataFrame(rows[3:], columns=rows[2], dtype=object)).to_numpy(dtype=object, na_value=None)
    book.active.delete_rows(4, len(rows))
    for answer in answers.tolist():
        book.active.append(answer)
    book.save(raw / "projektikokemus.xlsx")
    return target


def differing(found: Findings, other: Findings, resampled: float) -> dict[str, tuple[object, object]]:
    assert list(found.results) == list(other.results)
    return {
        term: (mine, other.results[term])
        for term, mine in found.results.items()
        if not alike(mine, other.results[term], resampled if is_drawn(term) else 0.0)
    }


def alike(mine: object, theirs: object, resampled: float) -> bool:
    if not isinstance(mine, Estimate) or not isinstance(theirs, Estimate):
        return mine == theirs
    names = ("estimate", "std_error", "p_value", "conf_low", "conf_high", "df")
    pairs = [(getattr(mine, name), getattr(theirs, name), name) for name in names]
    return all(
        (a is None) == (b is None) and (a is None or a == pytest.approx(b, **within(name, mine.term, resampled)))
        for a, b, name in pairs
    )


def within(name: str, term: str, resampled: float) -> dict[str, float]:
    """How far a number may lie off: a drawn one by a share of its size as well, an undrawn one hardly at all."""
    drawn = resampled > 0 and (name != "estimate" or is_estimated_by_draws(term))
    return {"rel": 2 * resampled, "abs": resampled} if drawn else {"rel": 1e-6, "abs": 1e-8}


@pytest.mark.slow
def test_the_rows_order_changes_no_number(found: Findings, tmp_path: Path) -> None:
    assert differing(found, findings_of(copied(tmp_path, {}, seed=3)), resampled=0) == {}


@pytest.mark.slow
def test_the_teams_names_change_nothing_but_the_draws(found: Findings, raw: Raw, tmp_path: Path) -> None:
    teams = sorted(raw.teams["team"].unique())
    order = np.random.default_rng(5).permutation(len(teams))
    other = findings_of(copied(tmp_path, {t: f"Tiimi {n:02}" for t, n in zip(teams, order, strict=True)}, seed=4))
    assert differing(found, other, resampled=0.1) == {}
    assert [(v.hypothesis, v.verdict) for v in found.verdicts] == [(v.hypothesis, v.verdict) for v in other.verdicts]
