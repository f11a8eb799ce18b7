"""From a source to flags and shares: what applies, who is flagged, what is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.codebook import Responses, Variable, validate
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.readers import read
from cxresearch.screening import INDICES, VERSIONS, Screening, Thresholds, questionnaire, screen, screening_results
from cxresearch.statistic import Estimate, NotEstimable
from tests.codebook.tables import book, spec, variable

N = 400


def responses(items: np.ndarray, *more: Variable, scales: int = 5, **columns: Any) -> Responses:
    names = [f"q{place}" for place in range(items.shape[1])]
    frame = pd.DataFrame(
        {
            "unit": [f"u{row % 20}" for row in range(len(items))],
            "period": "",
            "respondent": "",
            "line": 0,
            "frequency": 1,
        }
    )
    frame = pd.concat([frame, pd.DataFrame(items, columns=names)], axis=1).assign(**columns)
    size = items.shape[1] // scales
    variables = tuple(variable(name, scale=f"s{place // size}") for place, name in enumerate(names))
    return Responses("staff", "employee", "respondents", frame, (*variables, *more))


def honest(n: int = N, n_items: int = 25, seed: int = 1) -> np.ndarray:
    """Answers that follow the person on each of five scales."""
    rng = np.random.default_rng(seed)
    trait = 1.1 * rng.normal(size=(n, 5)).repeat(n_items // 5, axis=1)
    return np.clip(np.rint(3.2 + trait + 0.5 * rng.normal(size=(n, n_items))), 1, 5)


def screened(found: Responses, **limits: Any) -> Screening:
    asked = questionnaire(found)
    assert asked is not None
    return screen(asked, Thresholds(**limits))


def test_blocks_of_rows_change_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    items = honest()
    items[:10] = 3.0
    items[np.random.default_rng(3).random(items.shape) < 0.02] = np.nan
    whole = screened(responses(items))
    monkeypatch.setattr("cxresearch.codebook.blocks.BLOCK", 37)
    parts = screened(responses(items))
    assert whole.judged().keys() == parts.judged().keys()
    assert len(parts.judged()) > 5
    for name, index in whole.judged().items():
        np.testing.assert_array_equal(index.flagged, parts.judged()[name].flagged)
        np.testing.assert_array_equal(index.judged, parts.judged()[name].judged)


def test_equal_rows_are_judged_once_and_all_are_left_out() -> None:
    items = honest(100).repeat(3, axis=0)
    items[:9] = 3.0
    single = responses(items)
    counted = screened(replace(single, frame=single.frame.assign(frequency=2)))
    assert len(counted.frequency) < 110
    assert counted.frequency.sum() == 600
    rows = screened(replace(single, frame=single.frame.assign(frequency=1, unit="u")))
    for name in set(counted.judged()):
        assert (counted.judged()[name].flagged[counted.place] == rows.judged()[name].flagged).all(), name
    assert not counted.rows_kept("flagged_out")[:9].any()
    assert counted.rows_kept("all").all()


def test_straight_liners_and_random_answers_are_flagged_and_honest_ones_hardly() -> None:
    items = honest()
    items[:10] = 3.0
    items[10:20] = np.random.default_rng(2).integers(1, 6, (10, 25))
    found = screened(responses(items))
    flagged = found.flagged()
    assert flagged[:10].all()
    assert flagged[10:20].sum() >= 6
    assert flagged[20:].mean() < 0.02
    assert (found.strict() | ~flagged).all()
    assert [found.kept(version).sum() for version in VERSIONS] == [N, (~flagged).sum(), (~found.strict()).sum()]


def test_one_index_alone_never_flags() -> None:
    items = honest()
    items[0] = [4] * 14 + [3, 2, 5, 4, 3, 2, 3, 4, 5, 2, 4]
    found = screened(responses(items))
    judged = found.judged()
    assert judged["longstring"].flagged[0]
    assert not judged["irv"].flagged[0]
    assert found.n_indices()[0] == sum(index.flagged[0] for index in judged.values())
    assert found.flagged()[0] == (found.n_indices()[0] >= 2)


def test_copies_are_found_and_one_of_them_is_kept() -> None:
    items = honest()
    items[1] = items[22] = items[0]
    found = screened(responses(items)).judged()
    assert found["near_duplicates"].flagged[[0, 1, 22]].all()
    assert not found["duplicates"].flagged[[0, 1, 22]].any()  # of other units
    items[20] = items[0]
    copies = screened(responses(items)).judged()["duplicates"].flagged
    assert copies[[0, 20]].tolist() == [False, True]


def test_response_time_needs_a_declared_column() -> None:
    items = honest()
    seconds = np.full(N, 120.0)
    seconds[5] = 40
    timed = screened(responses(items, variable("secs", "duration"), secs=seconds))
    assert np.flatnonzero(timed.judged()["response_time"].flagged).tolist() == [5]
    assert "response_time" not in screened(responses(items)).judged()


def test_results_count_without_telling_who() -> None:
    items = honest()
    items[:10] = 3.0
    found = screened(responses(items))
    results = {result.term: result for result in screening_results(found, source="staff", threshold=1)}
    runs = results["screening.staff.longstring"]
    assert isinstance(runs, Estimate)
    assert runs.estimate * N == pytest.approx(found.judged()["longstring"].flagged.sum())
    assert runs.n_respondents == N
    strict, flagged = results["screening.staff.strict"], results["screening.staff.flagged"]
    assert isinstance(strict, Estimate)
    assert isinstance(flagged, Estimate)
    assert strict.estimate >= flagged.estimate >= 10 / N
    both = results["screening.staff.both.longstring.irv"]
    assert isinstance(both, Estimate)
    assert both.estimate == pytest.approx(10 / N)
    hidden = {r.term: r for r in screening_results(found, source="staff", threshold=50)}["screening.staff.longstring"]
    assert hidden == NotEstimable(
        term="screening.staff.longstring", reason="screening.few_people", details={"threshold": 50}
    )


def test_a_short_questionnaire_carries_no_index_and_says_so() -> None:
    found = screened(responses(honest()[:, :2], scales=1))
    results = screening_results(found, source="staff")
    reasons = {result.term: result.reason for result in results if isinstance(result, NotEstimable)}
    assert len(reasons) == len(results) == len(INDICES) + 2
    assert reasons["screening.staff.flagged"] == "screening.no_index"
    assert not found.flagged().any()
    for result in results:
        assert isinstance(result, NotEstimable)
        for language in LANGUAGES:
            assert render(Phrase(f"reasons.{result.reason}", result.details), language)


def test_the_names_of_units_and_the_order_of_rows_make_no_difference() -> None:
    items = honest(200)
    items[:10] = 3.0
    forward, backward = responses(items), responses(items)
    shuffled = backward.frame.iloc[::-1].reset_index(drop=True).assign(unit=lambda f: "x" + f["unit"])
    again = Responses("staff", "employee", "respondents", shuffled, backward.variables)
    assert screening_results(screened(forward), source="s") == screening_results(screened(again), source="s")


def test_the_raw_file_is_refused_with_every_defect_named(reference: Path) -> None:
    """Five duplicates, every 99 and the 7: nothing becomes missing silently (acceptance row 1)."""
    path = reference / "data" / "gen_employees_raw.csv"
    raw = pd.read_csv(path)
    items = [f"ex_{place:02d}" for place in range(1, 13)]
    columns = [variable(name) for name in items]
    keys = [variable("unit_id", "unit"), variable("employee_id", "respondent")]
    table = read(path, name="survey", shown_as="survey")
    with pytest.raises(DataError) as caught:
        validate(table, book(*keys, *columns), spec())
    problems = caught.value.problems
    doubled = [problem for problem in problems if problem.code == "data.duplicate_respondent"]
    assert sorted(problem.value for problem in doubled) == sorted(
        raw.loc[raw["employee_id"].duplicated(), "employee_id"]
    )
    assert len(doubled) == 5
    for name in items:
        nines = [problem for problem in problems if problem.column == name and problem.value == "99"]
        assert sum(int(problem.details.get("count", 1)) for problem in nines) == int((raw[name] == 99).sum())
    sevens = [p for p in problems if p.column == "ex_02" and p.value == "7"]
    assert len(sevens) == 1
    assert sevens[0].line == 2 + int(np.flatnonzero(raw["ex_02"] == 7)[0])

    declared = [variable(name, missing=("99", "7")) for name in items]
    kept = validate(table, book(*keys, *declared), spec(duplicates="keep_first"))
    losses = {loss.reason: loss for loss in kept.losses}
    assert losses["duplicates_keep_first"].n_rows == 5
    assert losses["declared_missing"].details["count"] == int(((raw[items] == 99) | (raw[items] == 7)).sum().sum())
    assert len(kept.frame) == 793
