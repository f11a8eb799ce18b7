"""Through what, for whom and in what form the association holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel
from cxresearch.linkage import LinkedPanel, units_of
from cxresearch.linkage.bends import bend_rows, slope_rows
from cxresearch.linkage.controls import control_values
from cxresearch.linkage.mechanism import unit_mediation, unit_moderation, unit_nonlinearity, wave_baseline
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, Result
from cxresearch.workflow.aggregating import unit_measure
from cxresearch.workflow.covariates import covariate_panels
from cxresearch.workflow.topics.context import Context, Found


def mechanism(context: Context) -> Found:
    """Mediation and moderation as declared, bends, and dependence on the starting point, of every hypothesis.

    Terms `<h>.mediation.<measure>.*`, `<h>.moderation.<name>.*`, `<h>.quadratic`, `<h>.two_lines.*`, `<h>.spline.*`,
    `<h>.baseline.*`. Frames `moderation` (the slope over the moderator) and `bends` (curves of CX over EX): no units.
    """
    results: list[Result] = []
    slopes: list[pd.DataFrame] = []
    bends: list[pd.DataFrame] = []
    for name in context.study.spec.hypotheses:
        units = units_of(context.linked[name].overall)
        results += _mediation(context, name, units)
        for moderator, values in _moderators(context, name):
            term = f"{name}.moderation.{moderator}"
            results += unit_moderation(units, values, term=term, level=context.level)
            rows = slope_rows(units, values, context.level)
            slopes.append(rows.assign(hypothesis=name, moderator=moderator))
        form, rows = _form(context, name, units)
        results += form
        bends.append(rows.assign(hypothesis=name))
        term = f"{name}.baseline"
        results += wave_baseline(
            context.linked[name].by_period,
            term=term,
            level=context.level,
            rng=context.rng(term),
            n_draws=context.study.spec.resampling.bootstrap,
        )
    frames = {"bends": pd.concat(bends, ignore_index=True)}
    if slopes:
        frames["moderation"] = pd.concat(slopes, ignore_index=True)
    return Found(tuple(results), frames)


def _mediation(context: Context, name: str, units: LinkedUnits) -> Iterator[Result]:
    for mediator in context.study.spec.hypotheses[name].mediators:
        term = f"{name}.mediation.{mediator}"
        yield from unit_mediation(
            units,
            _measured(context, name, mediator),
            term=term,
            level=context.level,
            rng=context.rng(term),
            n_draws=context.study.spec.resampling.bootstrap,
            mediator_side=context.measures[mediator].overall.side,
        )


def _moderators(context: Context, name: str) -> Iterator[tuple[str, Floats]]:
    """Each declared moderator with its values by linked unit; a category gives one for each but its first value."""
    linked = context.linked[name].overall
    for moderator in context.study.spec.hypotheses[name].moderators:
        if moderator in context.measures:
            yield moderator, _measured(context, name, moderator)
            continue
        for panel in covariate_panels(context.data, moderator):
            yield panel.measure, _values(panel, linked, context.threshold, ())


def _measured(context: Context, name: str, measure: str) -> Floats:
    """A measure's mean by linked unit over the hypothesis's periods; NaN below the anonymity threshold."""
    linked = context.linked[name]
    found = context.measures[measure]
    if linked.periods:
        found = unit_measure(context.study, context.data, measure, linked.periods)
    return _values(found.overall, linked.overall, context.threshold, linked.periods)


def _values(panel: UnitPanel, linked: LinkedPanel, threshold: int, periods: Sequence[str]) -> Floats:
    chosen = panel.frame["period"].isin(["", *periods]) if periods else np.ones(len(panel.frame), dtype=bool)
    people = panel.frame[chosen].groupby("unit")["n"].sum(min_count=1)
    small = people.index[people.between(0, threshold, inclusive="left")]
    values = pd.Series(control_values(panel, linked), index=np.sort(linked.frame["unit"].unique()))
    return np.asarray(values.mask(values.index.isin(small)), dtype=np.float64)


def _form(context: Context, name: str, units: LinkedUnits) -> tuple[tuple[Result, ...], pd.DataFrame]:
    """Bends, and the curves that show them."""
    declared = context.study.spec.analyses.breakpoints.get(context.study.spec.hypotheses[name].ex)
    found = unit_nonlinearity(units, term=name, level=context.level, at=declared)
    break_at = next((result for result in found if result.term == f"{name}.two_lines.break"), None)
    at = break_at.estimate if isinstance(break_at, Estimate) else None
    return found, bend_rows(units, context.level, at)
