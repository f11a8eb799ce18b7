"""Studies that this process holds open, so that many notebooks of one batch need not read them again.

A study is taken from here only while its plan, codebook, data and bundle are the files that were read: same place,
size and time of last change. Notebooks share the findings by reference; nothing of them is ever changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cxresearch.findings import Findings
from cxresearch.study import Study
from cxresearch.study.registration import RECORD, REGISTERED

Stamp = tuple[int, int, int]
_OPEN: dict[tuple[Path, int, Path], _Held] = {}


@dataclass(frozen=True, slots=True)
class _Held:
    study: Study
    findings: Findings
    stamps: Mapping[Path, Stamp | None]


def hold(study: Study, seed: int, out: Path, findings: Findings) -> None:
    """Keep a study and its findings for `held`, as long as this process lives."""
    _OPEN[study.folder, seed, out] = _Held(study, findings, _stamps(study, out))


def held(folder: Path, seed: int, out: Path) -> tuple[Study, Findings] | None:
    """The study and findings kept for this folder, seed and place of results; None if a file has changed since."""
    kept = _OPEN.get((folder, seed, out))
    if kept is None or any(_stamp(path) != stamp for path, stamp in kept.stamps.items()):
        return None
    return kept.study, kept.findings


def _stamps(study: Study, out: Path) -> dict[Path, Stamp | None]:
    named = [study.folder / "study.yml", study.folder / study.spec.codebook, study.folder / REGISTERED / RECORD]
    named += [study.source_file(name) for name, source in study.spec.sources.items() if source.path]
    if study.spec.unit_aliases:
        named.append(study.folder / study.spec.unit_aliases)
    return {path: _stamp(path) for path in (*named, out / "bundle" / "findings.json")}


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
