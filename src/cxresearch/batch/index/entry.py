"""What the index of a batch says of its reports: plain data that JSON can hold and that knows no HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cxresearch.language import Label

State = Literal["made", "unchanged", "failed", "missing"]
STATES: tuple[State, ...] = ("made", "unchanged", "failed", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexMeasure:
    """A measure of which the index has columns.

    Attributes
    ----------
    id, label : as in the study. side : whose it is, as in the codebook, or "". metric : how it is written.
    periods : names of the periods of its lines in time order; empty if they are not known, and then no line is drawn.
    """

    id: str
    label: Label
    side: str = ""
    metric: str = "mean"
    periods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexVerdict:
    """The answer to a hypothesis: its id, the expectation, the answer in a word and in a sentence."""

    hypothesis: str
    statement: Label
    word: Label
    sentence: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexValue:
    """A released result of one group on one measure. What is None is not shown, and the page says so in words.

    Attributes
    ----------
    mean, conf_low, conf_high : the result and its interval. difference, diff_low, diff_high : from everybody else.
    sign : whether the difference is clear: 1 higher, -1 lower, 0 unclear; None where there is no difference.
    by_period : the result by period in time order, None where it is not released.
    """

    mean: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    difference: float | None = None
    diff_low: float | None = None
    diff_high: float | None = None
    sign: int | None = None
    by_period: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """A file of a report: its language, its format and its path from the folder of the index, with slashes."""

    language: str
    format: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFailure:
    """Why a report was not made.

    Attributes
    ----------
    kind : `failed`, `timeout`, `killed` or `disk_full`. language : of the notebook that stopped, "" if none did.
    cell : number of the cell, counted from 1. source : the cell's text. message : what the failure said.
    told : the same as sentences, where the program has some. notebook : path of the notebook as far as it came.
    """

    kind: str = "failed"
    language: str = ""
    cell: int | None = None
    source: str = ""
    message: str = ""
    told: Label | None = None
    notebook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One row of the index.

    Attributes
    ----------
    id : file-safe. name : as users wrote it. state : see `STATES`; a failed row may still have an earlier report.
    values : by measure. reports : the files that exist. verdicts : the row's own, where each row is a study.
    failure : for a failed row. made_at : ISO time when its report was made, "" if never. seconds : what that took.
    """

    id: str
    name: str
    state: State
    values: Mapping[str, IndexValue] = field(default_factory=dict)
    reports: tuple[IndexReport, ...] = ()
    verdicts: tuple[IndexVerdict, ...] = ()
    failure: IndexFailure | None = None
    made_at: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexAbout:
    """What the index says above and below its table.

    Attributes
    ----------
    title : of the study. by : what a group is called, nominative singular. made_at : ISO time of the index.
    measures : the columns, in order. verdicts : the study's. level : of all intervals.
    some_withheld : whether some groups are too small for a report; how many is told nowhere.
    program : name and version of what made it. key : of the results it shows, "" if there is none.
    """

    title: Label
    by: Label
    made_at: str
    measures: tuple[IndexMeasure, ...] = ()
    verdicts: tuple[IndexVerdict, ...] = ()
    level: float = 0.95
    some_withheld: bool = False
    program: str = "cxresearch"
    key: str = ""
