"""Text inside a figure: literal, in glyphs that the font has, wrapped to the room there is."""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache
from pathlib import Path

from matplotlib import font_manager, ft2font

from cxresearch.exhibits.style import FONT
from cxresearch.language import Text, render

_NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_STANDS_IN = "\N{WHITE SQUARE}"


_AVERAGE_EM = 0.58
"""Mean advance of running text, in ems: the unit in which widths are given as numbers of characters."""


@cache
def _font() -> ft2font.FT2Font:
    """The font in memory: an open file would be read at one place by all processes that are copied from this one."""
    return ft2font.FT2Font(io.BytesIO(Path(font_manager.findfont(FONT, fallback_to_default=False)).read_bytes()))


@cache
def _glyphs() -> frozenset[str]:
    return frozenset(chr(code) for code in _font().get_charmap())


@cache
def _advance(sign: str) -> float:
    glyph = _font().load_char(ord(sign), flags=ft2font.LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / float(_font().units_per_EM)


def width_of(text: str) -> float:
    """Width of a line in characters of average width."""
    return sum(map(_advance, text)) / _AVERAGE_EM


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


def points_of(text: str, size: float) -> float:
    """Width of a line in points when it is set in a font size."""
    return sum(map(_advance, text)) * size


def _pieces(text: str, width: float) -> list[str]:
    """The words of a text, words wider than a line cut where they must be."""
    pieces: list[str] = []
    for word in text.split(" "):
        rest = word
        while width_of(rest) > width:
            cut = max(1, next(end for end in range(1, len(rest) + 1) if width_of(rest[:end]) > width) - 1)
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    return pieces


def _shortened(line: str, width: float) -> str:
    while line and width_of(line + "…") > width:
        line = line[:-1]
    return line.rstrip(" ") + "…"


def wrapped(text: Text, language: str, width: float, lines: int = 3) -> str:
    """A text in one language, broken into lines no wider than `width` average characters.

    What does not fit into `lines` lines becomes an ellipsis.
    """
    rows = [""]
    for piece in _pieces(written(text, language), width):
        longer = f"{rows[-1]} {piece}" if rows[-1] else piece
        if width_of(longer) <= width or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(piece)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], _shortened(" ".join(rows[lines - 1 :]), width)]
    return "\n".join(rows)
