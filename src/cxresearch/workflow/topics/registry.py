"""Which analyses a run makes beside its main results, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cxresearch.study.analyses import Topic
from cxresearch.workflow.topics.common_method import common_method
from cxresearch.workflow.topics.comparisons import comparisons
from cxresearch.workflow.topics.context import Context, Found
from cxresearch.workflow.topics.cross_lagged import cross_lagged
from cxresearch.workflow.topics.decisions import decisions
from cxresearch.workflow.topics.dimensions import dimensions
from cxresearch.workflow.topics.drivers import drivers
from cxresearch.workflow.topics.estimators import estimators
from cxresearch.workflow.topics.honesty import honesty
from cxresearch.workflow.topics.latent import latent
from cxresearch.workflow.topics.mechanism import mechanism
from cxresearch.workflow.topics.mixed import mixed
from cxresearch.workflow.topics.nonresponse import nonresponse
from cxresearch.workflow.topics.planning import planning
from cxresearch.workflow.topics.reliability import reliability
from cxresearch.workflow.topics.screening import screening
from cxresearch.workflow.topics.specifications import specifications
from cxresearch.workflow.topics.synthesis import synthesis

TOPICS: dict[Topic, Callable[[Context], Found]] = {
    "screening": screening,
    "nonresponse": nonresponse,
    "reliability": reliability,
    "dimensions": dimensions,
    "common_method": common_method,
    "comparisons": comparisons,
    "decisions": decisions,
    "latent": latent,
    "mixed": mixed,
    "estimators": estimators,
    "cross_lagged": cross_lagged,
    "mechanism": mechanism,
    "drivers": drivers,
    "specifications": specifications,
    "honesty": honesty,
    "synthesis": synthesis,
    "planning": planning,
}
"""Each sees the results of those before it."""


def found_by_topic(context: Context) -> Found:
    """The results of every analysis that the study does not leave out, taken together."""
    results = dict(context.results)
    everything = Found()
    for name, topic in TOPICS.items():
        if name in context.study.spec.analyses.leave_out:
            continue
        found = topic(replace(context, results=results))
        results |= {result.term: result for result in found.results}
        everything = Found(
            (*everything.results, *found.results),
            {**everything.frames, **found.frames},
            (*everything.losses, *found.losses),
        )
    return everything
