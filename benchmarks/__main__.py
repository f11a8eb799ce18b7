"""Print the table: `python -m benchmarks [name …]`, all comparisons unless some are named."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import (
    agreement,
    batch,
    large_data,
    random_intercept,
    random_slope,
    resampling,
    scale_reliability,
    specifications,
    structural_equations,
)
from benchmarks.comparison import printed

COMPARISONS = {
    "random_intercept": random_intercept.rows,
    "large_data": large_data.rows,
    "random_slope": random_slope.rows,
    "scale_reliability": scale_reliability.rows,
    "structural_equations": structural_equations.rows,
    "agreement": agreement.rows,
    "resampling": resampling.rows,
    "specifications": specifications.rows,
    "batch": batch.rows,
}


def main() -> None:
    """Run the comparisons and print one table."""
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or list(COMPARISONS)
    found = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        found += COMPARISONS[name]()
    print(printed(found))


if __name__ == "__main__":
    main()
