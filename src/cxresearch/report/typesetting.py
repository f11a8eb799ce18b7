"""Typst in this process, with the fonts of two wheels only, so that a report looks alike on every machine.

Typst carries Libertinus Serif; matplotlib carries DejaVu Sans, which has the signs that Libertinus lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

_compile: Callable[..., Any] = (
    typst.compile_with_warnings
)  # its stub does not know that the input may be a mapping of files


class TypesettingError(Exception):
    """Typst refused its source or warned about it; the text is Typst's own."""


def _folder() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_folder())])


@cache
def _signs() -> frozenset[str]:
    return frozenset(map(chr, FT2Font(str(_folder() / "DejaVuSans.ttf")).get_charmap())) | set("\n\t\u00ad\u200b\u2060")


def load_fonts() -> None:
    """Read the fonts now instead of with the first page. Starts no thread; typesetting does."""
    _fonts()
    _signs()


def printable(text: str) -> str:
    """A text whose signs all have a letterform in the fonts; others (emoji, Chinese) become U+FFFD.

    PDF/A refuses a sign without a letterform, and a label from a data file may hold any sign.
    """
    known = _signs()
    return "".join(sign if sign in known else "\N{REPLACEMENT CHARACTER}" for sign in text)


def typeset(files: Mapping[str, bytes], **options: Any) -> bytes:
    """Compile `main.typ` among the files (all of them UTF-8 texts) to one PDF or PNG.

    Raises
    ------
    TypesettingError
        On any error or warning; an unknown font is a warning.
    """
    try:
        made, warned = _compile(dict(files), font_paths=_fonts(), ignore_system_fonts=True, **options)
    except RuntimeError as failure:
        raise TypesettingError(str(failure)) from failure
    if warned:
        raise TypesettingError("; ".join(str(warning) for warning in warned))
    return bytes(made[0] if isinstance(made, list) else made)
