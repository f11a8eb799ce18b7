"""What the codebook's roles do to the numbers: precision, persons, weights, people asked, covariates, controls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.statistic import Estimate, NotEstimable
from tests.workflow_numbers.builder import Source, analysed, answers, counts, respondents, unit_scores, variable

EXACT = 1e-9
"""The same arithmetic in another order."""
WAVES = ("2024", "2025")


def estimate(found: Findings, term: str) -> Estimate:
    result = found.result(term)
    assert isinstance(result, Estimate), result
    return result


def with_column(source: Source, name: str, values: object, role: str, **more: object) -> Source:
    return Source(source.spec, source.rows.assign(**{name: values}), [*source.variables, variable(name, role, **more)])


def test_published_precision_is_used(tmp_path: Path) -> None:
    """n sets the threshold, the error gives the reliability and so the corrected correlation."""
    ex, cx = answers(1), answers(101)
    staff = respondents("employee", ex, "ex")
    plain, precise = (
        analysed(tmp_path / name, {"staff": staff, "guests": unit_scores("customer", cx, "cx", precise=known)})
        for name, known in (("plain", False), ("precise", True))
    )
    assert estimate(plain, "h1.pearson").estimate == estimate(precise, "h1.pearson").estimate
    assert isinstance(plain.result("h1.disattenuated"), NotEstimable)
    assert isinstance(plain.result("h1.weighted"), NotEstimable)
    grouped = cx.groupby("unit")["q1"]
    means, errors = grouped.mean(), grouped.sem()
    tau2 = means.var() - (errors**2).mean()
    of_cx = tau2 / (tau2 + (errors**2).mean())
    of_ex = 1 / np.mean(1 / plain.panels.loc[plain.panels["measure"] == "ex", "reliability"])
    expected = estimate(plain, "h1.pearson").estimate / np.sqrt(of_ex * of_cx)
    assert estimate(precise, "h1.disattenuated").estimate == pytest.approx(expected, abs=EXACT)
    assert estimate(precise, "h1.pearson").n_customers == len(cx)
    shown = precise.panels[precise.panels["measure"] == "cx"].set_index("unit")
    np.testing.assert_allclose(shown["se"], errors, rtol=EXACT)
    np.testing.assert_allclose(shown["n"], grouped.size(), rtol=EXACT)


@pytest.mark.parametrize("make", [respondents, counts, unit_scores])
def test_small_units_are_left_out_whatever_the_grain(tmp_path: Path, make: object) -> None:
    ex, cx = answers(2), answers(102)
    few = [f"Unit {number:02}" for number in range(3)]
    kept = cx.groupby("unit").cumcount() < np.where(cx["unit"].isin(few), 4, 99)
    sources = {"staff": respondents("employee", ex, "ex"), "guests": make("customer", cx[kept], "cx")}  # type: ignore[operator]
    found = analysed(tmp_path, sources, privacy={"min_respondents": 5})
    assert not set(few) & set(found.linked["unit"])
    assert estimate(found, "h1.pearson").n_units == 21
    lost = {loss.reason: loss.n_units for loss in found.losses if loss.where == "h1"}
    assert lost["linkage.below_minimum.cx"] == 3
    assert not set(few) & set(found.panels.loc[found.panels["measure"] == "cx", "unit"])


def test_a_person_who_answers_often_counts_once(tmp_path: Path) -> None:
    ex, cx = answers(3, periods=WAVES), answers(103, periods=WAVES)
    ex["who"] = ex["unit"] + " " + (ex.groupby(["unit", "period"]).cumcount()).astype(str)
    found = analysed(
        tmp_path,
        {"staff": respondents("employee", ex, "ex"), "guests": respondents("customer", cx, "cx")},
        period="year",
    )
    persons = ex.groupby(["unit", "who"])["q1"].mean().groupby("unit").mean()
    shown = found.linked.set_index("unit")
    np.testing.assert_allclose(shown["ex"], persons, rtol=EXACT)
    np.testing.assert_array_equal(shown["ex_n"], ex.groupby("unit")["who"].nunique())
    assert estimate(found, "unit.ex.icc1").n_respondents == ex["who"].nunique()


def test_people_without_ids_count_each_time(tmp_path: Path) -> None:
    ex, cx = answers(4, periods=WAVES).assign(who=""), answers(104, periods=WAVES)
    found = analysed(
        tmp_path,
        {"staff": respondents("employee", ex, "ex"), "guests": respondents("customer", cx, "cx")},
        period="year",
    )
    np.testing.assert_allclose(found.linked.set_index("unit")["ex"], ex.groupby("unit")["q1"].mean(), rtol=EXACT)


def test_survey_weights_weigh_unit_means_and_scores(tmp_path: Path) -> None:
    ex, cx = answers(5), answers(105)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(cx))
    guests = with_column(respondents("customer", cx, "cx"), "w", weights, "weight")
    found = analysed(tmp_path, {"staff": respondents("employee", ex, "ex"), "guests": guests})
    rows = cx.assign(w=weights, wy=weights * cx["q1"])
    sums = rows.groupby("unit")[["w", "wy"]].sum()
    np.testing.assert_allclose(found.linked.set_index("unit")["cx"], sums["wy"] / sums["w"], rtol=EXACT)
    score = estimate(found, "measure.cx")
    assert score.estimate == pytest.approx(rows["wy"].sum() / weights.sum(), abs=EXACT)
    pulls = (rows["w"] * (rows["q1"] - score.estimate)).groupby(rows["unit"]).sum() / weights.sum()
    assert score.std_error == pytest.approx(np.sqrt(len(pulls) / (len(pulls) - 1) * (pulls**2).sum()), rel=EXACT)
    assert estimate(found, "weights.cx.n_eff").estimate == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert found.result("measure.cx.mean_t").reason == "weights.simple_interval"  # type: ignore[union-attr]
    assert not [loss for loss in found.losses if loss.reason == "workflow.weights_unused"]
    assert "weights.ex.n_eff" not in found.results


def test_weights_of_units_put_together_already_are_told_to_be_unused(tmp_path: Path) -> None:
    ex, cx = answers(5), answers(105)
    plain = unit_scores("customer", cx, "cx", precise=True)
    weighted = with_column(plain, "w", np.linspace(0.5, 2, len(plain.rows)), "weight")
    one, other = (
        analysed(tmp_path / name, {"staff": respondents("employee", ex, "ex"), "guests": source})
        for name, source in (("plain", plain), ("weighted", weighted))
    )
    assert one.results == other.results
    told = [loss for loss in other.losses if loss.reason == "workflow.weights_unused"]
    assert [(loss.where, loss.details["column"]) for loss in told] == [("guests", "w")]
    for language in LANGUAGES:
        assert "w" in render(Phrase(f"losses.{told[0].reason}", told[0].details), language)


def asked(rows: pd.DataFrame, more: int) -> Source:
    frame = rows.groupby("unit").size().add(more).rename("size").reset_index()
    told = [variable("unit", "unit"), variable("size", "eligible", informant="employee")]
    return Source({"side": "unit", "grain": "unit_scores"}, frame, told)


def test_people_asked_give_the_response_rate(tmp_path: Path) -> None:
    ex, cx = answers(6), answers(106)
    sources = {
        "staff": respondents("employee", ex, "ex"),
        "guests": respondents("customer", cx, "cx"),
        "teams": asked(ex, 3),
    }
    found = analysed(tmp_path, sources)
    rate = len(ex) / (len(ex) + 3 * 24)
    assert estimate(found, "response.ex.rate").estimate == pytest.approx(rate, abs=EXACT)
    assert found.answers.set_index("source").loc["staff", "response_rate"] == pytest.approx(rate, abs=EXACT)
    assert np.isnan(found.answers.set_index("source").loc["guests", "response_rate"])
    assert isinstance(found.result("response.cx.rate"), NotEstimable)


def test_an_unknown_category_is_not_the_first_category(tmp_path: Path) -> None:
    """Units whose region is not known are left out of what holds the region constant."""
    ex, cx = answers(7), answers(107)
    names = sorted(ex["unit"].unique())
    region = pd.Series(["", "", *(["north", "south", "west"] * 8)[:22]], index=names)
    frame = pd.DataFrame({"unit": names, "region": region.to_numpy()})
    told = [variable("unit", "unit"), variable("region", "covariate", kind="category")]
    sources = {
        "staff": respondents("employee", ex, "ex"),
        "guests": respondents("customer", cx, "cx"),
        "teams": Source({"side": "unit", "grain": "unit_scores"}, frame, told),
    }
    hypotheses = {"h1": {"ex": "ex", "cx": "cx", "covariates": ["region"], "primary": "ols"}}
    found = analysed(tmp_path, sources, hypotheses=hypotheses)
    rows = pd.DataFrame({side: part.groupby("unit")["q1"].mean() for side, part in (("ex", ex), ("cx", cx))})
    known = rows.assign(region=region.replace("", np.nan)).dropna()
    fit = smf.ols("cx ~ ex + C(region)", known).fit(cov_type="HC3", use_t=True)
    result = estimate(found, "h1.ols")
    assert (result.estimate, result.std_error) == pytest.approx((fit.params["ex"], fit.bse["ex"]), rel=1e-8)
    assert (result.n_units, estimate(found, "h1.pearson").n_units) == (22, 24)
    south = estimate(found, "h1.ols.region_2")
    assert south.estimate == pytest.approx(fit.params["C(region)[T.south]"], rel=1e-8)


def test_a_persons_covariate_is_the_units_mean(tmp_path: Path) -> None:
    ex, cx = answers(8), answers(108)
    years = np.random.default_rng(8).gamma(2, 3, len(ex))
    staff = with_column(respondents("employee", ex, "ex"), "years", years, "covariate", kind="number")
    hypotheses = {"h1": {"ex": "ex", "cx": "cx", "covariates": ["years"]}}
    found = analysed(tmp_path, {"staff": staff, "guests": respondents("customer", cx, "cx")}, hypotheses=hypotheses)
    rows = pd.DataFrame(
        {
            "ex": ex.groupby("unit")["q1"].mean(),
            "cx": cx.groupby("unit")["q1"].mean(),
            "years": ex.assign(years=years).groupby("unit")["years"].mean(),
        }
    )
    fit = smf.ols("cx ~ ex + years", rows).fit(cov_type="HC3", use_t=True)
    assert estimate(found, "h1.ols").estimate == pytest.approx(fit.params["ex"], rel=1e-8)
    assert estimate(found, "h1.ols.years").estimate == pytest.approx(fit.params["years"], rel=1e-8)


@pytest.mark.parametrize("make", [respondents, counts, unit_scores])
def test_a_control_is_taken_from_the_periods_of_the_contrast(tmp_path: Path, make: object) -> None:
    ex, cx, other = (answers(seed, periods=WAVES) for seed in (9, 109, 209))
    sources = {
        "staff": respondents("employee", ex, "ex"),
        "guests": respondents("customer", cx, "cx"),
        "visitors": make("customer", other, "control"),  # type: ignore[operator]
    }
    measures = {name: {"scale": name} for name in ("ex", "cx", "control")}
    hypotheses = {"h1": {"ex": "ex", "cx": "cx", "controls": ["control"], "periods": ["2025"]}}
    found = analysed(tmp_path, sources, measures=measures, hypotheses=hypotheses, period="year")
    means = {
        name: rows[rows["period"] == "2025"].groupby("unit")["q1"].mean()
        for name, rows in (("ex", ex), ("cx", cx), ("control", other))
    }
    r = pd.DataFrame(means).corr()
    assert estimate(found, "h1.control.control").estimate == pytest.approx(r.loc["ex", "control"], abs=EXACT)
    assert estimate(found, "h1.pearson").estimate == pytest.approx(r.loc["ex", "cx"], abs=EXACT)


@pytest.mark.parametrize("make", [respondents, counts, unit_scores])
def test_waves_with_different_scales_are_standardised_before_they_are_pooled(tmp_path: Path, make: object) -> None:
    """Whoever answers, a wave's level and spread say nothing about the units."""
    ex, cx = answers(10, periods=WAVES), answers(110, periods=WAVES)
    stretched = ex.assign(q1=np.where(ex["period"] == "2025", np.ceil(ex["q1"] / 2), ex["q1"]))
    measures = {"ex": {"scale": "ex", "standardise": "within_period"}, "cx": {"scale": "cx"}}
    found = analysed(
        tmp_path,
        {"staff": make("employee", stretched, "ex"), "guests": respondents("customer", cx, "cx")},  # type: ignore[operator]
        measures=measures,
        period="year",
    )
    by_wave = stretched.groupby(["unit", "period"])["q1"].agg(["mean", "size"]).reset_index()
    by_wave["z"] = by_wave.groupby("period")["mean"].transform(lambda m: (m - m.mean()) / m.std())
    total = by_wave.assign(zn=by_wave["z"] * by_wave["size"]).groupby("unit")[["zn", "size"]].sum()
    expected = np.corrcoef(total["zn"] / total["size"], cx.groupby("unit")["q1"].mean())[0, 1]
    assert estimate(found, "h1.pearson").estimate == pytest.approx(expected, abs=EXACT)
