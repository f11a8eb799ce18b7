"""The front page of a batch that has ended."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from cxresearch import __version__
from cxresearch.batch.index import (
    IndexAbout,
    IndexVerdict,
    index_about,
    index_entries,
    index_verdicts,
    write_index,
)
from cxresearch.batch.journal import Past
from cxresearch.batch.planning import Planned
from cxresearch.batch.rows import Row
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Label, Phrase, render
from cxresearch.study import Study, load_study
from cxresearch.workflow.groups.listed import GroupList
from cxresearch.workflow.groups.membership import label_of
from cxresearch.workflow.store import load_bundle

PROGRAM = f"cxresearch {__version__}"


def write_front_page(planned: Planned, past: Past, made_now: Collection[str]) -> Mapping[str, Path]:
    """Write `index-<language>.html` in the batch's folder, with a line for every row.

    Parameters
    ----------
    past : what the journals tell now that the batch has ended. made_now : ids of the rows that it made.

    Raises
    ------
    OutputError
        If a page cannot be written.
    """
    plan = planned.plan
    out, rows = Path(plan.out), planned.listed.rows
    groups = _groups_by_row(planned)
    verdicts = {row.id: _verdicts(row, out) for row in rows} if plan.kind == "study" else {}
    entries = index_entries(rows, past, made_now, out, groups, verdicts)
    return write_index(entries, _about(planned, groups), out, plan.languages)


def _groups_by_row(planned: Planned) -> GroupList | None:
    """The groups of the batch, each under the id of its row; None where rows are no groups."""
    listed, prepared = planned.listed, planned.prepared
    if prepared is None or not listed.groups:
        return None
    kinds = {str(row.parameters["by"]) for row in listed.rows}
    several = tuple(replace(entry, id=row) for row, entry in listed.groups.items())
    if len(kinds) > 1:
        return replace(prepared.groups(min(kinds)), groups=several)
    whole = prepared.groups(kinds.pop())
    hidden = tuple(entry for entry in whole.groups if not entry.released)
    return replace(whole, groups=(*several, *hidden))


def _about(planned: Planned, groups: GroupList | None) -> IndexAbout:
    now = datetime.datetime.now().astimezone()
    by = _by_label(planned)
    if planned.prepared is not None:
        found = planned.prepared.findings
        return index_about(planned.prepared.study, by, now, groups, found.verdicts, PROGRAM)
    return IndexAbout(
        title=_both("batch.page.title"), by=by, made_at=now.isoformat(timespec="seconds"), program=PROGRAM
    )


def _by_label(planned: Planned) -> Label:
    """What a row is called, nominative singular."""
    kinds = {str(row.parameters["by"]) for row in planned.listed.rows} if planned.plan.kind == "group" else set()
    if planned.prepared is None or len(kinds) != 1:
        return _both("batch.page.study" if planned.plan.kind == "study" else "batch.page.row")
    return label_of(planned.prepared.study, kinds.pop())


def _verdicts(row: Row, out: Path) -> tuple[IndexVerdict, ...]:
    study = load_study(Path(str(row.parameters["study"])))
    found = _findings(study, out / row.id / "bundle")
    return index_verdicts(study.spec, found.verdicts) if found else ()


def _findings(study: Study, bundle: Path) -> Findings | None:
    try:
        key = json.loads((bundle / "findings.json").read_text(encoding="utf-8"))["provenance"]["key"]
    except (OSError, ValueError, KeyError):
        return None
    return load_bundle(study, key, bundle)


def _both(key: str) -> Label:
    return Label(**{language: render(Phrase(key), language) for language in LANGUAGES})
