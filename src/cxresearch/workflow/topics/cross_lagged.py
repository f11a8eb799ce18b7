"""Panel models of both directions."""

from __future__ import annotations

from cxresearch.linkage.waves import waves_of
from cxresearch.sem.cross_lagged import cross_lagged_results, refused
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.topics.context import Context, Found


def cross_lagged(context: Context) -> Found:
    """`<hypothesis>.riclpm.…` and `.clpm.…`: each hypothesis' units by period (see `cross_lagged_results`).

    x is the employee measure, y the customer measure; scores are those of the lagged models.
    """
    results: list[Result] = []
    for name, linked in context.linked.items():
        results += _of_hypothesis(linked, name, context.level)
    return Found(tuple(results))


def _of_hypothesis(linked: LinkedHypothesis, name: str, level: float) -> tuple[Result, ...]:
    frame = linked.by_period.frame
    if frame.empty or linked.no_common_periods or (frame["period"] == "").all():
        return refused(NotEstimable(term=name, reason="sem.no_panel"), name)
    waves = waves_of(linked.by_period)
    return cross_lagged_results(waves.ex, waves.cx, term=name, periods=linked.by_period.periods, level=level)
