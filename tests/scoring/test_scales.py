"""Scale scores: reversal is its own inverse, the missing-item rule is kept and counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cxresearch.scoring import reverse, scale_scores

ANSWERS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 20), st.integers(1, 6)),
    elements=st.integers(1, 5).map(float) | st.just(np.nan),
)


@settings(deadline=None)
@given(ANSWERS)
def test_turning_twice_gives_the_answers_back(answers: np.ndarray) -> None:
    turned = reverse(answers, 1, 5)
    assert np.array_equal(reverse(turned, 1, 5), answers, equal_nan=True)
    known = turned[~np.isnan(turned)]
    assert ((known >= 1) & (known <= 5)).all()


@settings(deadline=None)
@given(ANSWERS, st.floats(0.01, 1))
def test_scores_are_means_of_the_answered_items(answers: np.ndarray, share: float) -> None:
    result = scale_scores(answers, min_share=share)
    for row, score, count in zip(answers, result.scores, result.answered, strict=True):
        known = row[~np.isnan(row)]
        assert count == len(known)
        if len(known) >= share * answers.shape[1] and len(known):
            assert score == pytest.approx(known.mean(), abs=1e-12)
        else:
            assert np.isnan(score)
    lost = result.n_complete + result.n_partial + result.n_lost + result.n_empty
    assert lost == len(answers)
    assert np.isfinite(result.scores).sum() == result.n_complete + result.n_partial


@settings(deadline=None)
@given(ANSWERS)
def test_reversing_all_items_mirrors_the_scores(answers: np.ndarray) -> None:
    plain, mirrored = scale_scores(answers, min_items=1), scale_scores(reverse(answers, 1, 5), min_items=1)
    assert np.allclose(mirrored.scores, 6 - plain.scores, rtol=0, atol=1e-12, equal_nan=True)


@settings(deadline=None)
@given(ANSWERS, st.floats(0.1, 10), st.floats(-5, 5))
def test_rescaling_items_rescales_scores(answers: np.ndarray, factor: float, shift: float) -> None:
    plain, scaled = scale_scores(answers, min_items=1), scale_scores(factor * answers + shift, min_items=1)
    assert np.allclose(scaled.scores, factor * plain.scores + shift, rtol=1e-12, atol=1e-9, equal_nan=True)


def test_a_share_that_falls_on_a_whole_number_is_not_rounded_up() -> None:
    assert scale_scores(np.ones((1, 10)), min_share=0.7).min_items == 7
    assert scale_scores(np.ones((1, 3)), min_share=0.5).min_items == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "min_items or min_share"),
        ({"min_items": 1, "min_share": 0.5}, "min_items or min_share"),
        ({"min_items": 0}, "between 1 and 4, got 0"),
        ({"min_items": 5}, "between 1 and 4, got 5"),
        ({"min_share": 0.0}, "above 0"),
    ],
)
def test_a_rule_outside_its_range_is_an_error(rule: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scale_scores(np.ones((2, 4)), **rule)  # type: ignore[arg-type]
