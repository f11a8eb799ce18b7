"""Where a run spends its time: stages of the analysis, one notebook, one report in three formats."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.run import run_study


def main() -> None:
    study = load_study(sys.argv[1] if len(sys.argv) > 1 else "data/example")
    marks: list[tuple[str, float]] = []
    started = time.perf_counter()
    analyse(study, provenance(study, study.spec.seed), lambda stage: marks.append((stage, time.perf_counter())))
    marks.append(("end", time.perf_counter()))
    for (stage, begin), (_, end) in itertools.pairwise(marks):
        print(f"{stage:<24}{end - begin:8.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        run_study(study.folder.resolve(), out=str(Path(folder) / "first"))
        first = time.perf_counter() - started
        started = time.perf_counter()
        run_study(study.folder.resolve(), out=str(Path(folder) / "first"))
        again = time.perf_counter() - started
    print(f"{'whole run, fi and en':<24}{first:8.2f} s")
    print(f"{'the same again (bundle)':<24}{again:8.2f} s   {first / again:.1f} times faster")


if __name__ == "__main__":
    main()
