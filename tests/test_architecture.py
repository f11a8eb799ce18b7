"""Data flow one way, and so do the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "cxresearch"
ORDER = (
    "language", "errors", "statistic", "losses", "provenance", "moments", "inference", "sem",
    "readers", "codebook", "screening", "simulate", "scoring", "measurement", "aggregation", "linkage", "study",
    "verdict", "findings", "exhibits", "report", "warm", "workflow", "batch", "cli",
)  # fmt: skip
"""A module imports from its own room and from rooms named before it."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(module: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            names = [
                f"{node.module}.{alias.name}" if node.module == "cxresearch" else str(node.module)
                for alias in node.names
            ]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found += [(node.lineno, name.split(".")[1]) for name in names if name.startswith("cxresearch.")]
    return found


@pytest.mark.parametrize(
    "module",
    [m for m in MODULES if m.parent != PACKAGE or m.name not in ("__init__.py", "__main__.py")],
    ids=lambda m: str(m.relative_to(PACKAGE)),
)
def test_imports_flow_one_way(module: Path) -> None:
    own = ORDER.index(room(module))
    for line, name in imported_rooms(module):
        if name.startswith("__"):
            continue
        assert ORDER.index(name) <= own, f"{module.name}:{line} imports {name}, which comes after {room(module)}"


def test_every_room_is_in_the_order() -> None:
    assert {room(module) for module in MODULES} - {"__init__", "__main__"} == set(ORDER)


def test_no_module_hides_an_import_in_a_function() -> None:
    hidden = []
    for module in MODULES:
        if module.parent == PACKAGE and module.name == "__init__.py":
            continue
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                hidden += [
                    f"{module.relative_to(PACKAGE)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, (ast.Import, ast.ImportFrom)) and "cxresearch" in ast.dump(node)
                ]
    assert not hidden
