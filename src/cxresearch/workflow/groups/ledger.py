"""What earlier batches have published, kept beside them and only added to.

The file holds numbers of people of what was shown, and nothing of what was not. Every batch adds what its groups of all
kinds may show, whether or not reports of that kind were made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxresearch.aggregation.release import Release
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.aggregation.release_history import Published, published, released_after
from cxresearch.errors import DataError, Problem
from cxresearch.findings import Provenance

LEDGER = "released.json"
LAYOUT = 1


@dataclass(frozen=True)
class Entry:
    """One batch: `key` of the plan and the data, and what it published of each measure."""

    key: str
    measures: Mapping[str, Published]


def ledger_file(folder: Path) -> Path:
    """Where the record of a study's batches lies: beside the folders of the single kinds of group."""
    return (folder.parent if folder.parent.name == "batch" else folder) / LEDGER


def data_key(made_from: Provenance) -> str:
    """Hash of the plan, the codebook and the data; the same data published again tell nothing new."""
    parts = [made_from.plan_sha256, made_from.codebook_sha256, dict(made_from.data_sha256)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_ledger(file: Path) -> tuple[Entry, ...]:
    """What earlier batches have published, the earliest first.

    Raises
    ------
    DataError
        If the record is there and cannot be read: then nobody knows what may still be shown.
    """
    if not file.exists():
        return ()
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values["layout"] != LAYOUT:
            raise ValueError("another layout")
        return tuple(_entry(entry) for entry in values["releases"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(Problem(code="groups.ledger_unreadable", file=str(file))) from None


def decide(
    counts: Mapping[str, PeopleCounts], entries: Sequence[Entry], key: str, threshold: int
) -> tuple[dict[str, Release], tuple[Entry, ...]]:
    """What may be shown of each measure after earlier batches, and the record with this batch added.

    A batch of the same plan and data as the last one shows the same again.
    """
    if entries and entries[-1].key == key:
        again, found = _decided(counts, entries[:-1], key, threshold)
        if found == entries[-1]:
            return again, tuple(entries)
    releases, found = _decided(counts, entries, key, threshold)
    return releases, (*entries, found)


def ledger_text(entries: Sequence[Entry]) -> str:
    """The record's file."""
    values = {"layout": LAYOUT, "releases": [_values(entry) for entry in entries]}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _decided(
    counts: Mapping[str, PeopleCounts], entries: Sequence[Entry], key: str, threshold: int
) -> tuple[dict[str, Release], Entry]:
    releases = {}
    for measure, people in counts.items():
        earlier = [entry.measures[measure] for entry in entries if measure in entry.measures]
        releases[measure] = released_after(people, earlier, threshold)
    return releases, Entry(key, {measure: published(counts[measure], found) for measure, found in releases.items()})


def _values(entry: Entry) -> dict[str, Any]:
    measures = {
        name: {
            "periods": list(one.periods),
            "by_period": dict(one.by_period),
            "totals": {level: dict(groups) for level, groups in one.totals.items()},
            "cells": {level: [[*cell, n] for cell, n in cells.items()] for level, cells in one.cells.items()},
        }
        for name, one in entry.measures.items()
    }
    return {"key": entry.key, "measures": measures}


def _entry(values: Mapping[str, Any]) -> Entry:
    measures = {
        name: Published(
            periods=tuple(one["periods"]),
            by_period=one["by_period"],
            totals=one["totals"],
            cells={level: {(group, at): n for group, at, n in cells} for level, cells in one["cells"].items()},
        )
        for name, one in values["measures"].items()
    }
    return Entry(values["key"], measures)
