"""Whether numbers that are written as text have a decimal comma or a decimal point."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

SAMPLE = 20_000
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_POINT = re.compile(r"\s*[+-]?\d*\.\d+\s*")
_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}[,.]\d{3}\s*")


def settle_decimal(
    columns: Iterable[Sequence[object] | pd.Series | npt.NDArray[np.object_]], declared: str | None, delimiter: str = ""
) -> str:
    """The declared decimal sign, else the one that more distinct values bear, else a point.

    The first 20,000 rows are looked at. Groups of three digits (`1,234`, `1.234`) may be thousands: they count only
    where nothing else is at hand, and then as decimals if the file's delimiter is not a comma.
    """
    if declared is not None:
        return declared
    counts = {",": 0, ".": 0}
    doubtful = {",": 0, ".": 0}
    for column in columns:
        for value in set(column[:SAMPLE]):
            sign = _sign_of(value)
            if sign:
                (doubtful if _THOUSANDS.fullmatch(str(value)) else counts)[sign] += 1
    if not any(counts.values()) and delimiter != ",":
        counts = doubtful
    return "," if counts[","] > counts["."] else "."


def _sign_of(value: object) -> str:
    if not isinstance(value, str):
        return ""
    if "," in value:
        return "," if _COMMA.fullmatch(value) else ""
    return "." if "." in value and _POINT.fullmatch(value) else ""
