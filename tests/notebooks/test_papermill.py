"""Each notebook runs by papermill's own command line and emits the blocks that the report is made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cxresearch.exhibits.blocks import BLOCK_MIME
from cxresearch.workflow.session import OpenStudy, open_study
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NOTEBOOKS = ("01_data", "02_measures", "03_units", "04_linkage", "05_direction", "06_robustness", "07_conclusions")
DRAWN = ("svg", "png_base64")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


def papermill(notebook: str, executed: Path, **parameters: str) -> subprocess.CompletedProcess[str]:
    """`python -m papermill notebooks/… out.ipynb -p name value …` from the root of the repository."""
    given = [part for name, value in parameters.items() for part in ("-p", name, value)]
    command = [sys.executable, "-m", "papermill", f"notebooks/{notebook}.ipynb", str(executed), *given]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def emitted(executed: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """The code of each cell that shows something, and its blocks without the drawings."""
    found = []
    for cell in nbformat.read(executed, as_version=4).cells:
        blocks = [o.data[BLOCK_MIME] for o in cell.get("outputs", []) if BLOCK_MIME in o.get("data", {})]
        if blocks:
            found.append((cell.source, [without_drawing(dict(block)) for block in blocks]))
    return found


def without_drawing(block: dict[str, Any]) -> dict[str, Any]:
    if block["kind"] == "figure":
        assert block["svg"] or block["png_base64"]
    return {name: value for name, value in block.items() if name not in DRAWN}


def expected(analysis: OpenStudy, code: str) -> list[dict[str, Any]]:
    method = code.removeprefix("analysis.").removesuffix("()")
    blocks = getattr(analysis, method)().blocks()
    return plain([without_drawing(block.to_json()) for block in blocks])


def plain(value: Any) -> Any:
    """As JSON brings it back."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(
    ("notebook", "language"), [*((name, "en") for name in NOTEBOOKS), ("04_linkage", "fi"), ("07_conclusions", "fi")]
)
def test_it_runs_alone_and_emits_the_blocks_of_the_language(
    run: Path, tmp_path: Path, notebook: str, language: str
) -> None:
    executed = tmp_path / "out.ipynb"
    done = papermill(notebook, executed, study="data/example", language=language, run=str(run))
    assert done.returncode == 0, done.stderr
    found = emitted(executed)
    code = [c.source for c in nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
            if c.cell_type == "code"]  # fmt: skip
    assert [source for source, _ in found] == code[2:]
    analysis = open_study(ROOT / "data" / "example", language=language, run=str(run))  # type: ignore[arg-type]
    for source, blocks in found:
        assert blocks == expected(analysis, source), source


def test_both_languages_show_the_same_exhibits(run: Path) -> None:
    """Ids, kinds and sizes agree block by block; texts do not."""
    finnish, english = (open_study(ROOT / "data" / "example", language=one, run=str(run)) for one in ("fi", "en"))
    for method in ("association", "models", "direction", "controls", "robustness", "verdicts", "grounds"):
        pairs = zip(getattr(finnish, method)().blocks(), getattr(english, method)().blocks(), strict=True)
        for one, other in pairs:
            assert type(one) is type(other) and one != other
            assert getattr(one, "id", "") == getattr(other, "id", "")
            assert len(getattr(one, "rows", ())) == len(getattr(other, "rows", ()))
