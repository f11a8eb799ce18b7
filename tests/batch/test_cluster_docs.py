"""The commands of docs/cluster.md are ones that there are."""

from __future__ import annotations

import re
import shlex

import pytest
import typer

from cxresearch.batch.remote_stores import STORES
from cxresearch.cli import app
from tests.batch.test_remote_requirements import project
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every command line of ours on the page, with numbers for what a scheduler fills in."""
    blocks = "\n".join(re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL))
    lines = set(re.findall(r"^cxresearch .+$", blocks, re.MULTILINE))
    lines |= set(re.findall(r'shell: "(cxresearch [^"]+)"', blocks))
    lines |= set(re.findall(r"\| `(cxresearch [^`]+)`", PAGE))
    known = {"$SLURM_ARRAY_TASK_ID": "1", "$SLURM_CPUS_PER_TASK": "4", "{wildcards.i}": "1", "{threads}": "4"}
    for name, value in known.items():
        lines = {line.replace(name, value) for line in lines}
    return sorted(lines)


def test_the_page_has_commands() -> None:
    assert len(commands()) >= 9
    assert any("--shard" in line for line in commands()) and any(" merge " in line for line in commands())


@pytest.mark.parametrize("line", commands())
def test_each_command_is_understood(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    group = typer.main.get_command(app)
    command = group.commands[name]  # type: ignore[attr-defined]
    context = command.make_context(name, arguments)
    assert not context.args


def test_extras_and_schemes_on_the_page_are_those_that_there_are() -> None:
    assert set(re.findall(r"`(\w+)://`", PAGE)) == set(STORES)
    for extra in re.findall(r"cxresearch\[(\w+)\]", PAGE):
        assert extra in project()["project"]["optional-dependencies"]
