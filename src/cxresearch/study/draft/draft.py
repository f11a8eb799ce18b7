"""Two exports in, a study folder out: `study.yml` and a codebook whose every guess is marked for a human to check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxresearch.codebook.variables import Side
from cxresearch.errors import CxError, Problem, StudyError, raise_if
from cxresearch.language import Phrase
from cxresearch.readers import RawTable, read
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.draft.codebook_file import codebook_csv
from cxresearch.study.draft.column import Column, columns_of
from cxresearch.study.draft.measures import DraftMeasure, draft_measures, first_pair, other_names, told_apart
from cxresearch.study.draft.placement import place_items
from cxresearch.study.draft.roles import DraftVariable, draft_variables
from cxresearch.study.draft.sources import DraftSource
from cxresearch.study.draft.study_file import SCHEMA_FILE, Plan, study_yml
from cxresearch.study.draft.units import UnitColumn, overlap, unit_alone, unit_pair
from cxresearch.study.draft.words import identifier, plain
from cxresearch.study.draft.writing import write_new
from cxresearch.study.spec import json_schema

_SIDES: Mapping[Side, str] = {"employee": "employees", "customer": "customers"}
Files = Sequence[tuple[Side, Path, RawTable, Mapping[str, Column]]]


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess of the draft: the variable it is about, and the sentence that a human should check."""

    source: str
    variable: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Draft:
    """What was drafted.

    Attributes
    ----------
    folder : the new study. files : what was written. guesses : what to check, in the codebook's order.
    """

    folder: Path
    files: tuple[Path, ...]
    guesses: tuple[Guess, ...]


def draft_study(
    folder: str | Path,
    employee: Sequence[str | Path],
    customer: Sequence[str | Path],
    *,
    unit: str | None = None,
    language: str = "en",
) -> Draft:
    """Draft a study from the exports of both sides.

    The data stay where they are: a file inside the study folder is named by its relative path, any other by its
    absolute one.

    Parameters
    ----------
    folder : the study folder, new or without study.yml and codebook.csv; its name becomes the study's.
    employee, customer : the exports, one per period and kind.
    unit : the column that names the unit, where it is known; found by shared values otherwise.
    language : of comments and remarks; labels and titles are in both.

    Raises
    ------
    ReadError, StudyError
        If a file cannot be read, or has no unit or no answers.
    OutputError
        If the folder already holds a study or cannot be written to; nothing has been written then.
    """
    place = Path(folder)
    files = _read([("employee", Path(path)) for path in employee] + [("customer", Path(path)) for path in customer])
    sources = _sources(place, files, unit)
    rows, measures = _variables(sources)
    _require_answers(sources, measures)
    name = "-".join(identifier(plain(place.resolve().name), "study").split("_"))
    plan = Plan(name, sources, measures, language)
    written = write_new(
        place,
        {
            "codebook.csv": codebook_csv(rows, language),
            SCHEMA_FILE: json.dumps(json_schema(), indent=1).encode(),
            STUDY_FILE: study_yml(plan),
        },
    )
    guesses = tuple(Guess(row.variable.source, row.variable.name, guess) for row in rows for guess in row.guesses)
    return Draft(place, written, guesses)


def _read(wanted: Sequence[tuple[Side, Path]]) -> Files:
    problems: list[Problem] = []
    found = []
    for side, path in wanted:
        try:
            table = read(path, name=_SIDES[side], shown_as=str(path))
        except CxError as error:
            problems += error.problems
            continue
        found.append((side, path, table, columns_of(table)))
    problems += [
        Problem(code="study.draft_one_side", details={"side": side})
        for side in _SIDES
        if side not in [side for side, _ in wanted]
    ]
    raise_if(problems, StudyError)
    return found


def _sources(folder: Path, files: Files, unit: str | None) -> list[DraftSource]:
    units = _units(files, unit)
    names = _names(files)
    return [
        DraftSource(name, side, path, _written(folder, path), table.format, columns, found)
        for name, (side, path, table, columns), found in zip(names, files, units, strict=True)
    ]


def _names(files: Files) -> list[str]:
    """`employees`, `customers`; with several files of a side, their names made into ids."""
    names: list[str] = []
    for side, path, _, _ in files:
        alone = sum(other == side for other, *_ in files) == 1
        name = _SIDES[side] if alone else identifier(path.stem, _SIDES[side])
        number = 2
        while name in names:
            name = f"{identifier(path.stem, _SIDES[side])[:36]}_{number}"
            number += 1
        names.append(name)
    return names


def _written(folder: Path, path: Path) -> str:
    absolute, home = path.absolute(), folder.absolute()
    return absolute.relative_to(home).as_posix() if absolute.is_relative_to(home) else absolute.as_posix()


def _units(files: Files, unit: str | None) -> list[UnitColumn]:
    first = {side: next(columns for other, *_, columns in files if other == side) for side in _SIDES}
    pair = _named_pair(files, unit) if unit else unit_pair(first["employee"], first["customer"])
    found: list[UnitColumn] = []
    problems: list[Problem] = []
    for side, path, _, columns in files:
        across = first["customer" if side == "employee" else "employee"]
        chosen = _unit(columns, across, pair)
        if chosen is None:
            problems.append(Problem(code="study.draft_no_unit", file=str(path)))
        else:
            found.append(chosen)
    raise_if(problems, StudyError)
    return found


def _named_pair(files: Files, unit: str) -> tuple[UnitColumn, UnitColumn]:
    name = " ".join(unit.split())
    lacking = [str(path) for _, path, _, columns in files if name not in columns]
    raise_if([Problem(code="study.draft_unknown_unit", file=path, value=name) for path in lacking], StudyError)
    first = {side: next(columns[name] for other, *_, columns in files if other == side) for side in _SIDES}
    shared = overlap(first["employee"], first["customer"])
    return UnitColumn(name, shared), UnitColumn(name, shared)


def _unit(
    columns: Mapping[str, Column], across: Mapping[str, Column], pair: tuple[UnitColumn, UnitColumn] | None
) -> UnitColumn | None:
    for known in pair or ():
        if known.name in columns:
            return known
    again = unit_pair(columns, across)
    return again[0] if again else unit_alone(columns)


def _variables(sources: Sequence[DraftSource]) -> tuple[list[DraftVariable], list[DraftMeasure]]:
    scales: set[str] = set()
    rows: dict[Side, list[DraftVariable]] = {}
    for side in _SIDES:
        of_side = [source for source in sources if source.side == side]
        placed = place_items(of_side, scales)
        rows[side] = [row for source in of_side for row in draft_variables(source, placed)]
        scales |= {row.variable.scale for row in rows[side]}
    rows = told_apart(rows)
    taken: set[str] = set()
    measures: list[DraftMeasure] = []
    for side in _SIDES:
        measures += draft_measures(rows[side], side, taken, other_names(rows, side))
    return [row for side in _SIDES for row in rows[side]], measures


def _require_answers(sources: Sequence[DraftSource], measures: Sequence[DraftMeasure]) -> None:
    if first_pair(measures) is None:
        sides = {measure.side for measure in measures}
        lacking = [source for source in sources if source.side not in sides]
        raise StudyError(Problem(code="study.draft_no_answers", file=str(source.path)) for source in lacking)
