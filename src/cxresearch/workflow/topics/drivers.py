"""Which touchpoints matter most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cxresearch.codebook import Responses
from cxresearch.inference.mechanism.driver_analysis import driver_importance
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study.informants import variables_of
from cxresearch.workflow.measuring import Answers
from cxresearch.workflow.topics.context import Context, Found


def drivers(context: Context) -> Found:
    """How much of each overall customer score the touchpoints carry, respondents' own answers to both.

    The outcome is the answer itself (0-10 for a recommendation), not its category. Terms `driver.<measure>.r2`,
    `driver.<measure>.<item>.lmg` and `.johnson`, `driver.<measure>.<item>.less.<item>`.
    """
    results: list[Result] = []
    for measure, answers in _outcomes(context):
        touchpoints = _touchpoints(answers.responses, answers.variables[0].name)
        term = f"driver.{measure}"
        if answers.responses.grain != "respondents":
            reason = f"measurement.grain_{answers.responses.grain}"
            results.append(NotEstimable(term=f"{term}.r2", reason=reason))
        elif touchpoints:
            results += _importance(context, term, answers, touchpoints)
    return Found(tuple(results))


def _outcomes(context: Context) -> Iterator[tuple[str, Answers]]:
    """Overall customer scores: single questions with a customer metric or a hypothesis."""
    expected = {hypothesis.cx for hypothesis in context.study.spec.hypotheses.values()}
    for measure, declared in context.study.spec.measures.items():
        if not declared.item or (declared.metric == "mean" and measure not in expected):
            continue
        for variable in variables_of(context.study, measure)[:1]:
            responses = context.data.responses[variable.source]
            if responses.side == "customer" and variable.role == "item" and not variable.touchpoint:
                names = (variable.name, *_touchpoints(responses, variable.name))
                yield measure, Answers(context.data.over(variable.source, names), (variable,))


def _touchpoints(responses: Responses, outcome: str) -> tuple[str, ...]:
    return tuple(v.name for v in responses.variables if v.touchpoint and v.role == "item" and v.name != outcome)


def _importance(context: Context, term: str, outcome: Answers, touchpoints: tuple[str, ...]) -> tuple[Result, ...]:
    responses = outcome.responses
    chosen = Answers(responses, tuple(v for v in responses.variables if v.name in touchpoints))
    return driver_importance(
        outcome.items()[:, 0],
        chosen.items(),
        [variable.name for variable in chosen.variables],
        np.unique(responses.frame["unit"].to_numpy(dtype=str), return_inverse=True)[1],
        term=term,
        level=context.level,
        rng=context.rng(term),
        n_draws=context.study.spec.resampling.bootstrap,
        frequency=responses.frame["frequency"].to_numpy(dtype=np.float64),
    )
