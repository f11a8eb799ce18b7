"""What earlier studies of the same question found, with how sure each fact is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, get_args

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import ColumnSpec, TableSpec
from cxresearch.language import Phrase

Direction = Literal["positive", "reciprocal", "reverse", "mixed", "none"]
"""Positive from employees to customers; both ways; from customers to employees; depends; none or negative."""
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class PriorStudy:
    """One source of prior evidence.

    Attributes
    ----------
    id : its sentences are `tables.prior.<id>.data` and `.effect`. source : how it is named, alike in both languages.
    year : of publication. direction : of the association. confidence : how sure the effect's size is. read : whether
        the effect was read in a source; otherwise it must be checked. interested : whether the authors sell
        the instrument. citation : key in the bibliography, "" for none.
    """

    id: str
    source: str
    year: int
    direction: Direction
    confidence: Confidence
    read: bool
    interested: bool = False
    citation: str = ""


@cache
def prior_studies() -> tuple[PriorStudy, ...]:
    """The packaged studies in the order of the table.

    Raises
    ------
    ValueError
        If the file names a direction or a confidence that there is not.
    """
    text = (resources.files("cxresearch.exhibits") / "prior_evidence.toml").read_text(encoding="utf-8")
    studies = tuple(PriorStudy(id=name, **facts) for name, facts in tomllib.loads(text).items())
    for study in studies:
        if study.direction not in get_args(Direction) or study.confidence not in get_args(Confidence):
            raise ValueError(f"{study.id}: unknown direction or confidence")
    return studies


def prior_evidence() -> tuple[Exhibit, ...]:
    """What the earlier studies found, as a table with a sentence before it and one on what to expect after it."""
    rows = tuple(
        (
            Phrase("tables.prior.source" if study.read else "tables.prior.source_unchecked", {"source": study.source}),
            Phrase(f"tables.prior.{study.id}.data"),
            Phrase(f"tables.prior.{study.id}.effect"),
            Phrase(f"tables.prior.direction.{study.direction}"),
            Phrase(f"tables.prior.confidence.{study.confidence}"),
        )
        for study in prior_studies()
    )
    columns = tuple(
        ColumnSpec(Phrase(f"tables.prior.column.{name}"), row_header=name == "source")
        for name in ("source", "data", "effect", "direction", "confidence")
    )
    table = TableSpec("tbl-prior", Phrase("tables.prior.caption"), columns, rows, Phrase("tables.prior.note"))
    said = (Phrase("readings.synthesis.prior.what"), Phrase("readings.synthesis.prior.planning"))
    return ProseSpec((said,)), table
