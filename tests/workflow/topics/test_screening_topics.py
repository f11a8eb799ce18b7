"""Screening, non-response and the decision to aggregate in small studies: numbers, sentences, privacy, refusals."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.decisions import decisions
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.nonresponse import nonresponse
from cxresearch.exhibits.screening import screening
from cxresearch.findings import Findings
from cxresearch.screening import questionnaire, screen, screening_results
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.reading import read_study
from cxresearch.workflow.screened import screened, screenings
from cxresearch.workflow.topics import registry
from tests.screening.test_policy import responses
from tests.workflow_numbers.builder import (
    Source,
    analysed,
    answers,
    counts,
    respondents,
    unit_scores,
    variable,
    write_study,
)

MINE = ("screening", "nonresponse", "decisions")
EXACT = 1e-12
N_LINERS = 12


@pytest.fixture(scope="module", autouse=True)
def _only_mine() -> Any:
    kept = dict(registry.TOPICS)
    for name in set(kept) - set(MINE):
        del registry.TOPICS[name]  # type: ignore[attr-defined]
    yield
    registry.TOPICS.clear()
    registry.TOPICS.update(kept)


def staff(days: bool = False) -> Source:
    """Twelve items; every twentieth person answers 3 throughout, a few stop half-way."""
    rows = answers(11, items=12, units=24)
    items = [f"q{place}" for place in range(1, 13)]
    rows.loc[rows.index[:: len(rows) // N_LINERS][:N_LINERS], items] = 3
    rows.loc[rows.index[5::40], items[7:]] = np.nan
    source = respondents("employee", rows, "ex")
    if not days:
        return source
    start = datetime.date(2025, 3, 1)
    told = [(start + datetime.timedelta(days=int(at))).isoformat() for at in np.arange(len(rows)) % 30]
    return Source(source.spec, source.rows.assign(day=told), [*source.variables, variable("day", "timestamp")])


def sources(**more: Any) -> dict[str, Source]:
    people = staff(**more)
    asked = people.rows.groupby("unit").size().add(4).rename("size").reset_index()
    teams = Source(
        {"side": "unit", "grain": "unit_scores"},
        asked,
        [variable("unit", "unit"), variable("size", "eligible", informant="employee")],
    )
    return {"staff": people, "guests": respondents("customer", answers(111, units=24), "cx"), "teams": teams}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return analysed(tmp_path_factory.mktemp("screen") / "s", sources(days=True), privacy={"min_respondents": 5})


def estimate(found: Findings, term: str) -> Estimate:
    result = found.result(term)
    assert isinstance(result, Estimate), result
    return result


def prose(exhibits: tuple[Exhibit, ...], language: str) -> str:
    blocks = (render_exhibit(exhibit, language) for exhibit in exhibits)  # type: ignore[arg-type]
    return " ".join(block.markdown for block in blocks if isinstance(block, Prose))


def tables(exhibits: tuple[Exhibit, ...]) -> list[TableSpec]:
    return [exhibit for exhibit in exhibits if isinstance(exhibit, TableSpec)]


def test_straight_liners_are_counted_and_the_result_comes_in_three_versions(found: Findings, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path / "s", sources(), privacy={"min_respondents": 5}))
    data = read_study(study)
    judged = screenings(study, data)["staff"]
    assert estimate(found, "screening.staff.flagged").estimate == pytest.approx(
        judged.flagged().sum() / len(judged.frequency), abs=EXACT
    )
    assert judged.flagged().sum() >= N_LINERS
    everybody, flagged_out = (estimate(found, f"h1.screening.{rule}") for rule in ("all", "flagged_out"))
    assert everybody.estimate == pytest.approx(estimate(found, "h1.pearson").estimate, abs=EXACT)
    kept = screened(study, data, "flagged_out")
    frame = kept.responses["staff"].frame
    assert len(frame) == len(data.responses["staff"].frame) - judged.flagged().sum()
    items = [name for name in frame if str(name).startswith("ex_q")]
    ex = frame.assign(score=frame[items].mean(axis=1)).groupby("unit")["score"].mean()
    cx = kept.responses["guests"].frame.groupby("unit")["cx_q1"].mean()
    assert flagged_out.estimate == pytest.approx(np.corrcoef(ex, cx)[0, 1], abs=EXACT)
    assert screened(study, data, "all") is data


def test_screening_reads_in_both_languages(found: Findings) -> None:
    exhibits = screening(found)
    fi, en = prose(exhibits, "fi"), prose(exhibits, "en")
    assert "kaikista vastaajista" in fi
    assert "The main result is computed from all respondents" in en
    assert "“Implausibly fast answering”" in en
    assert [table.id for table in tables(exhibits)] == ["tbl-screening-versions"]
    assert sum(isinstance(exhibit, FigureSpec) for exhibit in exhibits) == 1
    for exhibit in exhibits:
        assert render_exhibit(exhibit, "fi") != render_exhibit(exhibit, "en")  # type: ignore[arg-type]


def test_nothing_tells_who_was_flagged(found: Findings) -> None:
    assert not found.frames
    for term, result in found.results.items():
        shares = term.startswith(("screening.", "nonresponse.")) and not term.endswith(("items", "late", "score"))
        if shares and isinstance(result, Estimate) and result.n_respondents:
            count = round(result.estimate * result.n_respondents)
            assert count == 0 or count >= 5, term


def test_response_is_told_by_completeness(found: Findings) -> None:
    n = len(staff().rows)
    broken = len(range(5, n, 40))
    eligible = n + 4 * 24
    assert estimate(found, "nonresponse.ex.complete").estimate == pytest.approx((n - broken) / n, abs=EXACT)
    assert estimate(found, "nonresponse.ex.partial").estimate == pytest.approx(broken / n, abs=EXACT)
    assert estimate(found, "response.ex.rr1").estimate == pytest.approx((n - broken) / eligible, abs=EXACT)
    assert estimate(found, "response.ex.rr2").estimate == pytest.approx(n / eligible, abs=EXACT)
    assert estimate(found, "nonresponse.ex.items").estimate == pytest.approx(5 * broken / (12 * n), abs=EXACT)
    association = estimate(found, "response.ex.association")
    assert estimate(found, "nonresponse.ex.rate_score").estimate == association.estimate


def test_late_answers_are_compared_with_early_ones(found: Findings) -> None:
    rows = staff().rows
    day = np.arange(len(rows)) % 30
    scores = rows[[name for name in rows if str(name).startswith("ex_q")]].mean(axis=1)
    low, high = np.quantile(day, [0.25, 0.75], method="inverted_cdf")
    expected = scores[day >= high].mean() - scores[day <= low].mean()
    assert estimate(found, "nonresponse.ex.early_late").estimate == pytest.approx(expected, abs=1e-9)
    assert found.result("nonresponse.cx.early_late") == NotEstimable(
        term="nonresponse.cx.early_late", reason="nonresponse.no_dates"
    )
    text = prose(nonresponse(found), "en")
    assert "The data do not tell on which day each answered" in text
    assert "Vastausosuudet" in prose(nonresponse(found), "fi")
    assert [table.id for table in tables(nonresponse(found))] == ["tbl-nonresponse", "tbl-nonresponse-checks"]


def test_weights_are_told_with_their_price(tmp_path: Path) -> None:
    made = sources()
    guests = made["guests"]
    weights = np.random.default_rng(2).uniform(0.2, 3, len(guests.rows))
    made["guests"] = Source(guests.spec, guests.rows.assign(w=weights), [*guests.variables, variable("w", "weight")])
    found = analysed(tmp_path / "w", made)
    (table,) = [table for table in tables(nonresponse(found)) if table.id == "tbl-weights"]
    ((_, n, size, deff),) = table.rows
    assert n == len(weights)
    assert size == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert deff == pytest.approx(len(weights) / size)  # type: ignore[operator]
    assert "effective sample size" in prose(nonresponse(found), "en")


def test_units_that_differ_may_be_aggregated(found: Findings) -> None:
    result = estimate(found, "aggregation.cx.decision")
    assert (result.estimate, result.method) == (2, "decision.aggregate")
    assert "Every criterion is met for “cx”" in prose(decisions(found), "en")
    assert "[-@tbl-decisions]" in prose(decisions(found), "fi")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Units whose people differ as if they had been drawn at random."""
    rng = np.random.default_rng(4)
    rows = answers(11, items=4, units=24)
    items = [f"q{place}" for place in range(1, 5)]
    rows[items] = rng.integers(1, 6, (len(rows), 4)).astype(float)
    made = {
        "staff": respondents("employee", rows, "ex"),
        "guests": respondents("customer", answers(111, units=24), "cx"),
    }
    return analysed(tmp_path_factory.mktemp("alike") / "s", made)


