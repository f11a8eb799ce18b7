"""Earlier reports count as published: new ones beside them tell of no few people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cxresearch.aggregation.release import UNITS, Release, released
from cxresearch.aggregation.release_history import Published, published, released_after
from cxresearch.moments import Ints
from tests.aggregation.subtraction import Survey, drawn, leaks, rows_of

THRESHOLD = 5
N_QUICK, N_ALL = 40, 500
"""Random surveys tried in every run, and in the long one."""


def before(survey: Survey, periods: int, missing: list[bool]) -> Survey:
    """The survey after its first periods, without answers that came later; people keep their places."""
    late = iter(missing)
    kept = [
        (unit, frozenset(at for at in answered if at < periods and not next(late))) for unit, answered in survey.people
    ]
    return replace(survey, people=kept)


def first_release(old: Survey, periods: int, threshold: int) -> tuple[Release, Published]:
    counts = replace(old, people=[one for one in old.people if one[1]]).counts()
    release = released(counts, threshold)
    return release, replace(published(counts, release), periods=tuple(str(place) for place in range(periods)))


def rows_before(survey: Survey, old: Survey, release: Release) -> Ints:
    """Rows of the earlier report over the answers of the later survey."""
    place = {answer: column for column, answer in enumerate(survey.answers())}
    rows = np.zeros((len(rows_of(old, release)), len(place)), dtype=np.int64)
    for column, answer in enumerate(old.answers()):
        rows[:, place[answer]] = rows_of(old, release)[:, column]
    return rows


def leaking(seeds: range, *, forgetful: bool = False) -> tuple[list[int], int]:
    """Seeds whose two reports together tell of few, and how many could be judged.

    What the means over everybody give away by themselves, when they are told again, no later decision takes back.
    """
    found, judged = [], 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        survey, threshold = drawn(rng), int(rng.choice([2, 3, 5]))
        periods = int(rng.integers(1, survey.n_periods)) if survey.n_periods > 1 else 1
        answers = survey.answers()
        old = before(survey, periods, (rng.random(len(answers) + 1) < rng.choice([0, 0, 0.05, 0.3])).tolist())
        if survey.n_periods < 2 or not any(answered for _, answered in old.people):
            continue
        first, told = first_release(old, periods, threshold)
        counts = survey.counts()
        second = released(counts, threshold) if forgetful else released_after(counts, [told], threshold)
        nobody: dict[str, frozenset[str]] = {name: frozenset() for name in second.groups}
        base = replace(
            second, units=frozenset(), cells=frozenset(), groups=nobody, group_cells={n: frozenset() for n in nobody}
        )
        owners, earlier = [person for person, _, _ in answers], rows_before(survey, old, first)
        if leaks(np.concatenate([earlier, rows_of(survey, base)]), owners, threshold):
            continue
        judged += 1
        if leaks(np.concatenate([earlier, rows_of(survey, second)]), owners, threshold):
            found.append(seed)
    return found, judged


def test_two_reports_together_tell_of_no_few() -> None:
    found, judged = leaking(range(N_QUICK))
    assert found == []
    assert judged > N_QUICK / 3


@pytest.mark.simulation
def test_two_reports_of_many_surveys_together_tell_of_no_few() -> None:
    assert leaking(range(N_ALL))[0] == []


def test_the_brute_force_finds_what_is_leaked_by_forgetting() -> None:
    assert leaking(range(N_QUICK), forgetful=True)[0]


def survey_of(cells: dict[tuple[int, int], int], n_units: int = 4, n_periods: int = 2) -> Survey:
    people = [(unit, frozenset([period])) for (unit, period), n in cells.items() for _ in range(n)]
    return Survey(people, n_units, n_periods)


OLD = {(unit, 0): 12 for unit in range(4)}
NEW = {(unit, 1): 12 for unit in range(4)}


def later(cells: dict[tuple[int, int], int]) -> Release:
    counts = survey_of(OLD).counts()
    return released_after(
        survey_of(cells).counts(), [replace(published(counts, released(counts, THRESHOLD)), periods=("0",))], THRESHOLD
    )


def test_a_new_period_of_enough_people_is_shown() -> None:
    assert later({**OLD, **NEW}).units == set("0123")


def test_a_total_that_grew_by_a_few_is_withheld_until_they_are_enough() -> None:
    assert "0" not in later({**OLD, **NEW, (0, 1): 3}).units
    assert later({**OLD, **NEW, (0, 1): 5}).units == set("0123")


def test_answers_that_came_late_are_withheld_until_they_are_enough() -> None:
    few = later({**OLD, **NEW, (0, 0): 14, (1, 0): 15})
    assert few.units == {"2", "3"}
    assert {("0", "1"), ("1", "1")} <= few.cells
    assert later({**OLD, **NEW, (0, 0): 17, (1, 0): 18}).units == set("0123")


def test_late_answers_of_one_unit_are_not_left_over_from_those_of_another() -> None:
    assert later({**OLD, **NEW, (0, 0): 14, (1, 0): 20}).units == {"2", "3"}


def test_the_same_data_show_the_same() -> None:
    assert later(OLD).units == set("0123")


def test_what_is_published_is_told_by_its_people() -> None:
    counts = survey_of({**OLD, **NEW, (0, 1): 3}).counts()
    told = published(counts, released(counts, THRESHOLD))
    assert told.by_period == {"0": 48, "1": 39}
    assert told.totals[UNITS]["0"] == 15
    assert ("0", "1") not in told.cells[UNITS]
