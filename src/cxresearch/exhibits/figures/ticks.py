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

    def __call__(self, x: float, pos: int | None = None) -> str:
        value = abs(x) if self.absolute else x
        places = list(self.locs) if len(self.locs) else [x]
        if self.kind == "percent":
            return percent(value, self.language, _digits([100 * place for place in places]))
        write = share_of_one if self.kind == "bounded" else decimal
        return write(value, self.language, _digits(places))


def number_axis(axis: Axis, language: str, kind: Kind = "number", bins: int = 6, **options: Any) -> None:
    """Give an axis round ticks, at most `bins` intervals of them, written in the language."""
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=kind == "count"))
    axis.set_major_formatter(NumberTicks(language, kind, **options))
