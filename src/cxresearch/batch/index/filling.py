"""The index filled from what a batch has: its rows, its journal, the groups' released results, the study's verdicts."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from cxresearch.batch.index.entry import (
    IndexAbout,
    IndexEntry,
    IndexFailure,
    IndexMeasure,
    IndexReport,
    IndexValue,
    IndexVerdict,
    State,
)
from cxresearch.batch.journal import Past
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.rows import Row
from cxresearch.language import LANGUAGES, Label, Text, render
from cxresearch.report import WRITERS
from cxresearch.study import Study
from cxresearch.study.informants import side_of
from cxresearch.study.spec import StudySpec
from cxresearch.verdict import Verdict
from cxresearch.workflow.groups.listed import GroupEntry, GroupList

_NOTEBOOK = "ipynb"
_FORMATS = (*WRITERS, _NOTEBOOK)


def index_entries(
    rows: Sequence[Row],
    past: Past,
    made_now: Collection[str],
    folder: Path,
    groups: GroupList | None = None,
    verdicts: Mapping[str, Sequence[IndexVerdict]] | None = None,
) -> tuple[IndexEntry, ...]:
    """A row of the index for each row of the batch.

    Parameters
    ----------
    past : what the journals tell once the batch has ended. made_now : rows whose report this batch made.
    folder : of the batch; only files that exist there are linked.
    groups : the batch's groups, of which only released results are held. verdicts : of each row that is a study.
    """
    released = {group.id: group for group in groups.released} if groups else {}
    own = verdicts or {}
    return tuple(
        _entry(row, past, row.id in made_now, folder, released.get(row.id), tuple(own.get(row.id, ()))) for row in rows
    )


def _entry(
    row: Row,
    past: Past,
    now: bool,
    folder: Path,
    group: GroupEntry | None,
    verdicts: tuple[IndexVerdict, ...],
) -> IndexEntry:
    good, failed = past.done.get(row.id), past.failed.get(row.id)
    reports = _reports(good, folder) if good else ()
    return IndexEntry(
        id=row.id,
        name=row.name,
        state=_state(row, good, failed, now),
        values={measure: _value(group, measure) for measure in group.headline} if group else {},
        reports=reports,
        verdicts=verdicts,
        failure=_failure(failed, folder) if failed else None,
        made_at=_written_at(folder / reports[0].path) if reports else "",
        seconds=good.seconds if good and reports else None,
    )


def _state(row: Row, good: Outcome | None, failed: Outcome | None, now: bool) -> State:
    """A report made from other inputs than today's is an earlier one, and the row is not made yet."""
    if failed:
        return "failed"
    if good is None or good.key != row.key:
        return "missing"
    return "made" if now else "unchanged"


def _reports(outcome: Outcome, folder: Path) -> tuple[IndexReport, ...]:
    """The reports among the outputs that are there; the executed notebooks where there is nothing else to read."""
    found = []
    for path in outcome.outputs:
        file = PurePosixPath(path)
        language, form = file.stem.rpartition("-")[2], file.suffix[1:]
        if language in LANGUAGES and form in _FORMATS and (folder / path).is_file():
            found.append(IndexReport(language=language, format=form, path=path))
    read = [one for one in found if one.format != _NOTEBOOK] or found
    return tuple(sorted(read, key=lambda one: (one.language, _FORMATS.index(one.format))))


def _written_at(path: Path) -> str:
    written = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).astimezone()
    return written.isoformat(timespec="seconds")


def _value(group: GroupEntry, measure: str) -> IndexValue:
    told = group.headline[measure]
    sign = told.get("sign")
    return IndexValue(
        mean=told.get("mean"),
        conf_low=told.get("mean_low"),
        conf_high=told.get("mean_high"),
        difference=told.get("difference"),
        diff_low=told.get("conf_low"),
        diff_high=told.get("conf_high"),
        sign=None if sign is None else int(sign),
        by_period=tuple(group.sparkline.get(measure, ())),
    )


def _periods(groups: GroupList | None) -> dict[str, tuple[str, ...]]:
    """Names of the periods of each measure's lines, in time order."""
    told: Mapping[str, Sequence[str]] = getattr(groups, "periods", {})
    return {measure: tuple(names) for measure, names in told.items()}


def _failure(outcome: Outcome, folder: Path) -> IndexFailure:
    notebook = f"{outcome.row}/failed-{outcome.language}.ipynb"
    return IndexFailure(
        kind=outcome.state,
        language=outcome.language,
        cell=outcome.cell,
        source=outcome.cell_source,
        message=outcome.message,
        told=_told(outcome),
        notebook=notebook if (folder / notebook).is_file() else "",
    )


def _told(outcome: Outcome) -> Label | None:
    """The sentences of an error of ours, in both languages."""
    if not outcome.problems:
        return None
    texts = {
        language: " ".join(f"{one.what(language)} {one.remedy(language)}" for one in outcome.problems)
        for language in LANGUAGES
    }
    return Label(**texts)


def index_verdicts(spec: StudySpec, verdicts: Sequence[Verdict]) -> tuple[IndexVerdict, ...]:
    """A study's verdicts as the index tells them."""
    return tuple(
        IndexVerdict(
            hypothesis=verdict.hypothesis,
            statement=spec.hypotheses[verdict.hypothesis].statement.label(),
            word=_both(verdict.word()),
            sentence=_both(verdict.sentence()),
        )
        for verdict in verdicts
    )


def index_about(
    study: Study,
    by: Label,
    made_at: datetime.datetime,
    groups: GroupList | None = None,
    verdicts: Sequence[Verdict] = (),
    program: str = "cxresearch",
) -> IndexAbout:
    """What the index of a study's groups says around its table.

    Parameters
    ----------
    by : what such a group is called. made_at : the time of the index, with its zone. program : name and version.
    """
    listed = groups.groups if groups else ()
    used = {measure for group in listed for measure in group.headline if group.released}
    periods = _periods(groups)
    measures = tuple(
        IndexMeasure(
            id=name,
            label=measure.label.label(),
            side=side_of(study, name) or "",
            metric=measure.metric,
            periods=periods.get(name, ()),
        )
        for name, measure in study.spec.measures.items()
        if name in used
    )
    return IndexAbout(
        title=study.spec.title.label(),
        by=by,
        made_at=made_at.isoformat(timespec="seconds"),
        measures=measures,
        verdicts=index_verdicts(study.spec, verdicts),
        level=study.spec.criteria.level,
        some_withheld=any(not group.released for group in listed),
        program=program,
        key=groups.key if groups else "",
    )


def _both(text: Text) -> Label:
    return Label(**{language: render(text, language) for language in LANGUAGES})
