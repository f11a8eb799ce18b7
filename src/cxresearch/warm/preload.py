"""Which modules warm processes import before anything runs in them, and whether their files are still the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

VARIABLE = "CXRESEARCH_WARM_PRELOAD"
"""Environment variable that names other modules, with commas between them."""

PRELOADED = (
    "numpy",
    "pandas",
    "scipy.stats",
    "matplotlib.pyplot",
    "seaborn",
    "statsmodels.api",
    "cxresearch.workflow.session",
)
"""What the notebooks of an analysis import."""


def preloaded() -> list[str]:
    """The modules to import."""
    named = os.environ.get(VARIABLE)
    if named is None:
        return list(PRELOADED)
    return [module.strip() for module in named.split(",") if module.strip()]


def loaded_sources() -> dict[str, int]:
    """The files that this process's modules came from, and when each was changed."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return changed_at({file for file in files if file})


def changed_at(files: Iterable[str]) -> dict[str, int]:
    """When each file was changed, in nanoseconds; 0 if it is gone."""
    return {file: _changed(file) for file in files}


def _changed(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0
