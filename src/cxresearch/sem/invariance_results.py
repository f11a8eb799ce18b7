"""An invariance ladder as results."""

from __future__ import annotations

import numpy as np

from cxresearch.sem.cfa_results import comparison_result, counts_of, fit_results
from cxresearch.sem.factor_models import LEVELS
from cxresearch.sem.invariance import Freed, Invariance, Step
from cxresearch.sem.model import Entry
from cxresearch.statistic import Estimate, NotEstimable, Result


def invariance_results(ladder: Invariance, *, term: str) -> tuple[Result, ...]:
    """Every step's fit, what it costs, which step is reached, and what had to be freed.

    `<term>.<level>.chi2` and so on of the four steps without anything freed; `.delta_cfi`, `.delta_rmsea` and
    `.difference` (likelihood ratio) against the step before; `<term>.partial.<level>.…` where something was freed;
    `<term>.reached`, the step (0 configural, 1 metric, 2 scalar, 3 strict); `<term>.freed`, how many parameters are
    free in it; `<term>.freed.<kind>.<item>`, by how much the freed parameter differs between the groups.
    """
    results: list[Result] = []
    for step in ladder.full:
        results += _step_results(step, f"{term}.{step.level}")
    shown = [*ladder.path, *((ladder.stopped,) if ladder.stopped else ())]
    for step in shown:
        if step.freed:
            results += _step_results(step, f"{term}.partial.{step.level}")
    top = ladder.path[-1]
    shared = counts_of(top.fit, "n_respondents")
    health = ("sem.partial_invariance", *top.fit.health) if ladder.freed else top.fit.health
    results.append(
        Estimate(
            term=f"{term}.reached",
            estimate=float(LEVELS.index(ladder.reached)),
            **(shared | {"method": "sem.invariance", "health": health}),
        )
    )
    results.append(
        Estimate(
            term=f"{term}.freed",
            estimate=float(len(ladder.freed)),
            **(shared | {"method": "sem.partial", "health": ()}),
        )
    )
    return (*results, *(_freed_result(top, freed, term) for freed in ladder.freed))


def _step_results(step: Step, name: str) -> list[Result]:
    results = list(fit_results(step.fit, term=name))
    if step.test is None:
        return results
    shared = counts_of(step.fit, "n_respondents")
    for part, value in (("delta_cfi", step.delta_cfi), ("delta_rmsea", step.delta_rmsea)):
        if value is None:
            results.append(NotEstimable(term=f"{name}.{part}", reason="sem.no_baseline"))
        else:
            results.append(Estimate(term=f"{name}.{part}", estimate=value, **shared))
    results.append(comparison_result(step.test, step.fit, term=f"{name}.difference"))
    return results


def _freed_result(step: Step, freed: Freed, term: str) -> Result:
    """Largest less least value of a freed parameter over the groups, on the first group's scale of the factor."""
    kind, item = freed
    values = [
        step.fit.value(entry.label)[0]
        for entries in step.fit.model.groups
        for entry in entries
        if _is(entry, kind, item)
    ]
    shared = counts_of(step.fit, "n_respondents") | {"method": f"sem.freed_{kind}", "health": ()}
    return Estimate(term=f"{term}.freed.{kind}.{item}", estimate=float(np.ptp(values)), **shared)


def _is(entry: Entry, kind: str, item: str) -> bool:
    if entry.to != item:
        return False
    if kind == "loading":
        return entry.kind == "directed"
    return entry.kind == ("mean" if kind == "intercept" else "covariance")
