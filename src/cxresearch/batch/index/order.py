"""The order in which Finnish lists names: å, ä and ö after z, numbers by their size."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

OrderKey: TypeAlias = tuple[tuple[tuple[int, int, str], ...], str]

_PARTS = re.compile(r"([0-9]+)")
_LAST = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"}
"""Letters after z as the signs that follow z in code."""
_LIKE = {"ü": "y", "đ": "d", "ð": "d", "ł": "l", "ŋ": "n", "ß": "ss", "þ": "th", "œ": "oe"}


def finnish_order(name: str) -> OrderKey:
    """Sort key of a name.

    Letters with other accents count as their plain letter, ü as y, spaces and signs come before digits and letters
    (Unicode CLDR, locale `fi`); capitals and accents decide only between names that are otherwise the same.
    """
    plain = "".join(_plain(letter) for letter in unicodedata.normalize("NFC", name).casefold())
    return tuple(_part(part) for part in _PARTS.split(plain) if part), name


def _plain(letter: str) -> str:
    if letter in _LAST:
        return _LAST[letter]
    if letter in _LIKE:
        return _LIKE[letter]
    base = "".join(sign for sign in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(sign))
    if len(base) == 1 and not base.isalnum():
        return " "
    return base


def _part(part: str) -> tuple[int, int, str]:
    """Signs, then numbers by their size, of any length, then letters."""
    if part.isascii() and part.isdigit():
        digits = part.lstrip("0")
        return 1, len(digits), digits
    return (0 if part[0] == " " else 2), 0, part
