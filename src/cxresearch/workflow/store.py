"""The bundle: findings kept beside the reports, so that each notebook runs alone and the report agrees with it.

One JSON file and one Parquet file per frame; no pickles. It holds nothing that the findings do not hold.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow.parquet import ParquetFile

from cxresearch.errors import Problem
from cxresearch.findings import Findings, Provenance, SourceSummary
from cxresearch.losses import Loss
from cxresearch.statistic import from_json, to_json
from cxresearch.study import Study
from cxresearch.verdict import Ground, Limit, Verdict
from cxresearch.workflow.results import write_json

FRAMES = ("answers", "missing", "distributions", "panels", "linked")
LAYOUT = 2
"""Raised when the bundle's form changes, so that an old one is not read."""


def save_bundle(findings: Findings, folder: Path) -> None:
    """Write the findings into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        getattr(findings, name).to_parquet(folder / f"{name}.parquet", index=False)
    for name, frame in findings.frames.items():
        frame.to_parquet(folder / f"topic.{name}.parquet", index=False)
    values = {
        "layout": LAYOUT,
        "provenance": asdict(findings.provenance),
        "sources": [asdict(source) for source in findings.sources],
        "losses": [asdict(loss) for loss in findings.losses],
        "notices": [asdict(problem) for problem in findings.notices],
        "results": [to_json(result) for result in findings.results.values()],
        "verdicts": [asdict(verdict) for verdict in findings.verdicts],
        "frames": list(findings.frames),
        "categories": findings.categories,
    }
    write_json(folder / "findings.json", values)


def _verdict(values: dict[str, Any]) -> Verdict:
    plain = {item.name: values[item.name] for item in fields(Verdict)}
    plain["grounds"] = tuple(Ground(**ground) for ground in values["grounds"])
    plain["limits"] = tuple(Limit(**limit) for limit in values["limits"])
    return Verdict(**plain)


def read_frame(path: Path) -> pd.DataFrame:
    """A kept frame, read without a thread of its own: a process that has one cannot be copied safely.

    Raises
    ------
    OSError
        If the file cannot be read. ValueError if it is no Parquet file.
    """
    table = ParquetFile(path, pre_buffer=False).read(use_threads=False)
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    return frame


def load_bundle(study: Study, key: str, folder: Path) -> Findings | None:
    """The findings kept in `folder`, if they were made from the same plan, data, code and seed; else None."""
    try:
        values = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
        if values["layout"] != LAYOUT or values["provenance"]["key"] != key:
            return None
        frames = {name: read_frame(folder / f"{name}.parquet") for name in FRAMES}
        of_topics = {name: read_frame(folder / f"topic.{name}.parquet") for name in values["frames"]}
    except (OSError, ValueError, KeyError):
        return None
    return Findings(
        spec=study.spec,
        codebook=study.codebook,
        provenance=Provenance(**values["provenance"]),
        sources=tuple(SourceSummary(**source) for source in values["sources"]),
        losses=tuple(Loss(**loss) for loss in values["losses"]),
        notices=tuple(Problem(**problem) for problem in values["notices"]),
        results={result["term"]: from_json(result) for result in values["results"]},
        verdicts=tuple(_verdict(verdict) for verdict in values["verdicts"]),
        frames=of_topics,
        categories={name: tuple(known) for name, known in values["categories"].items()},
        registration=study.registration,
        **frames,
    )
