"""The same question by estimators for few clusters, categories and panels."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.linkage import LinkageSettings, LinkedUnits, units_of, waves_of
from cxresearch.linkage.categories import unit_glmm, unit_logit, unit_ordinal, yes_no_counts
from cxresearch.linkage.few_clusters import (
    unit_cluster_bootstrap,
    unit_cr2,
    unit_gee,
    unit_wild,
    unit_wls,
    with_standardised,
)
from cxresearch.linkage.panel_effects import panel_fixed_effects
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.topics.context import Context, Found


def estimators(context: Context) -> Found:
    """The same question by estimators for few clusters, categories and panels.

    Each hypothesis has the slope over customers with CR2, wild-bootstrap, cluster-bootstrap and GEE errors, the slope
    weighted by precision, and the multilevel slope standardised. A Net Promoter Score also has its ordinal model, a
    share or indicator its logistic ones, and a panel its fixed effects.
    """
    results: list[Result] = []
    for name, linked in context.linked.items():
        found = tuple(_between_units(context, name, units_of(linked.overall)))
        results += _enough(found, linked.overall.n_units)
        results += _enough(_over_time(context, name, linked), linked.by_period.n_units)
    return Found(tuple(results))


def _between_units(context: Context, name: str, units: LinkedUnits) -> Iterator[Result]:
    level, resampling = context.level, context.study.spec.resampling
    yield from unit_cr2(units, term=f"{name}.cr2", level=level)
    wild, bootstrap = f"{name}.wild", f"{name}.cluster_bootstrap"
    yield from unit_wild(units, term=wild, level=level, rng=context.rng(wild), n_draws=resampling.permutations)
    yield from unit_cluster_bootstrap(
        units, term=bootstrap, level=level, rng=context.rng(bootstrap), n_draws=resampling.bootstrap
    )
    yield from unit_gee(units, term=f"{name}.gee", level=level)
    yield from unit_wls(units, term=f"{name}.wls", level=level)
    mixed = context.results.get(f"{name}.mixed")
    if mixed is not None:
        yield with_standardised(units, mixed)[1]
    yield from _categories(context, name, units)


def _categories(context: Context, name: str, units: LinkedUnits) -> Iterator[Result]:
    """The models of answers as categories, where the customer measure has them."""
    metric = context.study.spec.measures[context.study.spec.hypotheses[name].cx].metric
    if metric == "nps":
        yield from unit_ordinal(units, term=f"{name}.ordinal", level=context.level)
    elif units.cx_moments is not None and yes_no_counts(units.cx_moments) is not None:
        yield from unit_logit(units, term=f"{name}.logit", level=context.level)
        yield from unit_glmm(units, term=f"{name}.glmm", level=context.level)


def _over_time(context: Context, name: str, linked: LinkedHypothesis) -> tuple[Result, ...]:
    return panel_fixed_effects(waves_of(linked.by_period), term=f"{name}.fixed_effects", level=context.level)


def _enough(found: tuple[Result, ...], n_units: int) -> tuple[Result, ...]:
    """The results, or of fewer units than the main analysis takes, why there are none."""
    details = {"count": n_units, "needed": LinkageSettings().min_units}
    if n_units >= details["needed"]:
        return found
    return tuple(NotEstimable(term=item.term, reason="linkage.too_few_units", details=details) for item in found)
