"""Fixtures that the whole suite shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: small matrices, tests side by side

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data and R's numbers that lies beside a developer's clone, not in it."""
    folder = Path(os.environ.get("CXRESEARCH_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"public data are not at {folder}; set CXRESEARCH_SHARED or run `cxresearch fetch`")
    return folder


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a program besides Python; without it the test is skipped, or fails where all have to be there."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None and os.environ.get("CXRESEARCH_ALL_PROGRAMS") == "1":
            pytest.fail(f"{name} is not installed, and CXRESEARCH_ALL_PROGRAMS=1 asks for every program")
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find


@pytest.fixture(scope="session")
def reference() -> Path:
    """R's numbers and their inputs, kept with the tests."""
    return Path(__file__).parent / "reference"


@pytest.fixture(autouse=True)
def _global_random_state_untouched() -> Iterator[None]:
    before = np.random.get_state()
    yield
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1]) and before[2] == after[2], "the test used numpy's global random state"
