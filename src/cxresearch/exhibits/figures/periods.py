"""A time axis of named periods."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

_ROOM = 84
"""Characters that fit side by side under a figure as wide as the text."""


def period_axis(axes: Axes, periods: Sequence[str]) -> None:
    """Name the places 0, 1, …; only every k-th where the names would touch, slanted where they are long."""
    longest = max((len(period) for period in periods), default=1)
    slanted = longest * min(len(periods), 6) > _ROOM
    names = [period if len(period) <= 24 else period[:23] + "…" for period in periods] if slanted else list(periods)
    each = 4 if slanted else longest + 2
    step = max(1, -(-len(periods) * each // _ROOM))
    places = range(0, len(periods), step)
    axes.set_xticks(list(places), [names[place] for place in places])
    if slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")
