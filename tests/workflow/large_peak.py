"""A customer file of many rows analysed in a process of its own, which prints the most memory that it held (MiB)."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance

QUESTIONS = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "t1": (1, 5), "t2": (1, 5), "t3": (1, 5), "t4": (1, 5)}
UNITS = 400
STUDY = """\
study: many
title: { fi: "Monta", en: "Many" }
unit: { fi: "yksikkö", en: "unit" }
period: none
sources:
  staff: { side: employee, grain: respondents, path: staff.parquet, label: { fi: "Työ", en: "Staff" } }
  customers:
    side: customer
    grain: respondents
    path: customers.parquet
    label: { fi: "Asiakkaat", en: "Customers" }
    read: { memory: out }
measures:
  climate: { label: { fi: "Ilmapiiri", en: "Climate" }, item: e1 }
  nps: { label: { fi: "Suositus", en: "Recommendation" }, item: nps, metric: nps }
  touch: { label: { fi: "Polku", en: "Path" }, scale: touch }
hypotheses:
  h1: { statement: { fi: "A.", en: "A." }, ex: climate, cx: nps }
  h2: { statement: { fi: "B.", en: "B." }, ex: climate, cx: touch }
resampling: { permutations: 99, bootstrap: 99 }
analyses: { leave_out: [latent, mixed, estimators, mechanism, honesty, dimensions, common_method, planning] }
"""


def write(folder: Path, n_rows: int) -> None:
    """A study whose customers answer at random, half of them as their units do."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [
        f"CAST({low} + floor((hash(i, '{name}') % 1000 / 1e3 + u % 10 / 1e1) / 2 * {high - low + 1}) AS TINYINT) {name}"
        for name, (low, high) in QUESTIONS.items()
    ]
    source = f"SELECT i, CAST(hash(i, 'unit') % {UNITS} AS INTEGER) u FROM range({n_rows}) r(i)"
    people = f"SELECT i % {UNITS} u, CAST(1 + (i % 7 + i % 10) // 4 AS TINYINT) e1 FROM range({12 * UNITS}) r(i)"
    with duckdb.connect(config={"memory_limit": "300MB", "threads": 1}) as connection:
        for name, query in (("customers", f"SELECT u AS unit, {', '.join(chosen)} FROM ({source})"), ("staff", people)):
            renamed = query.replace(" u, CAST(1", " AS unit, CAST(1")
            connection.execute(f"COPY ({renamed}) TO '{folder / name}.parquet' (FORMAT parquet)")
    lines = ["name,source,role,scale,min,max,label_fi,label_en", "unit,staff,unit,,,,Yksikkö,Unit"]
    lines += ["e1,staff,item,,1,5,E,E", "unit,customers,unit,,,,Yksikkö,Unit"]
    lines += [
        f"{name},customers,item,{'touch' if name.startswith('t') else ''},{low},{high},{name},{name}"
        for name, (low, high) in QUESTIONS.items()
    ]
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Analyse the study of a folder and print the peak."""
    study = load_study(folder)
    findings = analyse(study, provenance(study, 1))
    assert findings.estimate("h1.pearson").n_customers
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    print(int(status["VmHWM"].split()[0]) // 1024)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
