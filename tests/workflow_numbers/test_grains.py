"""The same answers say the same, whether they come as people, as counts of options or as published unit scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.errors import DataError
from cxresearch.findings import Findings
from cxresearch.statistic import Estimate
from tests.workflow_numbers.builder import (
    GRAINS,
    MAKE,
    Grain,
    Source,
    analysed,
    answers,
    counts,
    respondents,
    unit_scores,
)

EXACT = 1e-9
"""The same arithmetic in another order."""
WAVES = ("2024", "2025")
BETWEEN = ("h1.pearson", "h1.spearman", "h1.ols", "h1.ols.std", "h1.permutation", "h1.leave_one_out.low", "h1.mde")
OVER_TIME = ("h1.lagged", "h1.lagged.reverse", "h1.placebo_lag", "h1.within", "h1.lagged.permutation")
OF_PEOPLE = ("unit.cx.icc1", "unit.cx.icc2", "unit.cx.rwg.uniform.median", "unit.cx.ad.mean", "measure.cx", "h1.mixed",
             "h1.mixed.tau2", "h1.mixed.sigma2", "item.cx.cx_q1.mean", "item.cx.cx_q1.sd")  # fmt: skip


def pair(seed: int = 1, **shape: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Employees and customers of the same units."""
    return answers(seed, **shape), answers(seed + 100, **shape)  # type: ignore[arg-type]


def alike(one: Findings, other: Findings, terms: tuple[str, ...]) -> None:
    for term in terms:
        mine, theirs = one.result(term), other.result(term)
        assert isinstance(mine, Estimate) and isinstance(theirs, Estimate), (mine, theirs)
        for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high", "n_units"):
            a, b = getattr(mine, name), getattr(theirs, name)
            assert (a is None) == (b is None) and (a is None or a == pytest.approx(b, rel=1e-7, abs=EXACT)), (
                term,
                name,
            )


@pytest.fixture(scope="module")
def of_people(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    ex, cx = pair()
    folder = tmp_path_factory.mktemp("people")
    return analysed(folder, {"staff": respondents("employee", ex, "ex"), "guests": respondents("customer", cx, "cx")})


@pytest.mark.parametrize("of_ex", GRAINS)
@pytest.mark.parametrize("of_cx", GRAINS)
def test_any_mix_of_grains_gives_the_same_link(of_people: Findings, tmp_path: Path, of_ex: Grain, of_cx: Grain) -> None:
    ex, cx = pair()
    found = analysed(
        tmp_path, {"staff": MAKE[of_ex]("employee", ex, "ex"), "guests": MAKE[of_cx]("customer", cx, "cx")}
    )
    alike(of_people, found, BETWEEN)
    columns = ["ex", "cx", "ex_n", "cx_n", "ex_se", "cx_se"]
    np.testing.assert_allclose(of_people.linked[columns], found.linked[columns], rtol=1e-7)
    if of_cx == "counts":
        alike(of_people, found, OF_PEOPLE)


def test_the_links_own_numbers_are_those_of_pandas(of_people: Findings) -> None:
    ex, cx = (rows.groupby("unit")["q1"].mean() for rows in pair())
    assert of_people.estimate("h1.pearson").estimate == pytest.approx(ex.corr(cx), abs=EXACT)  # type: ignore[union-attr]


@pytest.mark.parametrize("of_ex", GRAINS)
@pytest.mark.parametrize("of_cx", GRAINS)
def test_any_mix_of_grains_gives_the_same_waves(tmp_path: Path, of_ex: Grain, of_cx: Grain) -> None:
    ex, cx = pair(3, periods=WAVES)
    plain = {"staff": respondents("employee", ex, "ex"), "guests": respondents("customer", cx, "cx")}
    mixed = {"staff": MAKE[of_ex]("employee", ex, "ex"), "guests": MAKE[of_cx]("customer", cx, "cx")}
    one, other = (
        analysed(tmp_path / name, sources, period="year") for name, sources in (("one", plain), ("other", mixed))
    )
    alike(one, other, (*BETWEEN, *OVER_TIME))
    columns = ["mean", "n", "se"]
    np.testing.assert_allclose(one.panels[columns], other.panels[columns], rtol=1e-7)
    if of_cx == "counts":
        alike(one, other, ("measure.cx", "unit.cx.icc1", "unit.cx.rwg.uniform.median", "period.cx.2025", "h1.mixed"))


@pytest.mark.parametrize("grain", ["respondents", "counts"])
@pytest.mark.parametrize("split", ["period", "unit", "people"])
def test_two_files_of_a_side_are_one(tmp_path: Path, grain: Grain, split: str) -> None:
    """Waves, departments, or people of the same units and waves in files of their own."""
    ex, cx = pair(5, periods=WAVES)
    halves = {
        "period": cx["period"] == WAVES[0],
        "unit": cx["unit"] < "Unit 12",
        "people": pd.Series(np.arange(len(cx)) % 2 == 0),
    }[split]
    staff = respondents("employee", ex, "ex")
    whole: Mapping[str, Source] = {"staff": staff, "guests": MAKE[grain]("customer", cx, "cx")}
    parts: Mapping[str, Source] = {
        "staff": staff,
        "first": MAKE[grain]("customer", cx[halves], "cx"),
        "second": MAKE[grain]("customer", cx[~halves], "cx"),
    }
    one, other = (analysed(tmp_path / n, s, period="year") for n, s in (("one", whole), ("other", parts)))
    alike(one, other, (*BETWEEN, *OVER_TIME, *OF_PEOPLE))
    columns = ["mean", "se", "sd", "n", "reliability"]
    np.testing.assert_allclose(one.panels[columns], other.panels[columns], rtol=1e-7)


@pytest.mark.parametrize("later", GRAINS)
@pytest.mark.parametrize("earlier", GRAINS)
def test_waves_of_different_grains_are_one_measure(tmp_path: Path, earlier: Grain, later: Grain) -> None:
    """An old wave published as unit scores or counts goes with a new one of people."""
    ex, cx = pair(6, periods=WAVES)
    old = cx["period"] == WAVES[0]
    parts = {
        "staff": respondents("employee", ex, "ex"),
        "old": MAKE[earlier]("customer", cx[old], "cx"),
        "new": MAKE[later]("customer", cx[~old], "cx"),
    }
    whole = {"staff": parts["staff"], "guests": respondents("customer", cx, "cx")}
    one, other = (analysed(tmp_path / n, s, period="year") for n, s in (("one", whole), ("other", parts)))
    alike(one, other, (*BETWEEN, *OVER_TIME))


def test_two_published_scores_of_one_unit_are_refused(tmp_path: Path) -> None:
    ex, cx = pair(7)
    half = np.arange(len(cx)) % 2 == 0
    sources = {
        "staff": respondents("employee", ex, "ex"),
        "first": unit_scores("customer", cx[half], "cx"),
        "second": unit_scores("customer", cx[~half], "cx"),
    }
    with pytest.raises(DataError) as raised:
        analysed(tmp_path, sources)
    (problem,) = raised.value.problems
    assert problem.code == "aggregation.repeated_unit" and problem.details["rows"] == 24
    assert "24" in problem.what("en") and problem.remedy("fi")


@pytest.mark.parametrize("reversed_items", [(), ("q2",), ("q1", "q3"), ("q1", "q2", "q3")])
def test_reversed_items_are_turned_one_by_one_in_counts_too(tmp_path: Path, reversed_items: tuple[str, ...]) -> None:
    ex, cx = pair(8, items=3)
    for rows in (ex, cx):
        rows[list(reversed_items)] = 6 - rows[list(reversed_items)]
    staff = respondents("employee", ex, "ex", reversed_items=reversed_items)
    one, other = (
        analysed(tmp_path / f"{place}", {"staff": staff, "guests": guests})
        for place, guests in enumerate(
            make("customer", cx, "cx", reversed_items=reversed_items) for make in (respondents, counts)
        )
    )
    alike(
        one, other, (*BETWEEN, "measure.cx", *(f"item.cx.cx_q{n}.{s}" for n in (1, 2, 3) for s in ("mean", "ceiling")))
    )
    alike(one, other, ("unit.cx.rwg.uniform.median", "unit.cx.ad.mean", "unit.cx.awg.mean"))
    counted = other.estimate("unit.cx.icc1")
    assert counted is not None and "measurement.conservative_se" in counted.health


@pytest.mark.parametrize("spec", [{"metric": "csat", "top": [4, 5]}, {"metric": "ces"}], ids=["csat", "ces"])
def test_metrics_of_counts_are_those_of_people(tmp_path: Path, spec: Mapping[str, object]) -> None:
    ex, cx = pair(9)
    measures = {"ex": {"scale": "ex"}, "cx": {"item": "cx_q1", **spec}}
    staff = respondents("employee", ex, "ex")
    one, other = (
        analysed(tmp_path / make.__name__, {"staff": staff, "guests": make("customer", cx, "cx")}, measures=measures)
        for make in (respondents, counts)
    )
    alike(one, other, (*BETWEEN, "measure.cx", "unit.cx.icc1", "h1.mixed", "h1.disattenuated"))


def test_the_plain_counts_of_options_are_shown(tmp_path: Path) -> None:
    ex, cx = pair(10)
    staff = respondents("employee", ex, "ex")
    one, other = (
        analysed(tmp_path / make.__name__, {"staff": staff, "guests": make("customer", cx, "cx")})
        for make in (respondents, counts)
    )
    shown = [f.distributions[f.distributions["measure"] == "cx"].reset_index(drop=True) for f in (one, other)]
    pd.testing.assert_frame_equal(*shown, check_dtype=False)
    assert [f.answers.set_index("source").loc["guests", "n_answers"] for f in (one, other)] == [len(cx)] * 2
