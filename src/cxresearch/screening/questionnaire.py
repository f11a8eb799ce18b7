"""What screening needs to know of a source's items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook import Responses, Variable
from cxresearch.codebook.narrowing import patterns
from cxresearch.moments import Floats, Ints

Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The answers of one source in the order of the codebook; of a counted source each different one once.

    Attributes
    ----------
    items : (N, K) answers as given; NaN missing. variables : (K,) what they are.
    battery : columns of the largest group of items that share one answering scale, in order. length : of that scale.
    scales : columns of the battery's items by scale, two or more items each.
    units : (N,) unit as a code. frequency : (N,) how many respondents each row stands for.
    duration : (N,) seconds, or None where the source does not tell. told : (N, M) all that a person told, for copies.
    place : of each row of the source its row here; None = they are the same rows.
    """

    items: Floats
    variables: tuple[Variable, ...]
    battery: Ints
    length: float
    scales: tuple[tuple[int, ...], ...]
    units: Ints
    frequency: Ints
    duration: Floats | None
    told: pd.DataFrame
    place: NDArray[np.integer[Any]] | None = None

    def turned(self, rows: slice) -> Floats:
        """(M, K) answers of some rows, reversed items turned."""
        columns = zip(self.variables, self.items[rows].T, strict=True)
        return np.stack([variable.turned(answers) for variable, answers in columns], axis=1)


def questionnaire(responses: Responses) -> Questionnaire | None:
    """The questionnaire of a source of respondents; None in other grains, or without items."""
    frame = responses.frame
    items = [v for v in responses.variables if v.role == "item" and v.name in frame]
    if responses.grain != "respondents" or not items or frame.empty:
        return None
    times = [v.name for v in responses.variables if v.role == "duration" and v.name in frame]
    frame, place = patterns(responses, [*(v.name for v in items), *times])
    battery, length = _battery(items)
    names = [v.name for v in responses.variables if v.name in frame and v.role in ("item", "covariate")]
    return Questionnaire(
        items=np.stack([frame[v.name].to_numpy(dtype=np.float64) for v in items], axis=1),
        variables=tuple(items),
        battery=battery,
        length=length,
        scales=_scales(items, battery),
        units=np.asarray(pd.factorize(frame["unit"])[0], dtype=np.int64),
        frequency=frame["frequency"].to_numpy(dtype=np.int64),
        duration=frame[times[0]].to_numpy(dtype=np.float64) if times else None,
        told=frame[["unit", "period", *names]],
        place=place,
    )


def _range(variable: Variable) -> Range:
    return variable.minimum, variable.maximum


def _battery(items: Sequence[Variable]) -> tuple[Ints, float]:
    """Columns of the items on the commonest answering scale (the first of equally common ones), and its length."""
    ranges = [_range(v) for v in items]
    known = [one for one in ranges if None not in one]
    if not known:
        return np.zeros(0, dtype=np.int64), 0.0
    chosen = max(dict.fromkeys(known), key=known.count)
    columns = np.array([place for place, one in enumerate(ranges) if one == chosen], dtype=np.int64)
    low, high = chosen
    return columns, float(high or 0.0) - float(low or 0.0)


def _scales(items: Sequence[Variable], battery: Ints) -> tuple[tuple[int, ...], ...]:
    by_scale: dict[str, list[int]] = {}
    for column in battery.tolist():
        if items[column].scale:
            by_scale.setdefault(items[column].scale, []).append(column)
    return tuple(tuple(columns) for columns in by_scale.values() if len(columns) > 1)