def test_units_that_do_not_differ_are_not_aggregated_and_the_hypothesis_is_not_testable(alike: Findings) -> None:
    result = estimate(alike, "aggregation.ex.decision")
    assert result.estimate == 0
    assert {"decision.icc1", "decision.rwg"} <= set(result.health)
    assert "The answers to “ex” should not be summed up by unit" in prose(decisions(alike), "en")
    assert "ei pidä koota" in prose(decisions(alike), "fi")
    (verdict,) = alike.verdicts
    assert verdict.verdict == "not_testable"
    ground = verdict.ground("aggregation_ex")
    assert ground is not None
    assert ground.met is False


@pytest.mark.parametrize("make", [counts, unit_scores])
def test_without_single_respondents_every_topic_says_why(make: Any, tmp_path: Path) -> None:
    made = {"staff": make("employee", answers(1), "ex"), "guests": make("customer", answers(101), "cx")}
    found = analysed(tmp_path / "s", made)
    for topic in (screening, nonresponse, decisions):
        exhibits = topic(found)
        assert exhibits
        for language in ("fi", "en"):
            assert len(re.sub(r"\s+", " ", prose(exhibits, language))) > 40
    assert all(isinstance(exhibit, ProseSpec) for exhibit in screening(found))
    assert "that takes the answers of single respondents" in prose(screening(found), "en")


def test_counted_rows_are_judged_by_their_numbers() -> None:
    """A file aggregated out of memory gives the same shares as its rows one by one."""
    items = np.repeat(np.random.default_rng(1).integers(1, 6, (30, 12)), 3, axis=0).astype(float)
    items[:9] = 4
    single = responses(items, scales=3)
    grouped = (
        single.frame.drop(columns=["line", "unit"])
        .assign(unit="u")
        .groupby([name for name in single.frame if name not in ("line", "frequency", "unit")], as_index=False)
    )
    frame = grouped.agg({"frequency": "sum"}).assign(unit="u", line=0)
    assert isinstance(frame, pd.DataFrame)
    counted = type(single)(single.source, single.side, single.grain, frame, single.variables)
    asked = [questionnaire(one) for one in (single, counted)]
    first, second = (screening_results(screen(one), source="s") for one in asked if one is not None)
    shares = [{r.term: r for r in results if isinstance(r, Estimate)} for results in (first, second)]
    assert shares[0].keys() == shares[1].keys()
    for term, one in shares[0].items():
        assert one.estimate == pytest.approx(shares[1][term].estimate, abs=EXACT)
        assert one.n_respondents == shares[1][term].n_respondents == 90
