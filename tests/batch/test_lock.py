"""One batch at a time works in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cxresearch.batch.codes import LOCKED, LockedError, exit_code
from cxresearch.batch.lock import locked

HOLD = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, b"%d\\n" % os.getpid())
print("held", flush=True)
time.sleep(60)
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", HOLD, str(folder / ".lock")], text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="holds the lock as POSIX does")
def test_another_process_is_named_and_one_that_is_gone_holds_no_lock(tmp_path: Path) -> None:
    with holding(tmp_path) as process:
        with pytest.raises(LockedError) as refused, locked(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
    assert exit_code(refused.value) == LOCKED == 75
    for language, sentence in (
        ("en", f"Another batch is at work in the folder {tmp_path} (process {process.pid})."),
        ("fi", f"Kansiossa {tmp_path} on käynnissä toinen eräajo (prosessi {process.pid})."),
    ):
        assert sentence in refused.value.text(language)
    assert (tmp_path / ".lock").read_text(encoding="ascii") == f"{process.pid}\n"
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="bug"), locked(tmp_path):
            raise ValueError("bug")


def test_shared_locks_keep_out_only_the_whole(tmp_path: Path) -> None:
    with locked(tmp_path, shared=True), locked(tmp_path, shared=True):
        with pytest.raises(LockedError), locked(tmp_path):
            pass
        with locked(tmp_path, ".lock-1-of-2"), pytest.raises(LockedError), locked(tmp_path, ".lock-1-of-2"):
            pass
    with locked(tmp_path):
        pass
