"""`docs/statistics.md` names tests and modules that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| capability")]
SLOW = ("slow", "simulation")


@cache
def functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def marks(function: ast.FunctionDef) -> str:
    return " ".join(ast.unparse(decorator) for decorator in function.decorator_list)


def reads_shared(file: str, name: str) -> bool:
    """Whether a test asks for the data of others, by itself or through a fixture of its file."""
    function = functions(file).get(name)
    asked = [argument.arg for argument in function.args.args] if function else []
    return "shared" in asked or any(reads_shared(file, fixture) for fixture in asked)


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_named_test_exists(file: str, name: str) -> None:
    assert name in functions(file)


def test_every_row_names_modules_and_tests_that_exist() -> None:
    assert len(ROWS) >= 29
    for row in ROWS:
        capability, modules, witness, number, tests = (cell.strip() for cell in row.strip("| ").split(" | "))
        assert all((capability, witness, number)), row
        assert re.search(r"`tests/[\w/]+\.py::\w+`", tests), row
        for module in re.findall(r"`([\w.]+)`", modules):
            path = ROOT / "src" / "cxresearch" / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module


def test_tests_without_a_mark_need_neither_time_nor_others_data() -> None:
    for row in ROWS:
        for file, name, mark in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`( [†‡])?", row):
            long = any(kind in marks(functions(file)[name]) for kind in SLOW)
            assert mark.strip() == ("‡" if long else "†" if reads_shared(file, name) else ""), (file, name)
