"""What a reader can work out from published numbers by adding and subtracting, by exact linear algebra and brute force.

Knows nothing of how a release is decided. Every answer of every person is an unknown; every published number is a row
of coefficients. A leak is a combination of rows whose coefficients are zero for all but a few people, and not for
these.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cxresearch.aggregation.release import Release
from cxresearch.aggregation.release_counts import PeopleCounts, people_counts
from cxresearch.moments import Ints

PRIME = 2_147_483_647
"""Exact arithmetic is done modulo this prime; it gets a rank wrong about once in two thousand million times."""


@dataclass
class Survey:
    """Who answered: one (unit, periods) per person, how units form groups, and whether persons are averaged first."""

    people: list[tuple[int, frozenset[int]]]
    n_units: int
    n_periods: int
    groups: dict[str, list[int]] = field(default_factory=dict)
    averaged: bool = False

    def counts(self) -> PeopleCounts:
        """The survey as the release takes it."""
        n: dict[tuple[int, int], int] = {}
        persons: dict[int, int] = {}
        for unit, periods in self.people:
            persons[unit] = persons.get(unit, 0) + 1
            for period in periods:
                n[unit, period] = n.get((unit, period), 0) + 1
        groups = {
            name: (np.array(codes), tuple(str(place) for place in range(max(codes) + 1)))
            for name, codes in self.groups.items()
        }
        units = tuple(str(place) for place in range(self.n_units))
        periods = tuple(str(place) for place in range(self.n_periods))
        plain = people_counts(units, periods, n, persons, groups)
        if not self.averaged:
            return plain
        atoms: dict[tuple[int, float], int] = {}
        places = {key: place for place, key in enumerate(zip(plain.unit.tolist(), plain.period.tolist(), strict=True))}
        for unit, answered in self.people:
            for period in answered:
                key = places[unit, period], 1 / len(answered)
                atoms[key] = atoms.get(key, 0) + 1
        keys = sorted(atoms)
        return PeopleCounts(
            plain.units, plain.periods, plain.unit, plain.period, plain.n, plain.persons,
            np.array([cell for cell, _ in keys], dtype=np.int64), np.array([weight for _, weight in keys], dtype=float),
            np.array([atoms[key] for key in keys], dtype=np.int64), plain.groups, plain.group_names,
        )  # fmt: skip

    def answers(self) -> list[tuple[int, int, int]]:
        """Every answer: person, unit, period."""
        return [
            (person, unit, period) for person, (unit, periods) in enumerate(self.people) for period in sorted(periods)
        ]

    def weights(self) -> list[int]:
        """Weight (modulo the prime) of every answer in totals over all periods."""
        inverse = [pow(max(len(periods), 1), -1, PRIME) if self.averaged else 1 for _, periods in self.people]
        return [inverse[person] for person, _, _ in self.answers()]


def rows_of(survey: Survey, release: Release) -> Ints:
    """One row per published number, one column per answer."""
    answers, weights = survey.answers(), survey.weights()
    sets: list[tuple[set[int], int | None]] = []
    everybody = set(range(survey.n_units))
    if release.total:
        sets.append((everybody, None))
    sets += [(everybody, int(period)) for period in sorted(release.periods)]
    sets += [({int(unit)}, None) for unit in sorted(release.units)]
    sets += [({int(unit)}, int(period)) for unit, period in sorted(release.cells)]
    for name, codes in survey.groups.items():
        members = {str(code): {u for u, own in enumerate(codes) if own == code} for code in codes}
        sets += [(members[group], None) for group in sorted(release.groups[name])]
        sets += [(members[group], int(period)) for group, period in sorted(release.group_cells[name])]
    rows = np.zeros((len(sets), len(answers)), dtype=np.int64)
    for row, (units, period) in enumerate(sets):
        for column, (_, unit, at) in enumerate(answers):
            if unit in units and period in (None, at):
                rows[row, column] = weights[column] if period is None else 1
    return rows


def leaks(rows: Ints, owners: Sequence[int], threshold: int) -> list[int] | None:
    """People whom some combination of `rows` (R, A) speaks of and of no one else, fewer than the threshold; or None.

    Parameters
    ----------
    owners : (A,) whose answer each column is.
    """
    basis = _reduced(rows)
    people = sorted(set(owners))
    columns = {person: [c for c, owner in enumerate(owners) if owner == person] for person in people}
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for person in people:
        key = tuple(sorted(tuple(basis[:, column].tolist()) for column in columns[person]))
        alike.setdefault(key, []).append(person)
    few = [members for members in alike.values() if len(members) < threshold]
    many = [column for members in alike.values() if len(members) >= threshold for p in members for column in columns[p]]
    left = _vanishing(basis, many)
    if not len(left):
        return None
    for size in range(1, threshold):
        for chosen in itertools.combinations(few, size):
            named = [person for members in chosen for person in members]
            if len(named) < threshold:
                others = [c for c, owner in enumerate(owners) if owner not in named]
                if len(_vanishing(left, others)):
                    return sorted(named)
    return None


def survey_leaks(survey: Survey, release: Release, threshold: int) -> list[int] | None:
    """`leaks` of a release."""
    return leaks(rows_of(survey, release), [person for person, _, _ in survey.answers()], threshold)


def _reduced(rows: Ints) -> Ints:
    """A basis of the row space modulo the prime, in reduced echelon form."""
    matrix = rows.astype(np.int64) % PRIME
    at = 0
    for column in range(matrix.shape[1]):
        pivots = np.flatnonzero(matrix[at:, column]) + at
        if not len(pivots):
            continue
        matrix[[at, pivots[0]]] = matrix[[pivots[0], at]]
        matrix[at] = matrix[at] * pow(int(matrix[at, column]), -1, PRIME) % PRIME
        for other in np.flatnonzero(matrix[:, column]):
            if other != at:
                matrix[other] = (matrix[other] - matrix[other, column] * matrix[at] % PRIME) % PRIME
        at += 1
        if at == len(matrix):
            break
    return matrix[:at]


def _vanishing(basis: Ints, columns: Sequence[int]) -> Ints:
    """A basis of the combinations of `basis` that are zero in `columns`."""
    if not len(columns) or not len(basis):
        return basis
    augmented = np.concatenate([basis[:, columns], basis], axis=1)
    reduced = _reduced(augmented)
    zero = (reduced[:, : len(columns)] == 0).all(axis=1)
    return reduced[zero][:, len(columns) :]


def drawn(rng: np.random.Generator, *, averaged: bool | None = None) -> Survey:
    """A random small survey: up to seven units, four periods, and two nested or crossing groupings."""
    n_units, n_periods = int(rng.integers(2, 8)), int(rng.integers(1, 5))
    mixed = bool(rng.integers(2)) if averaged is None else averaged
    people: list[tuple[int, frozenset[int]]] = []
    typical = rng.choice([1.5, 3.0, 5.0, 8.0], size=(n_units, n_periods))
    for unit in range(n_units):
        if mixed:
            stays = float(rng.choice([0.3, 0.6, 0.9, 1.0]))
            for _ in range(int(rng.integers(0, 14))):
                periods = frozenset(np.flatnonzero(rng.random(n_periods) < stays).tolist())
                if periods:
                    people.append((unit, periods))
        else:
            for period in range(n_periods):
                people += [(unit, frozenset([period]))] * int(rng.poisson(typical[unit, period]))
    groups: dict[str, list[int]] = {}
    for name in ("region", "district")[: int(rng.integers(0, 3))]:
        groups[name] = rng.integers(0, int(rng.integers(1, 4)), size=n_units).tolist()
    if len(groups) == 2 and rng.integers(2):
        groups["region"] = [code // 2 for code in groups["district"]]
    groups = {name: _dense(codes) for name, codes in groups.items()}
    return Survey(people, n_units, n_periods, groups, mixed)


def _dense(codes: Sequence[int]) -> list[int]:
    names: Mapping[int, int] = {code: place for place, code in enumerate(sorted(set(codes)))}
    return [names[code] for code in codes]
