"""Memory that a large file took and that is free again, given back to the system."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Return free memory of Arrow's pool and of the C library to the system.

    Both keep what they once had for the next request, so that a process would stay as large as its largest moment and
    the next stage would come on top of it. The C library can be asked where it is glibc; elsewhere nothing is done.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
