"""What a reader returns: the cells exactly as the file holds them, and where each row stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Lines = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Missing:
    """User-missing values that the file declares: the closed range `low` … `high`; one value if they are equal."""

    low: float | str
    high: float | str

    def holds(self, value: object) -> bool:
        """Whether a cell is missing by this declaration; text is compared as text, numbers as numbers."""
        if isinstance(self.low, str) or isinstance(self.high, str):
            return isinstance(value, str) and str(self.low) <= value <= str(self.high)
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A source before its codebook: N rows × K columns as in the file, nothing cleaned, nothing guessed missing.

    Attributes
    ----------
    name : the source's name in the study; file : the file as the user named it.
    frame : N × K, object columns of str, int, float, bool, datetime or None (a cell without content; never in text
        tables, where it is the empty string), RangeIndex. Whole numbers of formats that know only one kind of number
        (Excel, SPSS) are int.
    lines : (N,) physical line of a text file at which the row begins, sheet row, or record number, from 1.
    sha256 : hash of the file; of the rows for a database address.
    format : csv, xlsx, xls, ods, sav, dta, parquet or sql.
    decimal : `,` or `.`, the decimal sign of numbers that are written as text.
    details : what was detected (encoding, delimiter, quote, line_ends, sheet, header_row, …).
    value_labels : column → value → label; variable_labels : column → label; user_missing : column → declarations.
    """

    name: str
    file: str
    frame: pd.DataFrame
    lines: Lines
    sha256: str
    format: str
    decimal: str
    details: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[float | str, str]] = field(default_factory=dict)
    variable_labels: Mapping[str, str] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[Missing, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lines.shape != (len(self.frame),):
            raise ValueError(f"{self.file}: {len(self.frame)} rows, but lines of shape {self.lines.shape}")
        if any(dtype.kind != "O" for dtype in self.frame.dtypes):
            raise ValueError(f"{self.file}: a raw table has object columns only")
