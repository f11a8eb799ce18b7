"""The same respondent, or the same unit, more than once in a period."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Ints, Objects
from cxresearch.codebook.places import SINGLE_ROWS, Rows, listed
from cxresearch.errors import Problem

Policy = Literal["error", "keep_first", "keep_last"]


def same_key(*parts: Objects) -> Ints:
    """A number for each row (N,), equal where all parts are equal; -1 where the last part is ""."""
    codes = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        own, values = pd.factorize(part)
        codes = pd.factorize(codes * max(len(values), 1) + own)[0].astype(np.int64)
    codes[parts[-1] == ""] = -1
    return codes


def extra_rows(keys: Ints, policy: Policy) -> NDArray[np.bool_]:
    """(N,) the rows that the policy drops, rows being in the file's order; with `error` all but the first."""
    known = keys >= 0
    extra = np.zeros(len(keys), dtype=bool)
    keep: Literal["first", "last"] = "last" if policy == "keep_last" else "first"
    extra[known] = pd.Series(keys[known]).duplicated(keep=keep).to_numpy()
    return extra


def duplicate_problems(
    code: str, column: str, rows: Rows, keys: Ints, names: Objects, units: Objects | None = None
) -> list[Problem]:
    """Problems for keys that occur more than once: one by one up to twenty, else one with their count.

    `units` (N,), if given, adds `_units` to the code where the same key appears in different units.
    """
    extra = extra_rows(keys, "error")
    doubled = pd.unique(keys[extra])
    if len(doubled) > SINGLE_ROWS:
        doubled_rows = [np.flatnonzero(extra)]
    else:
        doubled_rows = [np.flatnonzero(keys == key) for key in doubled]
    problems = []
    for places in doubled_rows:
        first = int(places[0])
        spread = units is not None and _in_several_units(keys, units, places)
        problems.append(
            Problem(
                code=f"data.{code}_units" if spread else f"data.{code}",
                file=rows.file,
                line=int(rows.lines[first]),
                column=column,
                value=str(names[first]),
                details={
                    "count": len(doubled) if len(doubled) > SINGLE_ROWS else 1,
                    "rows": listed((str(line) for line in rows.lines[places]), 5, ", "),
                },
            )
        )
    return problems


def _in_several_units(keys: Ints, units: Objects, places: NDArray[np.intp]) -> bool:
    of_keys = np.isin(keys, keys[places])
    pairs = pd.DataFrame({"key": keys[of_keys], "unit": units[of_keys]}).drop_duplicates()
    return bool(pairs["key"].duplicated().any())
