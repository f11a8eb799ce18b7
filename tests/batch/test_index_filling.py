"""The front page filled from journals, groups and verdicts."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from cxresearch.batch.index import IndexVerdict, index_about, index_entries, index_verdicts
from cxresearch.batch.journal import Past
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.rows import Row
from cxresearch.errors import Problem
from cxresearch.language import Label
from cxresearch.study import Study, load_study
from cxresearch.verdict import Verdict
from cxresearch.workflow.groups.listed import GroupEntry, GroupList
from tests.conftest import ROOT

NOW = datetime.datetime(2026, 11, 22, 5, 2, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Groups:
    """A list of groups that also names the periods of its lines."""

    groups: tuple[GroupEntry, ...]
    periods: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    by: str = "unit"
    key: str = "4f2a91c0"

    @property
    def released(self) -> tuple[GroupEntry, ...]:
        return tuple(group for group in self.groups if group.released)


def listed(*groups: GroupEntry, **periods: tuple[str, ...]) -> GroupList:
    return cast(GroupList, Groups(groups, periods))


def row(name: str = "t1", key: str = "k1") -> Row:
    return Row(id=name, name=name.upper(), parameters={}, key=key)


def made(name: str = "t1", key: str = "k1", *paths: str) -> Outcome:
    return Outcome(row=name, key=key, state="done", outputs=dict.fromkeys(paths, "0"), seconds=0.9)


def put(folder: Path, *paths: str) -> tuple[str, ...]:
    for path in paths:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("x", encoding="utf-8")
        os.utime(folder / path, (1_795_000_000, 1_795_000_000))
    return paths


GROUP = GroupEntry(
    id="t1",
    name="T1",
    released=True,
    headline={
        "leadership": {
            "mean": 3.8, "mean_low": 3.6, "mean_high": 4.0,
            "difference": 0.3, "conf_low": 0.1, "conf_high": 0.5, "sign": 1,
        },
        "nps": {"mean": 12.0},
    },
    sparkline=cast(Any, {"leadership": [3.7, None, 3.8]}),
)  # fmt: skip


def test_a_row_made_now_has_its_results_and_the_reports_that_are_there(tmp_path: Path) -> None:
    paths = put(tmp_path, "t1/t1-fi.pdf", "t1/t1-fi.html", "t1/t1-en.docx", "t1/t1-fi.ipynb", "t1/study.json")
    past = Past(done={"t1": made("t1", "k1", *paths, "t1/t1-en.html")})
    (entry,) = index_entries([row()], past, {"t1"}, tmp_path, listed(GROUP))
    assert (entry.name, entry.state, entry.seconds) == ("T1", "made", 0.9)
    assert [report.path for report in entry.reports] == ["t1/t1-en.docx", "t1/t1-fi.html", "t1/t1-fi.pdf"]
    assert datetime.datetime.fromisoformat(entry.made_at).timestamp() == 1_795_000_000
    value = entry.values["leadership"]
    assert (value.mean, value.conf_low, value.conf_high) == (3.8, 3.6, 4.0)
    assert (value.difference, value.diff_low, value.diff_high, value.sign) == (0.3, 0.1, 0.5, 1)
    assert value.by_period == (3.7, None, 3.8)
    assert entry.values["nps"].difference is None and entry.values["nps"].sign is None


def test_where_there_are_only_notebooks_they_are_linked(tmp_path: Path) -> None:
    past = Past(done={"t1": made("t1", "k1", *put(tmp_path, "t1/t1-fi.ipynb"))})
    (entry,) = index_entries([row()], past, (), tmp_path)
    assert [report.format for report in entry.reports] == ["ipynb"]


@pytest.mark.parametrize(
    ("done", "failed", "now", "state"),
    [
        ("k1", False, True, "made"),
        ("k1", False, False, "unchanged"),
        ("k0", False, False, "missing"),
        ("", False, False, "missing"),
        ("k1", True, False, "failed"),
        ("", True, True, "failed"),
    ],
)
def test_the_state_of_a_row(tmp_path: Path, done: str, failed: bool, now: bool, state: str) -> None:
    past = Past()
    if done:
        past.done["t1"] = made("t1", done, *put(tmp_path, "t1/t1-fi.html"))
    if failed:
        past.failed["t1"] = Outcome(row="t1", key="k1", state="killed", message="SIGKILL")
    (entry,) = index_entries([row()], past, {"t1"} if now else (), tmp_path)
    assert entry.state == state
    assert bool(entry.reports) == bool(done)
    assert (entry.failure is not None) == failed


def test_a_failure_names_its_cell_and_the_notebook_that_is_kept(tmp_path: Path) -> None:
    put(tmp_path, "t1/failed-en.ipynb")
    outcome = Outcome(
        row="t1", key="k1", state="failed", language="en", cell=7, cell_source="1 / 0", message="ZeroDivisionError: x"
    )
    (entry,) = index_entries([row()], Past(failed={"t1": outcome}), (), tmp_path)
    failure = entry.failure
    assert failure is not None
    assert (failure.kind, failure.language, failure.cell, failure.source) == ("failed", "en", 7, "1 / 0")
    assert (failure.message, failure.notebook) == ("ZeroDivisionError: x", "t1/failed-en.ipynb")
    assert failure.told is None


def test_an_error_of_ours_is_told_in_both_languages(tmp_path: Path) -> None:
    problem = Problem(code="workflow.seed", column="seed", value="-1")
    outcome = Outcome(row="t1", key="k1", state="failed", problems=(problem,))
    (entry,) = index_entries([row()], Past(failed={"t1": outcome}), (), tmp_path)
    assert entry.failure is not None and entry.failure.told is not None
    assert entry.failure.told.fi == f"{problem.what('fi')} {problem.remedy('fi')}"
    assert entry.failure.told.en.startswith(problem.what("en"))
    assert entry.failure.notebook == ""


def test_a_group_that_may_not_be_shown_gives_nothing_but_that_there_are_some(tmp_path: Path, example: Study) -> None:
    hidden = dataclasses.replace(GROUP, id="t2", name="Small", released=False)
    groups = listed(GROUP, hidden)
    entries = index_entries([row(), row("t2")], Past(), (), tmp_path, groups)
    assert entries[1].values == {}
    about = index_about(example, Label("tiimi", "team"), NOW, groups)
    assert about.some_withheld
    assert "Small" not in repr(about)


@pytest.fixture(scope="module")
def example() -> Study:
    return load_study(ROOT / "data" / "example")


def test_what_is_said_around_the_table_comes_from_the_study(example: Study) -> None:
    groups = listed(GROUP, leadership=("2024", "2025", "2026"))
    verdict = Verdict("h1", "supported", (), (), "association")
    about = index_about(example, Label("tiimi", "team"), NOW, groups, [verdict], "cxresearch 1.0")
    assert about.title == example.spec.title.label()
    assert [(measure.id, measure.side, measure.metric) for measure in about.measures] == [
        ("leadership", "employee", "mean"),
        ("nps", "customer", "nps"),
    ]
    assert about.measures[0].periods == ("2024", "2025", "2026")
    assert (about.made_at, about.level, about.key) == ("2026-11-22T05:02:00+00:00", 0.95, "4f2a91c0")
    (told,) = about.verdicts
    assert isinstance(told, IndexVerdict)
    assert told.word == Label("Saa tukea", "Supported")
    assert told.statement == example.spec.hypotheses["h1"].statement.label()


def test_the_verdicts_of_studies_stand_in_their_rows(tmp_path: Path, example: Study) -> None:
    verdicts = index_verdicts(example.spec, [Verdict("h1", "inconclusive", (), (), "association")])
    (entry,) = index_entries([row()], Past(), (), tmp_path, None, {"t1": verdicts})
    assert entry.verdicts == verdicts
    assert verdicts[0].word.fi == "Jää avoimeksi"
