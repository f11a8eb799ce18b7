"""The extras bring what cluster and cloud need, and the tests' group brings what the tests of them need."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from typing import Any

from packaging.requirements import Requirement

from cxresearch.batch.remote_stores import STORES
from tests.conftest import ROOT

TESTED = ("cluster", "s3")
"""Extras whose libraries the tests use themselves."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_what_tests_need_of_the_extras_is_installed_with_them() -> None:
    extras, dev = project()["project"]["optional-dependencies"], set(project()["dependency-groups"]["dev"])
    for extra in TESTED:
        assert set(extras[extra]) <= dev


def test_each_store_has_an_extra_with_the_libraries_that_papermill_takes_for_it() -> None:
    extras = project()["project"]["optional-dependencies"]
    for extra, _ in STORES.values():
        ours = {found.name: found.specifier for found in map(Requirement, extras[extra])}
        of_extra = [text for text in requires("papermill") or () if re.search(rf"extra == [\"']{extra}[\"']", text)]
        theirs = {found.name: found.specifier for found in map(Requirement, of_extra)}
        theirs.pop("requests", None)  # papermill needs it in any case
        assert set(ours) == set(theirs)
        for name, bounds in ours.items():
            least = next(bound.version for bound in bounds if bound.operator == ">=")
            assert theirs[name].contains(least), f"{name} {least} is not a version that papermill takes"
