"""What a cell of a raw file says, as text and as a number."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata

import numpy as np
import pandas as pd

_JOINERS = (0x200C, 0x200D)
_CONTROLS = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0))
_UNSEEN = (0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2060, 0x2070))
_INVISIBLE = dict.fromkeys([*_CONTROLS, *_UNSEEN, *_JOINERS])
_NEVER_SHOWN = dict.fromkeys([*_CONTROLS, *_UNSEEN])  # joiners hold emoji and some scripts together
_DIGITS = r"(?:[0-9]+|[0-9]{1,3}(?: [0-9]{3})+)"
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
_PATTERNS = {
    mark: re.compile(rf"[+-]?(?:{_DIGITS}(?:{mark}[0-9]*)?|{mark}[0-9]+){_EXPONENT}") for mark in (r"\.", ",", "[.,]")
}
_MINUSES = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-"})


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or text without a visible character."""
    if isinstance(value, str):
        return not visible(value)
    return value is None or value is pd.NA or bool(value != value)


def visible(text: str) -> str:
    """Text in its compatibility form, without invisible characters, blanks trimmed and collapsed."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFKC", text).translate(_INVISIBLE).split())


def cell_text(value: object) -> str:
    """A cell as text: numbers without a needless `.0`, dates as ISO 8601, "" where it holds nothing."""
    if isinstance(value, str):
        return " ".join(value.translate(_NEVER_SHOWN).split()) if visible(value) else ""
    if is_blank(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).upper()
    if isinstance(value, (int, float, np.integer, np.floating)):
        return number_text(float(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else visible(str(value))


def number_text(value: float) -> str:
    """A number as text: `12`, not `12.0`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def parse_number(value: object, decimal: str) -> float | None:
    """A cell as a finite number; None when it is none.

    Parameters
    ----------
    decimal : the file's decimal separator, `,` or `.`; "" accepts either (text inside a typed file). Groups of
        three digits may be parted by blanks.
    """
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return _other_number(value)
    text = visible(value).translate(_MINUSES)
    pattern = _PATTERNS[{".": r"\.", ",": ","}.get(decimal, "[.,]")]
    if not pattern.fullmatch(text):
        return None
    number = float(text.replace(" ", "").replace(",", "."))
    return number if math.isfinite(number) else None


def _other_number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
