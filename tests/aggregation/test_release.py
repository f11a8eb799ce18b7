"""No combination of published numbers speaks of a few people, tried by exact algebra on random surveys."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cxresearch.aggregation import release as deciding
from cxresearch.aggregation import release_stage
from cxresearch.aggregation.release import Release, released
from cxresearch.aggregation.release_audit import Audit, audit
from cxresearch.aggregation.release_counts import PeopleCounts, people_counts
from cxresearch.aggregation.release_paths import cheapest_links
from tests.aggregation.subtraction import Survey, drawn, leaks, rows_of, survey_leaks

THRESHOLD = 5
N_QUICK, N_ALL = 60, 1000
"""Random surveys tried in every run, and in the long one."""


def once(cells: dict[tuple[int, int], int], groups: dict[str, list[int]] | None = None) -> Survey:
    """A survey that nobody answers twice."""
    people = [(unit, frozenset([period])) for (unit, period), n in cells.items() for _ in range(n)]
    n_units, n_periods = (1 + max(key[part] for key in cells) for part in (0, 1))
    return Survey(people, n_units, n_periods, groups or {})


def decided(survey: Survey, threshold: int = THRESHOLD) -> Release:
    return released(survey.counts(), threshold)


def tried(seed: int) -> tuple[Survey, int]:
    rng = np.random.default_rng(seed)
    return drawn(rng), int(rng.choice([2, 3, 5]))


def leaking(seeds: range, decide: Callable[[PeopleCounts, int], Release] = released) -> list[int]:
    found = []
    for seed in seeds:
        survey, threshold = tried(seed)
        if survey.people and survey_leaks(survey, decide(survey.counts(), threshold), threshold):
            found.append(seed)
    return found


def test_nothing_can_be_worked_out() -> None:
    assert leaking(range(N_QUICK)) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_nothing_can_be_worked_out_of_a_thousand_surveys(part: int) -> None:
    assert leaking(range(part, N_ALL, 8)) == []


def all_large(counts: PeopleCounts, threshold: int) -> Release:
    """A rule without subtraction: every group of its own that is large enough."""
    cells = [(u, p) for u, p, n in zip(counts.unit, counts.period, counts.n, strict=True) if n >= threshold]
    groups, group_cells = {}, {}
    for name, codes in counts.groups.items():
        sizes = np.zeros((len(counts.group_names[name]), len(counts.periods)))
        np.add.at(sizes, (codes[counts.unit], counts.period), counts.n)
        persons = np.bincount(codes, weights=counts.persons, minlength=len(sizes))
        groups[name] = frozenset(str(g) for g in np.flatnonzero(persons >= threshold))
        group_cells[name] = frozenset((str(g), str(p)) for g, p in zip(*np.nonzero(sizes >= threshold), strict=True))
    periods = np.bincount(counts.period, weights=counts.n, minlength=len(counts.periods))
    return Release(
        total=bool(counts.persons.sum() >= threshold),
        periods=frozenset(str(p) for p in np.flatnonzero(periods >= threshold)),
        units=frozenset(str(u) for u in np.flatnonzero(counts.persons >= threshold)),
        cells=frozenset((str(u), str(p)) for u, p in cells),
        groups=groups,
        group_cells=group_cells,
    )


def always_safe(counts: PeopleCounts, rows: np.ndarray, columns: np.ndarray, threshold: int, **more: object) -> Audit:
    return Audit(np.zeros(len(counts.n), dtype=bool), rows, columns)


def without_groupings(counts: PeopleCounts, threshold: int) -> Release:
    """Units decided as if no grouping were published, and every large group shown beside them."""
    alone = released(replace(counts, groups={}, group_names={}), threshold)
    plain = all_large(counts, threshold)
    return replace(alone, groups=plain.groups, group_cells=plain.group_cells)


def as_if_sums(counts: PeopleCounts, threshold: int) -> Release:
    """Totals of averaged persons taken for sums of cells."""
    cells = np.arange(len(counts.n))
    plain = replace(counts, atom_cell=cells, atom_weight=np.ones(len(cells)), atom_people=counts.n)
    return released(plain, threshold)


MUTANTS = {"no subtraction": all_large, "groupings apart": without_groupings, "averages as sums": as_if_sums}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_brute_force_finds_what_a_weaker_rule_leaks(name: str) -> None:
    assert leaking(range(N_QUICK), MUTANTS[name])


def test_the_brute_force_finds_what_no_audit_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (deciding, release_stage):
        monkeypatch.setattr(module, "audit", always_safe)
    released.cache_clear()
    assert len(leaking(range(N_QUICK))) > N_QUICK / 10
    released.cache_clear()


def test_a_small_unit_takes_the_smallest_other_along() -> None:
    found = decided(once({(0, 0): 3, (1, 0): 20, (2, 0): 9}))
    assert found.units == {"1"}


def test_a_chain_of_subtractions_is_seen() -> None:
    """Period 0 less units 0 and 1 leaves two people of unit 2, though every published group has five or more."""
    survey = once({(0, 0): 10, (1, 1): 10, (1, 0): 2, (2, 1): 30})
    everything = Release(True, frozenset("01"), frozenset("012"), frozenset(), {}, {})
    assert survey_leaks(survey, everything, THRESHOLD) is not None
    assert survey_leaks(survey, decided(survey), THRESHOLD) is None


def test_a_small_unit_of_a_region_does_not_hide_the_region() -> None:
    cells = {(unit, 0): 3 if unit == 0 else 8 for unit in range(6)}
    found = decided(once(cells, {"region": [0, 0, 0, 1, 1, 1]}))
    assert found.groups["region"] == {"0", "1"}
    assert found.units == {"3", "4", "5", "2"} or found.units == {"3", "4", "5", "1"}


def test_who_answered_once_is_not_told_by_those_who_answered_twice() -> None:
    """Twice the unit's mean of persons less both its periods leaves those who answered once."""
    steady, changing = [(0, frozenset([0, 1]))] * 8, [(0, frozenset([0])), (0, frozenset([1]))]
    others = [(unit, frozenset([period])) for unit in (1, 2) for period in (0, 1) for _ in range(20)]
    survey = Survey([*steady, *changing, *others], 3, 2, averaged=True)
    everything = all_large(survey.counts(), THRESHOLD)
    assert survey_leaks(survey, everything, THRESHOLD) == [8, 9]
    found = decided(survey)
    assert "0" not in found.units or not {("0", "0"), ("0", "1")} <= found.cells
    assert survey_leaks(survey, found, THRESHOLD) is None


