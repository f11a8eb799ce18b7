"""The input key: equal keys mean equal reports, so that a report is made again only when something it rests on changed.

Outputs, ids and timings of cells are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cxresearch.provenance import sha256_of


def notebook_sha256(notebook: NotebookNode) -> str:
    """Hash of a notebook's code and Markdown, the tags of its cells and the section ids of their headings."""
    cells = [
        [cell.cell_type, cell.source, sorted(cell.metadata.get("tags", ())), dict(cell.metadata.get("cxresearch", {}))]
        for cell in notebook.cells
    ]
    return _hash(cells)


def texts_sha256(study: Path) -> Mapping[str, str]:
    """Hash of each text that the author wrote for the study's reports, by its path in the study's folder."""
    folder = study / "text"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(study).as_posix(): sha256_of(path) for path in paths}


def named_files_sha256(parameters: Mapping[str, Any], cwd: Path) -> Mapping[str, str]:
    """Hash of each file that a parameter names, by the parameter."""
    named = {name: cwd / value for name, value in parameters.items() if isinstance(value, str) and value}
    return {name: sha256_of(path) for name, path in named.items() if _is_file(path)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def input_key(
    *,
    notebooks: Sequence[NotebookNode],
    parameters: Mapping[str, Any],
    languages: Sequence[str],
    formats: Sequence[str],
    findings: str = "",
    group: str = "",
    texts: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> str:
    """Hash of everything that a row's reports are made from, 64 hexadecimal digits.

    Parameters
    ----------
    notebooks : run for it, in order. parameters : the row's own, plain values.
    findings : key of the study's findings, which speaks of data, plan, codebook, code, packages and seed.
    group : fingerprint of the group's numbers. texts : the author's. files : those that parameters name.
    """
    parts = {
        "notebooks": [notebook_sha256(notebook) for notebook in notebooks],
        "parameters": dict(parameters),
        "languages": list(languages),
        "formats": sorted(formats),
        "findings": findings,
        "group": group,
        "texts": dict(texts or {}),
        "files": dict(files or {}),
    }
    return _hash(parts)


def _hash(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
