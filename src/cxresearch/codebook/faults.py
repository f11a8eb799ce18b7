"""Why a cell is no valid number for its variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cxresearch.codebook.places import Fault
from cxresearch.codebook.texts import cell_text, parse_number, visible
from cxresearch.codebook.variables import Variable

MISSING_WORDS = frozenset({
    "n/a", "na", "n.a.", "nan", "none", "null", "nil", "missing", "blank", "empty", "unknown", "refused",
    "not scored", "not applicable", "not available", "no answer", "no response", "don't know", "dont know",
    "do not know", "dk", "idk", "suppressed", "masked", "*", "**", ".", "..", "…", "-", "--", "–", "—", "?", "x",
    "xx", "en osaa sanoa", "eos", "e.o.s.", "ei osaa sanoa", "ei vastausta", "ei vastattu", "ei vastannut",
    "ei tietoa", "tieto puuttuu", "puuttuu", "puuttuva", "tyhjä", "ei koske", "ei sovellu", "ei koske minua",
})  # fmt: skip
"""What exports write where there is no answer."""

MISSING_NUMBERS = frozenset(
    {-1.0, -2.0, -3.0, -7.0, -8.0, -9.0, -88.0, -98.0, -99.0, -999.0, 77.0, 88.0, 96.0, 97.0, 98.0, 99.0, 777.0, 888.0}
    | {997.0, 998.0, 999.0, 9997.0, 9998.0, 9999.0, 99999.0}
)
"""Numbers that surveys use as codes for no answer."""

_PERCENT = re.compile(r".*[0-9] ?%")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_CODE_AND_LABEL = re.compile(r"[0-9]+ ?[-–—=:.,)(]* ?[^\W\d_]{2}.*")


def not_a_number(value: object, decimal: str, labels: Mapping[float | str, str]) -> Fault:
    """The fault of a cell that should be a number and is none."""
    text = visible(cell_text(value))
    if text.startswith("#") and len(text) > 1:
        return Fault("spreadsheet_error")
    if _PERCENT.fullmatch(text):
        return Fault("percent")
    if text.casefold() in MISSING_WORDS:
        return Fault("unknown_missing_code")
    if parse_number(text, "," if decimal == "." else ".") is not None:
        return Fault("other_decimal", {"decimal": decimal})
    if text in labels.values() or _CODE_AND_LABEL.fullmatch(text) or _LETTERS.match(text):
        return Fault("words")
    return Fault("not_a_number")


def _whole(number: float, variable: Variable) -> Fault | None:
    return None if number >= 0 and number.is_integer() else Fault("not_a_count")


def _positive(number: float, variable: Variable) -> Fault | None:
    return None if number > 0 else Fault("weight_not_positive")


def _not_negative(number: float, variable: Variable) -> Fault | None:
    return None if number >= 0 else Fault("standard_error_negative")


def _seconds(number: float, variable: Variable) -> Fault | None:
    return None if number >= 0 else Fault("duration_negative")


def _share(number: float, variable: Variable) -> Fault | None:
    most = 100.0 if variable.maximum == 100 else 1.0
    if 0 <= number <= most:
        return None
    return Fault("rate_in_percent" if 1 < number <= 100 else "not_a_rate")


def _in_range(number: float, variable: Variable) -> Fault | None:
    low, high = variable.minimum, variable.maximum
    if (low is None or number >= low) and (high is None or number <= high):
        return None
    if number in MISSING_NUMBERS:
        code = "missing_number"
    else:
        code = "below_minimum" if high is None else "above_maximum" if low is None else "out_of_range"
    return Fault(code, {"min": "" if low is None else f"{low:g}", "max": "" if high is None else f"{high:g}"})


_CHECKS: Mapping[str, Callable[[float, Variable], Fault | None]] = {
    "score_n": _whole,
    "eligible": _whole,
    "options": _whole,
    "weight": _positive,
    "score_se": _not_negative,
    "duration": _seconds,
    "response_rate": _share,
}


def wrong_number(number: float, variable: Variable, *, counts: bool = False) -> Fault | None:
    """The fault of a number that its variable cannot hold; None for a valid one. `counts`: the cell counts answers."""
    return _CHECKS.get("options" if counts else variable.role, _in_range)(number, variable)
