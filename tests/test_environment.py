"""pyproject.toml, environment.yml and requirements.lock say the same."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from tests.conftest import ROOT

CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-duckdb": "duckdb"}
ONLY_IN_CONDA = {"python", "pip", "nbval"}
"""nbval is a test tool in pyproject.toml; conda users get it with the rest, so that they can check the notebooks."""

LOCKED = ("dev", "setup")
"""Groups that the set-up installs; the benchmarks' peers are everyone's own choice."""


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> dict[str, Requirement]:
    requirements = [Requirement(text) for text in project()["project"]["dependencies"]]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def conda() -> dict[str, Requirement]:
    listed = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    flat = [entry for entry in listed if isinstance(entry, str)]
    flat += [entry for part in listed if isinstance(part, dict) for entry in part["pip"] if entry != "-e ."]
    requirements = [Requirement(entry) for entry in flat]
    return {canonicalize_name(CONDA_NAMES.get(item.name, item.name)): item for item in requirements}


def locked() -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line):
            versions.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return versions


def test_environment_yml_names_the_same_packages() -> None:
    assert set(conda()) - ONLY_IN_CONDA == set(declared())


def test_environment_yml_has_the_same_bounds() -> None:
    ours, theirs = declared(), conda()
    assert {name: str(theirs[name].specifier) for name in ours} == {name: str(r.specifier) for name, r in ours.items()}
    assert str(theirs["python"].specifier) == project()["project"]["requires-python"]


def test_the_lock_satisfies_the_declared_bounds() -> None:
    pins = locked()
    groups = project()["dependency-groups"]
    assert set(groups) == {*LOCKED, "peers"}
    wanted = [*declared().values(), *(Requirement(text) for name in LOCKED for text in groups[name])]
    for requirement in wanted:
        versions = pins[canonicalize_name(requirement.name)]
        assert versions
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
