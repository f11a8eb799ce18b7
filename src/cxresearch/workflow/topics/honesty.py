"""Bayes factor, prediction of new units, robustness against what was not measured."""

from __future__ import annotations

from dataclasses import replace

from cxresearch.aggregation import UnitPanel
from cxresearch.inference.bayes_factor import correlation_bayes_factor
from cxresearch.inference.naive_permutation import customer_level_p
from cxresearch.inference.robustness_value import robustness_results
from cxresearch.linkage.latent import unit_latent
from cxresearch.linkage.latent_sides import latent_sides
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.periods_out import OfPeriods, leave_one_period_out, of_periods
from cxresearch.linkage.pooling import pool_periods
from cxresearch.linkage.prediction import predicted_units
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.topics.context import Context, Found


def honesty(context: Context) -> Found:
    """What every hypothesis' main result must stand up to beside its own test."""
    return Found(tuple(result for name in context.linked for result in _of_hypothesis(context, name)))


def _of_hypothesis(context: Context, name: str) -> tuple[Result, ...]:
    units = units_of(context.linked[name].overall)
    correlation = context.results[f"{name}.pearson"]
    slope = context.results[f"{name}.ols"]
    width = context.study.spec.analyses.prior_width
    predicted = predicted_units(units, term=f"{name}.cross_validation", rng=context.rng(f"{name}.cross_validation"))
    few = isinstance(correlation, NotEstimable)
    found = (
        *correlation_bayes_factor(correlation, width=width, term=f"{name}.bayes_factor"),
        *(tuple(_absent(item, correlation) for item in predicted) if few else predicted),
        *robustness_results(slope, term=f"{name}.robustness_value", level=context.level),
        *leave_one_period_out(
            _chosen_periods(context, name),
            context.study.spec.hypotheses[name].primary,
            term=f"{name}.leave_one_period_out",
            level=context.level,
            decide=_latent(context, name) if context.study.spec.hypotheses[name].primary == "latent" else None,
        ),
        *_customers_shuffled(context, units, name),
    )
    return tuple(units.counted(result) for result in found)


def _absent(result: Result, why: Result) -> Result:
    return why.named(result.term) if isinstance(why, NotEstimable) else result


def _chosen_periods(context: Context, name: str) -> LinkedPanel:
    """The linked units by period, of the hypothesis' periods."""
    found = context.linked[name]
    return of_periods(found.by_period, found.periods) if found.periods else found.by_period


def _latent(context: Context, name: str) -> OfPeriods:
    """The latent correlation over some periods, for hypotheses that it decides."""
    declared, spec = context.study.spec.hypotheses[name], context.study.spec
    measures = (declared.ex, declared.cx)
    within = [spec.measures[measure].standardise == "within_period" for measure in measures]

    def of_these(periods: tuple[str, ...]) -> Result:
        panels = [context.measures[measure].by_period for measure in measures]
        if not any(within):
            panels = [pool_periods(panel, periods) for panel in panels]
        else:
            panels = [_rows(panel, periods) for panel in panels]
        sides = latent_sides(*panels, min_n=context.threshold, standardise_ex=within[0], standardise_cx=within[1])
        return unit_latent(sides, term=f"{name}.latent", level=context.level)[0]

    return of_these


def _rows(panel: UnitPanel, periods: tuple[str, ...]) -> UnitPanel:
    kept = panel.frame["period"].isin(["", *periods]).to_numpy(dtype=bool)
    moments = None if panel.moments is None else panel.moments.select(kept)
    return replace(panel, frame=panel.frame[kept].reset_index(drop=True), moments=moments)


def _customers_shuffled(context: Context, units: LinkedUnits, name: str) -> tuple[Result, ...]:
    term = f"{name}.permutation.customer_level"
    if units.cx_moments is None or units.cx_side != "customer":
        return tuple(NotEstimable(term=t, reason="honesty.customers_unknown") for t in (term, f"{term}.units"))
    found = customer_level_p(
        units.cx_moments,
        units.column("ex"),
        term=term,
        rng=context.rng(term),
        n_permutations=min(2000, context.study.spec.resampling.permutations),
    )
    return tuple(
        replace(item, n_customers=item.n_respondents, n_respondents=None) if isinstance(item, Estimate) else item
        for item in found
    )