def test_panels_of_the_same_people_show_everything() -> None:
    people = [(unit, frozenset([0, 1])) for unit in range(4) for _ in range(6)]
    found = decided(Survey(people, 4, 2, averaged=True))
    assert found.units == set("0123")
    assert len(found.cells) == 8


def test_cuts_of_enough_people_are_enough() -> None:
    """Every pair of blocks has three people only, but no part of them can be told apart from the rest."""
    survey = once({(unit, period): 3 for unit in range(4) for period in range(3)})
    found = decided(survey)
    assert found.units == set("0123")
    assert found.cells == frozenset()


def test_the_audit_names_the_people_that_are_open() -> None:
    counts = people_counts(("a", "b"), ("1",), {(0, 0): 3, (1, 0): 9})
    found = audit(counts, np.array([0, 1]), np.array([-1, -1]), THRESHOLD)
    assert found.open.tolist() == [True, False]
    assert not found.safe


def test_no_audit_calls_a_leak_safe() -> None:
    """The audit of arbitrary releases, safe or not, against the brute force."""
    judged = {True: 0, False: 0}
    for seed in range(N_QUICK):
        survey, threshold = tried(seed)
        counts = survey.counts()
        if not len(counts.n):
            continue
        rng = np.random.default_rng(seed)
        units = frozenset(str(u) for u in range(survey.n_units) if rng.random() < 0.7)
        cells = frozenset(
            (str(u), str(p)) for u, p in zip(counts.unit, counts.period, strict=True) if rng.random() < 0.5
        )
        periods = frozenset(str(p) for p in set(counts.period.tolist()))
        some = Release(True, periods, units, cells)
        rows = np.array([u + 1 if str(u) in units else 0 for u in counts.unit])
        columns = np.array(
            [100 + place if (str(u), str(p)) in cells else p
             for place, (u, p) in enumerate(zip(counts.unit.tolist(), counts.period.tolist(), strict=True))]
        )  # fmt: skip
        safe = audit(counts, rows, columns, threshold).safe
        plain = replace(survey, groups={})
        judged[safe] += 1
        if safe:
            assert leaks(rows_of(plain, some), [person for person, _, _ in plain.answers()], threshold) is None, seed
    assert min(judged.values()) > 5


def test_what_is_released_does_not_hang_on_the_order_of_the_units() -> None:
    for seed in range(10):
        survey, threshold = tried(seed)
        turn = {unit: survey.n_units - 1 - unit for unit in range(survey.n_units)}
        turned = replace(
            survey,
            people=[(turn[unit], periods) for unit, periods in survey.people],
            groups={name: codes[::-1] for name, codes in survey.groups.items()},
        )
        if survey.people:
            one, other = (released(each.counts(), threshold) for each in (survey, turned))
            assert (one.total, one.periods) == (other.total, other.periods)


@pytest.mark.parametrize("n_groups", [0, 32])
def test_little_is_hidden_beside_what_is_small_and_quickly(n_groups: int) -> None:
    """Two thousand units in twenty-four periods: less than one person more for every person in a small cell."""
    rng = np.random.default_rng(1)
    sizes = rng.poisson(rng.choice([2, 8, 15], p=[0.05, 0.25, 0.7], size=(2000, 24)))
    cells = {(int(u), int(p)): int(sizes[u, p]) for u, p in zip(*np.nonzero(sizes), strict=True)}
    groups = {"district": (np.arange(2000) % n_groups, tuple(map(str, range(n_groups))))} if n_groups else {}
    counts = people_counts(
        tuple(f"{u:04d}" for u in range(2000)), tuple(f"{p:02d}" for p in range(24)), cells, None, groups
    )
    started = time.process_time()
    found = released(counts, THRESHOLD)
    assert time.process_time() - started < 5
    assert len(found.units) == 2000
    shown = sum(cells[int(unit), int(period)] for unit, period in found.cells)
    small = sum(n for n in cells.values() if n < THRESHOLD)
    assert sum(cells.values()) - shown < 2 * small


def test_the_cheapest_links_bind_the_nodes_of_each_group() -> None:
    one, other = np.array([0, 1, 0, 3]), np.array([1, 2, 2, 4])
    cost = np.array([1.0, 1.0, 5.0, 2.0])
    assert cheapest_links(one, other, cost, [np.array([0, 2]), np.array([3, 4])]).tolist() == [0, 1, 3]
    assert cheapest_links(one, other, cost, [np.array([0, 3])]).tolist() == []
