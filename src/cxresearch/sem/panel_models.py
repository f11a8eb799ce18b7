"""Cross-lagged panel models of two variables over periods: with stable differences between units set apart, or not."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.sem.model import Entry, Model


def _lagged(x: Sequence[str], y: Sequence[str], *, equal: bool) -> list[Entry]:
    """Effects of each period on the next; labels `x_x`, `x_y` (x on y), `y_x`, `y_y`, with the period if free."""
    entries = []
    for period in range(1, len(x)):
        tail = "" if equal else f"@{period + 1}"
        for to, effect in ((x, "x"), (y, "y")):
            entries.append(Entry("directed", to[period], x[period - 1], label=f"{effect}_x{tail}"))
            entries.append(Entry("directed", to[period], y[period - 1], label=f"{effect}_y{tail}"))
    return entries


def _spread(x: Sequence[str], y: Sequence[str], *, steady: bool = False) -> list[Entry]:
    """Variances of the two variables in each period, and their covariance in it; `steady`: equal after the first."""

    def label(first: str, second: str, period: int) -> str:
        return (
            f"{'x' if first in x else 'y'}~~{'x' if second in x else 'y'}"
            if steady and period
            else f"{first}~~{second}"
        )

    entries = []
    for period, (a, b) in enumerate(zip(x, y, strict=True)):
        entries += [
            Entry("covariance", one, two, label=label(one, two, period)) for one, two in ((a, a), (b, b), (a, b))
        ]
    return entries


def clpm(x: Sequence[str], y: Sequence[str], *, equal: bool = False, steady: bool = False, means: bool = True) -> Model:
    """The cross-lagged panel model: each period's values depend on the period before; units do not differ lastingly.

    Only a foil: its lags mix differences between units with changes within them (Hamaker, Kuiper and Grasman 2015).
    """
    observed = (*x, *y)
    entries = _lagged(x, y, equal=equal) + _spread(x, y, steady=steady)
    if means:
        entries += [Entry("mean", name, label=f"{name}~1") for name in observed]
    return Model(observed, (), (tuple(entries),), means)


def riclpm(x: Sequence[str], y: Sequence[str], *, equal: bool = False, steady: bool = False) -> Model:
    """The random-intercept cross-lagged panel model (Hamaker, Kuiper and Grasman 2015) of at least three periods.

    Each unit has a lasting level of x and of y (`x.level`, `y.level`); what departs from it in a period
    (`<name>.within`) depends on the departures of the period before. `equal` holds the lags equal over
    periods; `steady` also the variances and covariances of what the lags leave, for panels of few units.
    """
    observed = (*x, *y)
    within_x, within_y = [f"{name}.within" for name in x], [f"{name}.within" for name in y]
    levels = ("x.level", "y.level")
    entries = [Entry("directed", name, levels[0], fixed=1.0) for name in x]
    entries += [Entry("directed", name, levels[1], fixed=1.0) for name in y]
    entries += [
        Entry("directed", name, inner, fixed=1.0) for name, inner in zip(observed, (*within_x, *within_y), strict=True)
    ]
    entries += _lagged(within_x, within_y, equal=equal)
    entries += _spread(within_x, within_y, steady=steady) + _spread(levels[:1], levels[1:])
    entries += [Entry("mean", name, label=f"{name}~1") for name in observed]
    return Model(observed, (*levels, *within_x, *within_y), (tuple(entries),), True)
