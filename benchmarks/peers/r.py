"""A computation in R on a table that Python hands over; R measures its own time, start and reading left out."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from benchmarks.comparison import Timed

_FRAME = """
suppressPackageStartupMessages({{{libraries}}})
{reading}
best <- Inf
for (round in seq_len({rounds})) {{
  started <- proc.time()[["elapsed"]]
  found <- ({{ {body} }})
  best <- min(best, proc.time()[["elapsed"]] - started)
}}
cat("\\nRESULT ", best, paste(format(as.numeric(found), digits = 17), collapse = " "), "\\n")
"""


@cache
def has(package: str) -> bool:
    """Whether R and one of its packages are installed."""
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", f'quit(status = !requireNamespace("{package}", quietly = TRUE))']
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def run(body: str, frames: Mapping[str, pd.DataFrame], *packages: str, rounds: int = 3) -> Timed | None:
    """Run R code on data frames of these names; its last value is what it found. None where a package is missing."""
    if not all(has(package) for package in packages):
        return None
    with tempfile.TemporaryDirectory() as folder:
        reading = []
        for name, frame in frames.items():
            path = Path(folder) / f"{name}.csv"
            frame.to_csv(path, index=False)
            reading.append(f"{name} <- read.csv({json.dumps(str(path))})")
        libraries = "; ".join(f"library({package})" for package in packages)
        script = _FRAME.format(libraries=libraries, reading="\n".join(reading), rounds=rounds, body=body)
        ran = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    (line,) = (line for line in ran.stdout.splitlines() if line.startswith("RESULT"))
    seconds, *values = (float(part) for part in line.split()[1:])
    return Timed(seconds, values)
