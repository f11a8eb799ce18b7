"""The decision to aggregate: every outcome, every ground, and sentences for all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from cxresearch.aggregation import agreement_results, icc_results, unit_agreement
from cxresearch.aggregation.decision import OUTCOMES, AggregationCriteria, aggregation_decision
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable, Result


def evidence(
    low: float = 0.1, icc2: float = 0.8, uniform: float = 0.9, skew: float | None = 0.75
) -> Mapping[str, Result]:
    found: list[Result] = [
        Estimate(term="unit.ex.icc1", estimate=0.2, conf_low=low, conf_high=0.3, conf_level=0.95),
        Estimate(term="unit.ex.icc2", estimate=icc2),
        Estimate(term="unit.ex.rwg.uniform.mean", estimate=uniform),
    ]
    if skew is not None:
        found.append(Estimate(term="unit.ex.rwg.slight_skew.mean", estimate=skew))
    return {result.term: result for result in found}


LIMIT = Estimate(term="aggregation.ex.random_responders", estimate=0.5)


@pytest.mark.parametrize(
    ("results", "limit", "outcome", "unmet"),
    [
        (evidence(), LIMIT, "aggregate", ()),
        (evidence(low=-0.01), LIMIT, "do_not_aggregate", ("icc1",)),
        (evidence(icc2=0.4), LIMIT, "do_not_aggregate", ("icc2", "icc2_good")),
        (evidence(icc2=0.6), LIMIT, "caution", ("icc2_good",)),
        (evidence(uniform=0.6, skew=0.2), LIMIT, "do_not_aggregate", ("rwg", "rwg_slight_skew")),
        (evidence(skew=0.41), LIMIT, "caution", ("rwg_slight_skew",)),
        (evidence(), Estimate(term="t", estimate=0.95), "caution", ("rwg_random",)),
        (evidence(), None, "caution", ()),
        (evidence(skew=None), LIMIT, "caution", ()),
    ],
)
def test_every_outcome(
    results: Mapping[str, Result], limit: Result | None, outcome: str, unmet: tuple[str, ...]
) -> None:
    found = aggregation_decision(results, "unit.ex", random_limit=limit)
    assert found.outcome == outcome
    assert tuple(ground.code for ground in found.grounds if ground.met is False) == unmet
    result = found.result(term="aggregation.ex.decision")
    assert isinstance(result, Estimate)
    assert OUTCOMES[int(result.estimate)] == outcome
    assert result.health == tuple(f"decision.{code}" for code in unmet)
    for language in LANGUAGES:
        assert render(Phrase(f"methods.{result.method}"), language)
        assert all(render(Phrase(f"health.{code}"), language) for code in result.health)


def test_customers_need_not_agree() -> None:
    found = aggregation_decision(evidence(uniform=0.1), "unit.ex", AggregationCriteria(agreement=False))
    assert found.outcome == "aggregate"
    assert [ground.code for ground in found.grounds] == ["icc1", "icc2", "icc2_good"]


def test_nothing_known_is_no_outcome() -> None:
    found = aggregation_decision({}, "unit.ex")
    assert found.outcome is None
    result = found.result(term="t")
    assert result == NotEstimable(term="t", reason="decision.nothing_known")
    assert render(Phrase("reasons.decision.nothing_known"), "en").startswith("The data hold no answers")


@pytest.mark.parametrize(("spread", "outcome"), [(0.0, "do_not_aggregate"), (1.5, "caution")])
def test_from_answers(spread: float, outcome: str) -> None:
    """Random units are not aggregated; units that differ are, though the skewed null is hard on one item set."""
    rng = np.random.default_rng(9)
    codes = np.repeat(np.arange(40), 12)
    latent = spread * rng.normal(size=40)[codes][:, None] + 0.7 * rng.normal(size=(480, 4)) + 3
    items = np.clip(np.rint(latent), 1, 5)
    results: list[Result] = [*icc_results(score_moments(codes, items.mean(axis=1), 40), term="unit.ex")]
    results += agreement_results(unit_agreement(codes, items, 40, minimum=1, maximum=5), term="unit.ex")
    found = aggregation_decision({result.term: result for result in results}, "unit.ex")
    assert found.outcome == outcome
