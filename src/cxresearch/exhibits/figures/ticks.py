"""Numbers on the axes, written as each language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import Formatter, MaxNLocator

from cxresearch.language import decimal, percent, share_of_one

Kind = Literal["number", "bounded", "percent", "count"]
_MOST_DIGITS = 6


def _digits(places: Sequence[float]) -> int:
    for digits in range(_MOST_DIGITS):
        if np.allclose(np.round(places, digits), places, rtol=0, atol=10.0 ** -(digits + 3)):
            return digits
    return _MOST_DIGITS


class NumberTicks(Formatter):
    """Tick labels through `language.numbers`: decimal comma or point, true minus, no-break spaces.

    Parameters
    ----------
    language : `fi` or `en`. kind : `bounded` for numbers that cannot exceed one, `percent` for shares;
        signs of the shares are dropped where `absolute` is set (bars to both sides of a centre).
    """

    def __init__(self, language: str, kind: Kind = "number", absolute: bool = False) -> None:
        self.language = language
        self.kind = kind
        self.absolute = absolute

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All labels of an axis, with as many decimals as the finest of them needs."""
        shown = [100 * value if self.kind == "percent" else value for value in values]
        digits = _digits(shown)
        return [self._written(value, digits) for value in values]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One label by itself, as a cursor shows it."""
        return self._written(x, _digits([100 * x if self.kind == "percent" else x]))

    def _written(self, x: float, digits: int) -> str:
        value = abs(x) if self.absolute else x
        if self.kind == "bounded" and self.language == "en" and round(value, digits) == 0:
            return "0"
        write = {"percent": percent, "bounded": share_of_one}.get(self.kind, decimal)
        return write(value, self.language, digits)


def number_axis(axis: Axis, language: str, kind: Kind = "number", bins: int = 6, **options: Any) -> None:
    """Give an axis round ticks, at most `bins` intervals of them, written in the language."""
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=kind == "count"))
    axis.set_major_formatter(NumberTicks(language, kind, **options))
