"""Whether items measure the scales that they were written for, alike in all groups and waves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxresearch.codebook.naturally import in_natural_order
from cxresearch.sem.cfa_results import cfa_results, comparison_result, fit_results
from cxresearch.sem.compare import compare
from cxresearch.sem.factor_models import cfa, one_factor
from cxresearch.sem.fit import fit_model
from cxresearch.sem.invariance import invariance
from cxresearch.sem.invariance_results import invariance_results
from cxresearch.sem.reference import Estimator, reference_of
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.topics.context import Context, Found
from cxresearch.workflow.topics.factor_data import FactorData, factor_data

MIN_GROUP = 100
"""A group with fewer respondents than this is not compared with the others."""
MOST_GROUPS = 20
"""A variable with more values than this is no grouping."""
MOST_MOMENTS = 2000
"""Corrections for non-normal answers work on all groups' means and covariances; with more of them they are left out."""


def dimensions(context: Context) -> Found:
    """Factor models of each source's scales, and whether they hold alike in its periods and declared groups.

    `cfa.<source>.…` (see `cfa_results`), against a single factor `cfa.<source>.one_factor.…`; and
    `invariance.<source>.<grouping>.…` (see `invariance_results`), the grouping being `period` or a covariate.
    """
    results: list[Result] = []
    for source, responses in context.data.responses.items():
        data = factor_data(context.study, responses, f"cfa.{source}", context.data.narrowed)
        if data is None:
            continue
        if isinstance(data, NotEstimable):
            results.append(data.named(f"cfa.{source}.chi2"))
            continue
        results += _structure(data, f"cfa.{source}", context.level)
        for name, values in _groupings(context, data).items():
            results += _ladder(data, values, f"invariance.{source}.{name}", max(MIN_GROUP, context.threshold))
    return Found(tuple(results))


def _structure(data: FactorData, term: str, level: float) -> list[Result]:
    """The scales as factors, and the rival that all items measure one thing."""
    samples = [data.sample()]
    items = [item for listed in data.factors.values() for item in listed]
    means = not samples[0].complete
    estimator = _estimator(len(items), 1)
    reference = reference_of(items, samples, term=f"{term}.chi2", means=means, estimator=estimator)
    if isinstance(reference, NotEstimable):
        return [reference]
    shared = {"estimator": estimator, "reference": reference}
    fit = fit_model(cfa(data.factors, means=means), samples, term=term, **shared)  # type: ignore[arg-type]
    if isinstance(fit, NotEstimable):
        return [fit.named(f"{term}.chi2")]
    results = list(cfa_results(fit, level=level))
    if len(data.factors) > 1:
        single = fit_model(one_factor(items, means=means), samples, term=f"{term}.one_factor", **shared)  # type: ignore[arg-type]
        if isinstance(single, NotEstimable):
            return [*results, single.named(f"{term}.one_factor.chi2")]
        results += fit_results(single)
        test = compare(single, fit, term=term)
        results.append(comparison_result(test, single, term=f"{term}.one_factor.difference"))
    return results


def _estimator(n_items: int, n_groups: int) -> Estimator:
    return "mlr" if n_groups * n_items * (n_items + 3) // 2 <= MOST_MOMENTS else "ml"


def _groupings(context: Context, data: FactorData) -> Mapping[str, pd.Series]:
    """Each row's group by period, where there are several, and by each declared covariate that the source has."""
    found = {}
    if data.frame["period"].nunique() > 1:
        found["period"] = data.frame["period"]
    for name in context.study.spec.analyses.groups:
        if name in data.frame:
            found[name] = data.frame[name]
    return found


def _ladder(data: FactorData, values: pd.Series, term: str, least: int) -> list[Result]:
    known = values[values.notna() & (values.astype(str) != "")].astype(str)
    names = in_natural_order(known.unique())
    if len(names) > MOST_GROUPS:
        return [NotEstimable(term=f"{term}.reached", reason="sem.many_groups", details={"groups": len(names)})]
    text = values.astype(str).to_numpy()
    samples = [data.sample(np.asarray(text == name)) for name in names]
    large = [sample for sample in samples if sample.total >= least]
    if len(large) < 2:
        details = {"needed": least, "groups": len(names)}
        return [NotEstimable(term=f"{term}.reached", reason="sem.one_group", details=details)]
    ladder = invariance(data.factors, large, term=term, estimator=_estimator(data.items.shape[1], len(large)))
    if isinstance(ladder, NotEstimable):
        return [ladder.named(f"{term}.reached")]
    n = sum(sample.total for sample in large)
    counts = (("groups", len(large)), ("groups_left_out", len(names) - len(large)))
    told = [
        Estimate(term=f"{term}.{part}", estimate=float(count), n_respondents=n, method=f"sem.{part}")
        for part, count in counts
    ]
    return [*invariance_results(ladder, term=term), *told]
