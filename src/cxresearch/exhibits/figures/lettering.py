"""Text inside a figure: literal, in glyphs that the font has, wrapped to the room there is."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import cache

from matplotlib import font_manager, ft2font

from cxresearch.exhibits.style import FONT
from cxresearch.language import Text, render

_NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_STANDS_IN = "\N{WHITE SQUARE}"


@cache
def _glyphs() -> frozenset[str]:
    path = font_manager.findfont(FONT, fallback_to_default=False)
    return frozenset(chr(code) for code in ft2font.FT2Font(path).get_charmap())


def _drawable(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind[0] == "C":
        return ""
    if sign in _glyphs():
        return sign
    return "" if kind[0] == "S" or kind in ("Mn", "Me") else _STANDS_IN


def literal(text: str) -> str:
    """One line of text that the font can draw: emoji are dropped, letters it lacks become a white square."""
    spaced = re.sub(rf"[^\S{_NO_BREAK}]+", " ", unicodedata.normalize("NFC", text))
    drawn = "".join(map(_drawable, spaced))
    return re.sub(" +", " ", drawn).strip(" ")


def written(text: Text, language: str) -> str:
    """A text in one language as one literal line."""
    return literal(render(text, language))


def wrapped(text: Text, language: str, width: int, lines: int = 3) -> str:
    """A text in one language, wrapped to `width` characters and cut with an ellipsis after `lines` lines."""
    rows = textwrap.wrap(written(text, language), width, max_lines=lines, placeholder=" …")
    return "\n".join(rows)
