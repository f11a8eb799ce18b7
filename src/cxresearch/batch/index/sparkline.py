"""A line of results by period, as small as a word; what is not released is a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 64, 22
"""In pixels; the style sheet gives the picture this size."""
_MARGIN = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at the lower and upper edge; one scale for all lines of a measure, so that they compare."""

    low: float
    high: float

    def place(self, value: float) -> int:
        """Pixels from the top."""
        room = HEIGHT - 2 * _MARGIN
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return _MARGIN + round((1 - min(max(share, 0.0), 1.0)) * room)


def common_scale(lines: Iterable[Sequence[float | None]]) -> Scale | None:
    """The scale that holds every released value; None if there is none."""
    values = [value for line in lines for value in line if value is not None]
    return Scale(min(values), max(values)) if values else None


def sparkline(values: Sequence[float | None], scale: Scale) -> str:
    """The line as SVG path data; "" if nothing is released.

    Only released neighbours are joined: a period that is not released breaks the line, and a value between two such
    periods is a short dash. Nothing is drawn where a value is withheld,
    and the scale knows no withheld value.
    """
    step = (WIDTH - 2 * _MARGIN) / max(len(values) - 1, 1)
    start = _MARGIN if len(values) > 1 else WIDTH // 2
    parts = []
    for run in _runs(values):
        points = [(round(start + step * place), scale.place(value)) for place, value in run]
        (x, y), *tail = points
        parts.append(f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in tail) if tail else f"M{x - 1} {y}h2")
    return "".join(parts)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Released values with their places, neighbours together."""
    runs: list[list[tuple[int, float]]] = []
    joined = False
    for place, value in enumerate(values):
        if value is not None:
            if joined:
                runs[-1].append((place, value))
            else:
                runs.append([(place, value)])
        joined = value is not None
    return runs
