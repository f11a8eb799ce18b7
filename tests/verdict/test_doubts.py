from __future__ import annotations

import pytest

from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate
from cxresearch.verdict.criteria import Criteria
from cxresearch.verdict.doubts import doubts
from cxresearch.verdict.evidence import Evidence

CASES = [
    ("latent", {"estimate": 0.4, "conf_low": -0.1, "conf_high": 0.8}, "latent_uncertain"),
    ("latent", {"estimate": 0.4, "conf_low": 0.1, "conf_high": 0.8}, None),
    ("screening.strict", {"estimate": 0.2, "conf_low": -0.1, "conf_high": 0.4}, "screening_changes"),
    ("screening.flagged_out", {"estimate": 0.3, "conf_low": 0.1, "conf_high": 0.4}, None),
    ("specifications.joint_test", {"estimate": 0.2, "p_value": 0.2}, "specifications_chance"),
    ("specifications.joint_test", {"estimate": 0.2, "p_value": 0.01}, None),
    ("specifications.share_positive", {"estimate": 0.8}, "specifications_sign"),
    ("specifications.share_positive", {"estimate": 1.0}, None),
    ("leave_one_period_out.low", {"estimate": -0.1}, "one_period"),
    ("leave_one_period_out.low", {"estimate": 0.1}, None),
    ("bayes_factor", {"estimate": 1.4}, "bayes_weak"),
    ("bayes_factor", {"estimate": 14.0}, None),
    ("cross_validation", {"estimate": -0.02}, "no_prediction"),
    ("cross_validation", {"estimate": 0.02}, None),
    ("robustness_value", {"estimate": 0.3}, "confounding"),
]


def evidence(part: str, values: dict[str, float]) -> Evidence:
    return Evidence(hypothesis="h1", results={part: Estimate(term=f"h1.{part}", **values)})


@pytest.mark.parametrize(("part", "values", "code"), CASES)
def test_what_is_held_against_a_positive_effect(part: str, values: dict[str, float], code: str | None) -> None:
    found = doubts(evidence(part, values), Criteria(), 1)
    assert [limit.code for limit in found] == ([code] if code else [])
    for language in LANGUAGES:
        assert all(render(limit.phrase(), language) for limit in found)


def test_a_negative_effect_is_held_to_the_negative_side() -> None:
    negative = {"estimate": -0.4, "conf_low": -0.8, "conf_high": -0.1}
    assert doubts(evidence("latent", negative), Criteria(), -1) == []
    assert [limit.code for limit in doubts(evidence("latent", negative), Criteria(), 1)] == ["latent_uncertain"]
    assert doubts(evidence("specifications.share_positive", {"estimate": 0.0}), Criteria(), -1) == []


def test_an_effect_over_time_is_not_judged_by_differences_between_units() -> None:
    doubted = evidence("bayes_factor", {"estimate": 1.0})
    assert doubts(doubted, Criteria(primary="lagged"), 1) == []
