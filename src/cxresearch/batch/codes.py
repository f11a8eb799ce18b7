"""Exit codes of a batch."""

from __future__ import annotations

from cxresearch.errors import CxError, OutputError

DONE = 0
"""Every report of the batch is there."""
WRONG_INPUT = 1
"""A study, a table, a parameter or the folder of the results is wrong; no report was begun."""
WRONG_COMMAND = 2
"""The command itself is wrong."""
SOME_FAILED = 3
"""Some reports failed; the others are there."""
DISK_FULL = 74
"""The disk is full: the batch stopped and goes on from there when it is run again (`EX_IOERR`)."""
LOCKED = 75
"""Another batch works in the same folder (`EX_TEMPFAIL`)."""
INTERRUPTED = 130
"""Ctrl-C."""

_OF_PROBLEMS = {"batch.locked": LOCKED, "batch.no_room": DISK_FULL}


class LockedError(OutputError):
    """Another batch works in the same folder."""


def is_disk_full(code: str) -> bool:
    """Whether a problem's code says that the disk is full."""
    return code.rpartition(".")[2] == "disk_full"


def exit_code(error: CxError) -> int:
    """The code with which a command ends that a user error stopped."""
    codes = [problem.code for problem in error.problems]
    if any(is_disk_full(code) for code in codes):
        return DISK_FULL
    return next((_OF_PROBLEMS[code] for code in codes if code in _OF_PROBLEMS), WRONG_INPUT)
