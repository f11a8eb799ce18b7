"""Millions of rows are analysed in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workflow.large_peak import write

N_ROWS = 3_000_000
"""Of which 1.6 million are different."""
MOST = 850
"""MiB: some 610 are needed, 240 of them for the program itself; copies of the rows for each analysis took 1180."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
def test_three_million_rows_fit(tmp_path: Path) -> None:
    write(tmp_path / "many", N_ROWS)
    command = [sys.executable, "-m", "tests.workflow.large_peak", str(tmp_path / "many")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST
