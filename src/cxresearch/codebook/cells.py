"""One cell of the codebook: yes or no, a number, a list of codes, response options."""

from __future__ import annotations

from collections.abc import Mapping

from cxresearch.codebook.texts import parse_number, visible
from cxresearch.codebook.variables import SIDES

_FLAGS = {
    **dict.fromkeys(("", "no", "n", "false", "0", "ei", "epätosi"), False),
    **dict.fromkeys(("yes", "y", "true", "1", "kyllä", "k", "tosi"), True),
}


class CellError(ValueError):
    """A cell that cannot be read; its text is the problem's code, without the topic."""


def flag(text: str) -> bool:
    """Yes or no, in English or Finnish; an empty cell is no."""
    folded = visible(text).casefold()
    if folded not in _FLAGS:
        raise CellError("bad_flag")
    return _FLAGS[folded]


def number(text: str) -> float | None:
    """A number with a decimal point or comma; None when the cell is empty."""
    if not text:
        return None
    value = parse_number(text, "")
    if value is None:
        raise CellError("bad_number")
    return value


def codes(text: str) -> tuple[str, ...]:
    """Codes parted by `|`, without repetition."""
    return tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))


def options(text: str) -> Mapping[float | None, tuple[str, ...]]:
    """Response options `1=column|2=column|=column`: value to the columns that count it; None is no answer."""
    found: dict[float | None, tuple[str, ...]] = {}
    for part in text.split("|") if text else ():
        value_text, equals, column = part.partition("=")
        if not equals or not column.strip():
            raise CellError("bad_option")
        try:
            value = number(value_text.strip())
        except CellError:
            raise CellError("bad_option") from None
        found[value] = (*found.get(value, ()), column.strip())
    return found


def informant(text: str) -> str:
    """Sides joined by `+`, in the order of `SIDES`."""
    named = {part.strip().casefold() for part in text.split("+")} if text else set()
    if named - set(SIDES):
        raise CellError("bad_informant")
    return "+".join(side for side in SIDES if side in named)
