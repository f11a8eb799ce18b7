"""Which units and periods of units may be shown: no small group, and none that can be worked out from what is shown.

Totals by period and over all periods are published, and so are units and declared groups of units, over all periods and
by period, here and in the groups' own reports. `aggregation.release` decides what of them. Correlations and
coefficients rest on all units of the hypothesis; they show no group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.aggregation import PANEL_COLUMNS, UnitPanel
from cxresearch.aggregation.release import Release, released
from cxresearch.losses import Loss
from cxresearch.moments import Floats
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.groups.counted import counts_of_panel

Mask = NDArray[np.bool_]
_IMAGINED = re.compile(r"mdd\.|aggregation\.\w+\.random_responders$")
"""What could be noticed in a unit of some size, and what a unit of the median size would reach by chance."""


@dataclass(frozen=True)
class Hidden:
    """What is not shown of one measure: keys of units, and the rows (G,) of its panel by period."""

    units: frozenset[str]
    cells: Mask


def release_of(found: UnitMeasure, threshold: int) -> Release:
    """What of a measure may be published, decided over units, groupings, periods and totals together."""
    counts = found.people
    if counts is None:
        counts = counts_of_panel(found.by_period, found.overall)
    return released(counts, threshold)


def hidden(found: UnitMeasure, threshold: int) -> Hidden:
    """What a measure must not show so that no group below the threshold is seen or can be worked out.

    Rows whose number of people is not told are their owner's to publish.
    """
    release, frame = release_of(found, threshold), found.by_period.frame
    shown = pd.MultiIndex.from_frame(frame[["unit", "period"]]).isin(list(release.cells))
    people = people_of(found.overall)
    units = frozenset(str(unit) for unit in people.index[people > 0] if unit not in release.units)
    return Hidden(units, (_sizes(found.by_period) > 0) & ~shown)


def people_of(panel: UnitPanel) -> pd.Series:
    """Respondents by unit, over the panel's periods; 0 where a published score does not tell them."""
    return pd.Series(_sizes(panel)).groupby(panel.frame["unit"].to_numpy(dtype=object)).sum()


def _sizes(panel: UnitPanel) -> Floats:
    return panel.frame["n"].fillna(0.0).to_numpy(dtype=np.float64)


def small_units(measures: Mapping[str, UnitMeasure], threshold: int) -> frozenset[str]:
    """Units of which one side counts fewer people than the threshold; not even their names are shown."""
    small: set[str] = set()
    for side in ("employee", "customer"):
        counts = [people_of(found.overall) for found in measures.values() if found.overall.side == side]
        if counts:
            most = pd.concat(counts, axis=1).max(axis=1)
            small |= set(most.index[(most > 0) & (most < threshold)])
    return frozenset(small)


def describes_few(result: Result, threshold: int) -> bool:
    """Whether a statistic rests on fewer people than the threshold; sizes of imagined groups are nobody's."""
    if isinstance(result, NotEstimable) or _IMAGINED.match(result.term):
        return False
    people = (result.n_respondents, result.n_employees, result.n_customers)
    return any(count is not None and 0 < count < threshold for count in people)


def nameless(measures: Mapping[str, UnitMeasure], names: Sequence[str], threshold: int) -> frozenset[str]:
    """Units of which nothing is told one by one, the measures `names` being told by unit."""
    concealed = (hidden(measures[name], threshold).units for name in names)
    return small_units(measures, threshold).union(*concealed)


def shown_panels(
    study: Study,
    measures: Mapping[str, UnitMeasure],
    concealed: Mapping[str, Hidden],
    periods: Mapping[str, tuple[str, ...]],
) -> pd.DataFrame:
    """All panels by unit key and period; hidden rows lose their values, small units leave altogether.

    Parameters
    ----------
    periods : by hypothesis, those that it compares; () for all.
    """
    small = small_units(measures, study.spec.privacy.min_respondents)
    partly = {m for name, h in study.spec.hypotheses.items() if periods[name] for m in (h.ex, h.cx)}
    values = [name for name in PANEL_COLUMNS if name not in ("unit", "period")]
    parts = []
    for measure, found in measures.items():
        frame, cells = found.by_period.frame, concealed[measure].cells
        cells = np.full(len(cells), bool(cells.any())) if measure in partly else cells
        shown = frame[values].astype(np.float64).mask(pd.Series(cells, index=frame.index))
        shown = frame[["unit", "period"]].join(shown).assign(measure=measure)
        parts.append(shown[~shown["unit"].isin(small)][["measure", *PANEL_COLUMNS]])
    return pd.concat(parts, ignore_index=True)


def shown_units(
    study: Study,
    name: str,
    rows: pd.DataFrame,
    measures: Mapping[str, UnitMeasure],
    concealed: Mapping[str, Hidden],
    periods: tuple[str, ...],
) -> tuple[pd.DataFrame, tuple[Loss, ...]]:
    """The linked units of a hypothesis that may be shown one by one, and how many may not.

    Parameters
    ----------
    periods : those that the hypothesis compares, declared or common to both sides; () for all.
    """
    hypothesis = study.spec.hypotheses[name]
    kept = rows
    for side, measure in (("ex", hypothesis.ex), ("cx", hypothesis.cx)):
        kept = kept[~kept["unit"].isin(concealed[measure].units)]
        if periods:
            kept = _not_the_rest(kept, side, measures[measure], periods, study.spec.privacy.min_respondents)
    withheld = len(rows) - len(kept)
    if not withheld:
        return kept, ()
    return kept, (Loss(where=name, reason="workflow.not_shown", n_units=withheld, details={"count": withheld}),)


def _not_the_rest(
    rows: pd.DataFrame, side: str, found: UnitMeasure, periods: tuple[str, ...], threshold: int
) -> pd.DataFrame:
    """Without units whose other periods, or other units whose chosen periods, would be few people by subtraction."""
    others = people_of(found.overall).reindex(rows["unit"]).to_numpy(dtype=np.float64) - rows[f"{side}_n"].to_numpy()
    kept: pd.DataFrame = rows[~((others > 0) & (others < threshold))].sort_values(f"{side}_n", kind="stable")
    chosen = found.by_period.frame["period"].isin(["", *periods]).to_numpy()
    hidden_people = float(_sizes(found.by_period)[chosen].sum() - kept[f"{side}_n"].sum())
    while len(kept) and 0 < hidden_people < threshold:
        hidden_people += float(kept[f"{side}_n"].iloc[0])
        kept = kept.iloc[1:]
    return kept.sort_index()


def shown_periods(found: UnitMeasure, threshold: int) -> frozenset[str]:
    """Periods of a measure whose mean may be shown; unknown numbers of people are their owner's to publish."""
    people = pd.Series(_sizes(found.by_period)).groupby(found.by_period.frame["period"].to_numpy(dtype=object)).sum()
    return release_of(found, threshold).periods | frozenset(people.index[people == 0])
