"""When a difference from everybody else is called clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cxresearch.exhibits.group.standing import Standing, adjusted, compared, headline, judge
from cxresearch.inference.multiplicity import holm
from cxresearch.statistic import Estimate, NotEstimable
from tests.exhibits.group.example_group import estimate, findings, group, hidden, measure

WIDE, NARROW = 0.9, 0.2


@pytest.mark.parametrize(
    ("value", "half", "p", "standing"),
    [
        (0.5, NARROW, 0.01, "higher"),
        (-0.5, NARROW, 0.01, "lower"),
        (0.5, NARROW, 0.2, "alone"),
        (0.5, WIDE, 0.2, "unclear"),
        (0.5, WIDE, 0.01, "unclear"),
        (0.5, NARROW, None, "higher"),
        (0.5, WIDE, None, "unclear"),
        (0.5, None, 0.01, "higher"),
        (-0.5, None, 0.2, "unclear"),
        (0.5, None, None, "untested"),
        (0.0, NARROW, 1.0, "unclear"),
    ],
)
def test_a_difference_is_judged(value: float, half: float | None, p: float | None, standing: Standing) -> None:
    assert judge(estimate("d", value, half), p, 0.95) == standing


def test_without_a_difference_there_is_no_comparison() -> None:
    assert judge(NotEstimable(term="d", reason="groups.no_rest"), None, 0.95) == "not_compared"


def test_p_values_are_adjusted_over_the_measures_of_the_group() -> None:
    made = group(*measure("leadership", 4.2, 0.5, 0.02), *measure("cooperation", 3.7, 0.3, 0.03, 0.25))
    by_name = {row.measure: row for row in compared(findings(), made)}
    raw = {row.measure: row.difference.p_value for row in by_name.values() if isinstance(row.difference, Estimate)}
    raw["ces"] = None
    expected = holm(raw)
    assert {name: row.p_adjusted for name, row in by_name.items()} == pytest.approx(expected)
    assert by_name["leadership"].standing == "alone"


def test_an_adjusted_p_that_is_kept_is_taken() -> None:
    kept = Estimate(term="group.leadership.difference.holm", estimate=0.9, p_value=0.9)
    terms = {"leadership": "group.leadership.difference", "own_work": "group.own_work.difference"}
    assert adjusted(group(kept), terms)["leadership"] == 0.9


def test_employees_come_before_customers_and_controls_last() -> None:
    rows = compared(findings(), group())
    assert [row.side for row in rows] == ["ex", "ex", "ex", "cx", "cx", "cx", "cx"]
    assert [row.measure for row in rows if row.control] == ["parking"] == [rows[-1].measure]


def test_measures_that_the_group_was_not_asked_are_left_out() -> None:
    assert {"delay", "touchpoints"}.isdisjoint(row.measure for row in compared(findings(), group()))


def test_a_withheld_score_is_missing() -> None:
    by_name = {row.measure: row.standing for row in compared(findings(), group())}
    assert by_name["ces"] == "missing"
    assert by_name["leadership"], by_name["own_work"] == ("higher", "lower")


def test_the_measures_drawn_are_those_of_the_first_hypothesis_that_the_group_has() -> None:
    made = findings()
    assert [row.measure for row in headline(made, compared(made, group()))] == ["leadership", "nps"]
    without = group(hidden("group.nps"))
    assert [row.measure for row in headline(made, compared(made, without))] == ["leadership", "csat"]
    only = replace(without, results={"group.own_work": estimate("group.own_work", 3.2)})
    assert [row.measure for row in headline(made, compared(made, only))] == ["own_work"]
