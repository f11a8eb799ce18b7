"""Ten million rows in memory and a hundred million on disk: time, and the most memory that the process held.

A whole study of ten million customers, with `--long` one of a hundred million, is analysed from beginning to end.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.comparison import Row
from benchmarks.random_intercept import simulated, slope_and_error
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.moments import score_moments
from cxresearch.readers import open_large
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance

GIB = 2**20
"""Kibibytes, in which Linux counts memory."""
IN_MEMORY, ON_DISK, STUDY = 3.0, 2.0, 2.0
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


def _write_study(folder: str, n_rows: int) -> float:
    """A study of 500 units: staff who rate their climate, customers who answer seven questions about a service path."""
    place = Path(folder) / f"study{n_rows}"
    (place / "raw").mkdir(parents=True)
    normal = "sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185 * random())"
    unit = "sin(k * 12.9898) * 1.4 e, printf('u%04d', k) unit"

    def rounded(name: str, low: int, high: int, mean: float, shares: tuple[float, float, float]) -> str:
        of_unit, of_person, own = shares
        value = f"{mean} + {of_unit} * e + {of_person} * p + {own} * ({normal})"
        return f"greatest({low}, least({high}, CAST(round({value}) AS INTEGER))) {name}"

    asked = [rounded("nps", 0, 10, 7.5, (0.5, 1.5, 1.0)), rounded("csat", 1, 5, 3.9, (0.2, 0.6, 0.5))]
    asked += [rounded("ces", 1, 7, 5.0, (0.3, 0.8, 0.7))]
    asked += [rounded(f"t{at}", 1, 5, 4.0 - at / 10, (0.2, 0.6, 0.6)) for at in range(1, 5)]
    rated = [rounded(f"e{at}", 1, 5, 3.5, (0.5, 0.7, 0.6)) for at in range(1, 4)]
    drawn = "SELECT k, {unit}, ({normal}) p FROM (SELECT CAST({chosen} AS INTEGER) k FROM range({size}) r(i))"
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, columns, chosen, size in (
            ("customers", asked, "floor(random() * 500)", n_rows),
            ("staff", rated, "i % 500", 6000),
        ):
            people = drawn.format(unit=unit, normal=normal, chosen=chosen, size=size)
            query = f"SELECT unit, {', '.join(columns)} FROM ({people})"
            connection.execute(f"COPY ({query}) TO '{place / 'raw' / name}.parquet' (FORMAT parquet)")
    (place / "study.yml").write_text(_STUDY, encoding="utf-8")
    (place / "codebook.csv").write_text(_CODEBOOK, encoding="utf-8")
    return 0.0


_STUDY = """\
study: large
title: { fi: Suuri, en: Large }
unit: { fi: yksikkö, en: unit }
period: none
sources:
  staff: { side: employee, grain: respondents, path: raw/staff.parquet, label: { fi: Henkilöstö, en: Staff } }
  customers:
    side: customer
    grain: respondents
    path: raw/customers.parquet
    label: { fi: Asiakkaat, en: Customers }
    read: { memory: out }
measures:
  climate: { label: { fi: Ilmapiiri, en: Climate }, scale: climate }
  nps: { label: { fi: NPS, en: NPS }, item: nps, metric: nps }
  csat: { label: { fi: CSAT, en: CSAT }, item: csat, metric: csat, top: [4, 5] }
  ces: { label: { fi: CES, en: CES }, item: ces, metric: ces }
  touch: { label: { fi: Kosketuspisteet, en: Touchpoints }, scale: touch }
hypotheses:
  h1: { statement: { fi: A., en: A. }, ex: climate, cx: nps }
  h2: { statement: { fi: B., en: B. }, ex: climate, cx: touch }
"""

_CODEBOOK = "\n".join(
    [
        "name,source,role,scale,min,max,label_fi,label_en",
        "unit,staff,unit,,,,Yksikkö,Unit",
        *(f"e{at},staff,item,climate,1,5,E{at},E{at}" for at in (1, 2, 3)),
        "unit,customers,unit,,,,Yksikkö,Unit",
        "nps,customers,item,,0,10,NPS,NPS",
        "csat,customers,item,,1,5,CSAT,CSAT",
        "ces,customers,item,,1,7,CES,CES",
        *(f"t{at},customers,item,touch,1,5,T{at},T{at}" for at in (1, 2, 3, 4)),
        "",
    ]
)


def _whole_study(folder: str, n_rows: int) -> float:
    started = time.perf_counter()
    study = load_study(Path(folder) / f"study{n_rows}")
    findings = analyse(study, provenance(study, 1))
    correlation = findings.estimate("h1.pearson")
    assert correlation.n_customers == n_rows
    assert correlation.estimate > 0.5
    return time.perf_counter() - started


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
    return [*found, *(_study_row(n_rows) for n_rows in _sizes())]


def _sizes() -> tuple[int, ...]:
    return (10_000_000, 100_000_000) if "--long" in sys.argv else (10_000_000,)


def _study_row(n_rows: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        _measured(partial(_write_study, n_rows=n_rows), folder)
        seconds, peak = _measured(partial(_whole_study, n_rows=n_rows), folder)
    name = "whole study, Parquet on disk"
    assert peak < STUDY, f"{name}: {peak:.2f} GiB"
    size = f"500 units × {n_rows:,}, 7 questions"
    return Row(name, size, "–", None, seconds, note=f"peak {peak:.2f} GiB, allowed {STUDY:g}")
