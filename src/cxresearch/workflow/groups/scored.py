"""A measure as groups of units see it: one row per unit over all periods, and one per unit and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.aggregation import UnitPanel
from cxresearch.codebook import in_natural_order
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.scoring import METRICS
from cxresearch.scoring.metrics import Metric
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure

Mask = NDArray[np.bool_]
LATEST = "groups.latest_period"
"""Health of a level that is told of the last period alone, because earlier ones were asked on another scale."""


@dataclass(frozen=True)
class Scored:
    """One measure by unit.

    Attributes
    ----------
    units : keys of all its units, sorted (J). overall : moments by unit (J) over the periods, persons averaged first.
    waves : by period in time order, moments by unit (J), n = 0 where a unit has no answers.
    published : whether rows are scores of units whose people are not told: each unit then counts as one observation.
    errors : (J,) standard errors of published scores, NaN where not told.
    health : what a reader must know of every level.
    """

    measure: str
    side: str
    metric: Metric
    level: float
    units: tuple[str, ...]
    overall: ScoreMoments
    waves: dict[str, ScoreMoments]
    published: bool
    errors: Floats
    health: tuple[str, ...] = ()
    latest_only: bool = False

    def mask(self, units: Sequence[str]) -> Mask:
        """(J,) which units are among those named."""
        chosen = np.zeros(len(self.units), dtype=bool)
        chosen[[self._places[unit] for unit in units if unit in self._places]] = True
        return chosen

    @cached_property
    def _places(self) -> dict[str, int]:
        return {unit: place for place, unit in enumerate(self.units)}

    def but(self, period: str) -> ScoreMoments:
        """Moments by unit (J) of all other periods together."""
        return together([found for name, found in self.waves.items() if name != period], len(self.units))


def together(parts: Sequence[ScoreMoments], n_units: int) -> ScoreMoments:
    """Moments by unit (J) of several periods taken together."""
    if not parts:
        return ScoreMoments(np.zeros(n_units, dtype=np.int64), np.zeros(n_units), np.zeros(n_units))
    columns = ([getattr(part, name) for part in parts] for name in ("n", "mean", "ss"))
    n, mean, ss = (np.concatenate(column) for column in columns)
    codes = np.tile(np.arange(n_units), len(parts))
    return ScoreMoments(n, mean, ss).pooled(codes, n_units)


def scored(study: Study, measure: str, found: UnitMeasure) -> Scored:
    """A measure's panels as groups need them."""
    declared, panel = study.spec.measures[measure], found.by_period
    published = panel.moments is None or found.overall.moments is None
    codes, units = pd.factorize(panel.frame["unit"], sort=True)
    of_rows = panel.frame["period"].to_numpy(dtype=object)
    rows = _observations(panel) if published or panel.moments is None else panel.moments
    waves = {}
    for period in in_natural_order(of_rows):
        chosen = of_rows == period
        waves[period] = rows.select(chosen).pooled(codes[chosen], len(units))
    latest = declared.standardise == "within_period" and len(waves) > 1
    overall = _overall(found, units, waves, published=published, latest=latest)
    return Scored(
        measure=measure,
        side=panel.side,
        metric=METRICS["mean" if published else declared.metric],
        level=study.spec.criteria.level,
        units=tuple(str(unit) for unit in units),
        overall=overall,
        waves=waves,
        published=published,
        errors=_errors(panel, codes, len(units), latest=list(waves)[-1] if latest else ""),
        health=(*panel.health, *((LATEST,) if latest else ())),
        latest_only=latest,
    )


def _observations(panel: UnitPanel) -> ScoreMoments:
    """Published scores as one observation each."""
    mean = panel.frame["mean"].to_numpy(dtype=np.float64)
    return ScoreMoments(np.ones(len(mean), dtype=np.int64), mean, np.zeros(len(mean)))


def _overall(
    found: UnitMeasure, units: pd.Index, waves: dict[str, ScoreMoments], *, published: bool, latest: bool
) -> ScoreMoments:
    if latest:
        return list(waves.values())[-1]
    if published or found.overall.moments is None:
        whole = together(list(waves.values()), len(units))
        return ScoreMoments((whole.n > 0).astype(np.int64), whole.mean, np.zeros(len(units)))
    codes = pd.Index(units).get_indexer(found.overall.frame["unit"])
    return found.overall.moments.pooled(codes, len(units))


def _errors(panel: UnitPanel, codes: NDArray[np.intp], n_units: int, *, latest: str) -> Floats:
    """Standard error of each unit's mean over its periods (of the `latest` one alone), taken as separate samples."""
    chosen = (panel.frame["period"] == latest).to_numpy() if latest else np.ones(len(codes), dtype=bool)
    squared = panel.frame["se"].to_numpy(dtype=np.float64)[chosen] ** 2
    times = np.bincount(codes[chosen], minlength=n_units)
    total = np.bincount(codes[chosen], weights=squared, minlength=n_units)
    errors: Floats = np.sqrt(total) / np.where(times > 0, times, np.nan)
    return errors
