"""Ten million rows in memory and a hundred million on disk: time, and the most memory that the process held."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.comparison import Row
from benchmarks.random_intercept import simulated, slope_and_error
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.moments import score_moments
from cxresearch.readers import open_large

GIB = 2**20
"""Kibibytes, in which Linux counts memory."""
IN_MEMORY, ON_DISK = 3.0, 2.0
"""GiB that each may hold."""
UNITS_ON_DISK = 31_730


def _in_memory(folder: str) -> float:
    del folder
    unit, ex, cx = simulated(5_000, 10_000_000)
    started = time.perf_counter()
    slope_and_error(unit, ex, cx)
    return time.perf_counter() - started


def _on_disk(folder: str) -> float:
    started = time.perf_counter()
    with open_large(Path(folder) / "answers.parquet", memory_limit="1GB") as table:
        counted = table.group_values(["unit"], ["score"])
    units, codes = np.unique(counted["unit"].to_numpy(), return_inverse=True)
    moments = score_moments(codes, counted["score"], len(units), frequency=counted["n_rows"])
    ex = np.sin(units.astype(float))
    fitted = fit_random_intercept(unit_level_moments(moments, ex))
    assert fitted is not None
    assert moments.n.sum() == 100_000_000
    return time.perf_counter() - started


def _write(folder: str) -> float:
    query = (
        f"SELECT CAST(floor(random() * {UNITS_ON_DISK}) AS INTEGER) AS unit, "
        "CAST(floor(random() * 11) AS TINYINT) AS score FROM range(100000000)"
    )
    target = Path(folder) / "answers.parquet"
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
    return 0.0


def _measured(work: Callable[[str], float], folder: str) -> tuple[float, float]:
    """Seconds and GiB of a piece of work in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_peak, (work, folder))


def _with_peak(work: Callable[[str], float], folder: str) -> tuple[float, float]:
    seconds = work(folder)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB


def rows() -> list[Row]:
    """Both sizes; no peer ends within this machine's memory and a reader's patience."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        _measured(_write, folder)
        for name, work, size, limit in (
            ("random intercept, rows in memory", _in_memory, "5,000 units × 10,000,000", IN_MEMORY),
            ("random intercept, Parquet on disk", _on_disk, f"{UNITS_ON_DISK:,} units × 100,000,000", ON_DISK),
        ):
            seconds, peak = _measured(work, folder)
            assert peak < limit, f"{name}: {peak:.2f} GiB"
            found.append(Row(name, size, "–", None, seconds, note=f"peak {peak:.2f} GiB, allowed {limit:g}"))
    return found
