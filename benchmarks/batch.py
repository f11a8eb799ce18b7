"""Many reports: the group notebook beside papermill and ploomber-engine, and whole batches in three formats.

Times are per report where a peer stands beside ours. `--long` adds a batch of a thousand rows.
"""

from __future__ import annotations

import csv
import importlib.util
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.batch_run import BatchRun, run_batch
from benchmarks.batch_ways import NOTEBOOK, ROOT, Job, Taken, taken_by
from benchmarks.comparison import Row
from cxresearch.exhibits.blocks import BLOCK_MIME

STUDY = ROOT / "data" / "example"
GIB = 2**20
"""Kibibytes."""
PEAK, GROWTH = 0.8, 24 * 1024
"""GiB that all processes should hold together; KiB that the command and the parent may each grow within a batch."""
SOME = 6
"""Reports of the slow ways."""
FORMATS = "html,pdf,docx"


def rows() -> list[Row]:
    """Execution beside the peers, forty reports in three formats, and batches of more and more rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = run_batch([str(STUDY), "--by", "unit", "--language", "en", "--format", FORMATS], folder / "units")
        groups = sorted(
            place.name for place in (folder / "units").glob("*/") if (place / f"{place.name}-en.pdf").exists()
        )
        assert len(groups) == whole.good
        return [*_execution(folder, tuple(groups)), *_whole(whole), *_series(folder, groups)]


def _execution(folder: Path, groups: tuple[str, ...]) -> list[Row]:
    job = Job(study=str(STUDY), run=str(folder / "units"), groups=groups, out=str(folder / "warm1"))
    one = taken_by("warm", job)
    two = taken_by("warm", replace(job, out=str(folder / "warm2"), workers=2))
    own = {1: (one, len(groups)), 2: (two, len(groups))}
    found: list[Row] = []
    few = groups[:SOME]
    ways: list[tuple[str, str, int, tuple[int, ...], dict[int, float]]] = [
        ("papermill_cli", "papermill, command", 1, (1,), {}),
        ("papermill_pool", "papermill, pool of 2", 2, (2,), {}),
        ("papermill_api", "papermill, loop", 1, (1, 2), {1: 8, 2: 14}),
        ("ploomber", "ploomber-engine, loop, no isolation", 1, (1,), {}),
    ]
    for way, peer, workers, beside, wanted in ways:
        taken = _peer(way, replace(job, groups=few, out=str(folder / way), workers=workers))
        if taken is not None:
            _agree(folder / "warm1", folder / way, few)
        for count in beside:
            ours, number = own[count]
            seconds = None if taken is None else taken.seconds / len(few)
            note = f"CPU {ours.cpu / number:.2f} s" + (f", peer {taken.cpu / len(few):.2f} s" if taken else "")
            size = f"{count} worker{'s' if count > 1 else ''}"
            found.append(Row("run a notebook", size, peer, seconds, ours.seconds / number, wanted.get(count), note))
    _agree(folder / "warm1", folder / "warm2", groups)
    return found


def _peer(way: str, job: Job) -> Taken | None:
    if way == "ploomber" and importlib.util.find_spec("ploomber_engine") is None:
        return None
    return taken_by(way, job)


def _agree(own: Path, other: Path, groups: tuple[str, ...]) -> None:
    """Both ways show the same blocks, in every report."""
    for group in groups:
        shown = _shown(own / f"{group}.ipynb")
        assert len(shown) > 10, group
        assert shown == _shown(other / f"{group}.ipynb"), group


def _shown(path: Path) -> list[Any]:
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    return [data[BLOCK_MIME] for data in outputs if BLOCK_MIME in data]


def _told(run: BatchRun) -> str:
    peak = f"peak {run.peak / GIB:.2f} GiB, wanted ≤ {PEAK:g}"
    return f"CPU {run.cpu:.0f} s, others used {run.others:.1f} processors, {peak}"


def _whole(run: BatchRun) -> list[Row]:
    return [
        Row("batch: analysis of the study and its groups", "1 study", "–", None, run.before),
        Row("batch: start of the parent", "", "–", None, run.start, note="wanted ≤ 6 s"),
        Row(
            "batch: reports in HTML, PDF and Word", f"{run.good} reports", "–", None, run.reports,
            note=f"wanted ≤ 45 s, {_told(run)}, all of the command",
        ),
    ]  # fmt: skip


def _series(folder: Path, groups: list[str]) -> list[Row]:
    """Rows of a table, the same groups over and over: time grows with their number, memory does not."""
    found: list[Row] = []
    for count in (40, 200, 1000) if "--long" in sys.argv else (40, 200):
        out = folder / f"table-{count}"
        for kept in ("bundle", "groups"):
            shutil.copytree(folder / "units" / kept, out / kept)
        table = folder / f"rows-{count}.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "by", "group"])
            writer.writerows([f"r{row:04}", "unit", groups[row % len(groups)]] for row in range(count))
        given = ["--table", str(table), "--notebook", str(NOTEBOOK), "--language", "en", "--format", "html"]
        run = run_batch([str(STUDY), *given], out)
        grown = run.growth()
        assert run.good == count
        assert max(grown) < GROWTH, f"grew by {grown} KiB"
        note = (
            f"{run.reports / count:.2f} s each, {_told(run)}, command and parent grew by {grown[0]} and {grown[1]} KiB"
        )
        found.append(Row("batch: rows of a table, HTML", f"{count:,} reports", "–", None, run.reports, note=note))
        shutil.rmtree(out)
    return found
