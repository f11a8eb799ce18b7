"""Numbers and dates as Finnish and English texts write them.

Finnish: decimal comma, no-break space between thousands and before the per cent sign.
English (APA 7): decimal point, comma between thousands, no zero before the point of a number that
cannot exceed one in size (correlations, p values). Both use the true minus sign U+2212.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
EN_DASH = "\N{EN DASH}"
_LOCALES = {"fi": "fi_FI", "en": "en_US"}


def _digits(value: float, language: str, digits: int) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    if round(value, digits) == 0:
        value = 0.0  # never "-0.00"
    text = format_decimal(value, format=pattern, locale=_LOCALES[language])
    return text.replace("-", MINUS)


def decimal(value: float, language: str, digits: int = 2) -> str:
    """Write a number with a fixed count of decimals: `1 234,50` (fi), `1,234.50` (en)."""
    if not math.isfinite(value):
        raise ValueError(f"only finite numbers are written, got {value!r}")
    return _digits(value, language, digits)


def count(value: float, language: str) -> str:
    """Write a whole number with grouped thousands."""
    return decimal(round(value), language, 0)


def signed(value: float, language: str, digits: int = 2) -> str:
    """Write a number with its sign, also when it is positive."""
    text = decimal(value, language, digits)
    return text if text.startswith(MINUS) or round(value, digits) == 0 else "+" + text


def share_of_one(value: float, language: str, digits: int = 2) -> str:
    """Write a number bounded by one in size (a correlation, a reliability): `0,39` (fi), `.39` (en)."""
    text = decimal(value, language, digits)
    if language == "en" and abs(round(value, digits)) < 1:
        return text.replace("0.", ".", 1)
    return text


def percent(value: float, language: str, digits: int = 0) -> str:
    """Write a share (0..1) as per cent: `39 %` (fi, no-break space), `39%` (en)."""
    text = decimal(100 * value, language, digits)
    return f"{text}{NO_BREAK}%" if language == "fi" else f"{text}%"


def p_value(value: float, language: str) -> str:
    """Write a p value with its relation sign: `= 0,012` or `< 0,001` (fi), `= .012` or `< .001` (en)."""
    if not 0 <= value <= 1:
        raise ValueError(f"a p value lies between 0 and 1, got {value!r}")
    if value < 0.001:
        return f"<{NO_BREAK}{share_of_one(0.001, language, 3)}"
    return f"={NO_BREAK}{share_of_one(value, language, 3)}"


def interval(low: float, high: float, language: str, digits: int = 2, bounded: bool = False) -> str:
    """Write an interval: `[0,14; 0,58]` (fi, semicolon because of the comma), `[0.14, 0.58]` (en)."""
    write = share_of_one if bounded else decimal
    gap = "; " if language == "fi" else ", "
    return f"[{write(low, language, digits)}{gap}{write(high, language, digits)}]"


def date(value: datetime.date, language: str) -> str:
    """Write a date: `21.11.2026` (fi), `November 21, 2026` (en)."""
    return (
        format_date(value, format="short" if language == "fi" else "long", locale=_LOCALES[language])
        if language == "en"
        else f"{value.day}.{value.month}.{value.year}"
    )


def format_value(value: Any, spec: str, language: str) -> str:
    """Write one placeholder's value by its format spec.

    Specs: `n` count, `dK` K decimals, `sK` signed, `rK` bounded by one, `pctK` per cent of a share,
    `p` p value with relation, `date`; no spec writes strings as they are and whole numbers as counts.
    """
    if spec == "" and isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"only finite numbers are written, got {value!r}")
    if spec in ("", "n"):
        if isinstance(value, float) and spec == "" and value != round(value):
            raise ValueError(f"a fractional number needs a format, got {value!r}")
        return count(value, language)
    if spec == "p":
        return p_value(value, language)
    if spec == "date":
        return date(value, language)
    for prefix, write in (("pct", percent), ("d", decimal), ("s", signed), ("r", share_of_one)):
        if spec.startswith(prefix) and spec[len(prefix) :].isdigit():
            return write(value, language, int(spec[len(prefix) :]))
    raise ValueError(f"unknown number format {spec!r}; known: n, dK, sK, rK, pctK, p, date")
