"""The house look: one theme, colours that survive colour blindness and greyscale print, one font.

The theme lives in a context (`house_style`) and starts from matplotlib's own defaults, so a user's
settings neither change our figures nor are changed by them. The font is the one matplotlib ships.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.style
import seaborn
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

FONT = "DejaVu Sans"
TEXT_SIZE = 8.0
SMALL_SIZE = 7.0

EX = "#0A4A82"
"""Employee experience: dark blue, circles, solid lines."""
CX = "#D55E00"
"""Customer experience: vermilion, squares, dashed lines."""
INK = "#262626"
GREY = "#6B6B6B"
PALE = "#D9D9D9"
BAND = "#ECECEC"

MARKERS = {"ex": "o", "cx": "s"}
LINES: dict[str, Any] = {"ex": "-", "cx": (0, (5, 2))}

NEUTRAL = "#E6E6E6"
_NEGATIVE = ("#7A2504", "#CF6A26", "#F2B98C")
_POSITIVE = ("#A9CBE6", "#4F94C8", "#083C6D")

VERDICTS = {
    "supported": (EX, "\N{CHECK MARK}"),
    "contradicted": ("#B3440A", "\N{BALLOT X}"),
    "no_meaningful_effect": ("#5C4B7D", "\N{ALMOST EQUAL TO}"),
    "inconclusive": ("#7A5B00", "?"),
    "not_testable": ("#5F5F5F", "\N{EN DASH}"),
}
"""Colour and symbol of each verdict; the symbol alone tells them apart."""


def _ramp(anchors: tuple[str, ...], count: int) -> list[str]:
    if count == 1:
        return [anchors[1]]
    ramp = LinearSegmentedColormap.from_list("likert", list(anchors))
    return [to_hex(ramp(place / (count - 1))) for place in range(count)]


def likert_colours(options: int) -> list[str]:
    """Diverging colours for answer options in rising order, a pale grey middle where there is one.

    Lightness rises towards the middle, so neighbours also differ in greyscale print.
    """
    if options < 2:
        raise ValueError(f"a diverging palette needs two options or more, got {options}")
    side = options // 2
    middle = [NEUTRAL] if options % 2 else []
    return _ramp(_NEGATIVE, side) + middle + _ramp(_POSITIVE, side)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, colour))


def theme() -> dict[str, Any]:
    """The matplotlib settings of the house look."""
    look: dict[str, Any] = dict(seaborn.axes_style("ticks")) | dict(seaborn.plotting_context("paper"))
    return look | {
        "font.family": [FONT],
        "font.size": TEXT_SIZE,
        "axes.labelsize": TEXT_SIZE,
        "axes.titlesize": TEXT_SIZE,
        "axes.titlelocation": "left",
        "xtick.labelsize": SMALL_SIZE + 0.5,
        "ytick.labelsize": SMALL_SIZE + 0.5,
        "legend.fontsize": SMALL_SIZE + 0.5,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "text.parse_math": False,
        "text.usetex": False,
        "svg.fonttype": "path",
        "path.simplify": True,
        "hatch.linewidth": 0.6,
    }


@contextmanager
def house_style(salt: str) -> Iterator[None]:
    """Draw and save inside this context; `salt` makes the ids inside an SVG file reproducible."""
    with matplotlib.style.context(["default", theme() | {"svg.hashsalt": salt}]):
        yield
