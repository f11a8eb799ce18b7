"""Natural order: `wave 2` comes before `wave 10`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS = re.compile(r"([0-9]+)")


def _natural(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    parts = _PARTS.split(text.casefold())
    return tuple(_part(part) for part in parts if part), text


def _part(part: str) -> tuple[int, int, str]:
    """Numbers before words; numbers by their size, of any length."""
    if part.isascii() and part.isdigit():
        digits = part.lstrip("0")
        return 0, len(digits), digits
    return 1, 0, part


def in_natural_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Different labels sorted so that the numbers inside them count as numbers."""
    return tuple(sorted(set(labels), key=_natural))
