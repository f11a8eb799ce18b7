"""No small group is shown, and none can be worked out from what is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation import panel_from_respondents, panel_from_unit_scores
from cxresearch.findings import Findings
from cxresearch.study import load_study
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.anonymity import hidden, people_of, shown_periods, small_units
from tests.drawn import is_drawn, is_estimated_by_draws
from tests.workflow.tiny_study import Tiny, guests, team, tiny

THRESHOLD = 5


def measure(cells: Mapping[tuple[str, str], int], side: str = "customer") -> UnitMeasure:
    """A measure with so many respondents in each unit and period, each answering once."""
    keys = [key for key, count in cells.items() for _ in range(count)]
    units, periods = [unit for unit, _ in keys], [period for _, period in keys]
    scores = np.arange(len(keys), dtype=np.float64)
    return UnitMeasure(
        panel_from_respondents("m", side, units, scores, periods=periods),
        panel_from_respondents("m", side, units, scores),
    )


def covered(found: UnitMeasure) -> pd.DataFrame:
    """The panel by period with the column `hidden`."""
    return found.by_period.frame.assign(hidden=hidden(found, THRESHOLD).cells)


def test_nothing_is_hidden_where_all_groups_are_large() -> None:
    found = hidden(measure({(f"u{u}", p): 5 for u in range(4) for p in ("1", "2")}), THRESHOLD)
    assert found.units == frozenset() and not found.cells.any()


def test_a_small_unit_takes_the_next_smallest_along() -> None:
    found = hidden(measure({("a", "1"): 3, ("b", "1"): 9, ("c", "1"): 6, ("d", "1"): 7}), THRESHOLD)
    assert found.units == {"a", "c"}
    assert list(found.cells) == [True, False, True, False]


def test_two_small_units_hide_each_other() -> None:
    assert hidden(measure({("a", "1"): 3, ("b", "1"): 9, ("c", "1"): 4}), THRESHOLD).units == {"a", "c"}


def test_a_small_period_of_a_unit_takes_another_period_and_another_unit_along() -> None:
    rows = covered(measure({("a", "1"): 3, ("a", "2"): 7, ("b", "1"): 8, ("b", "2"): 9, ("c", "1"): 6, ("c", "2"): 9}))
    table = rows.pivot(index="unit", columns="period", values="hidden")
    assert list(table.loc["a"]) == [True, True]
    assert list(table.loc["c"]) == [True, True]
    assert list(table.loc["b"]) == [False, False]


def test_units_that_are_small_in_every_period_are_shown_over_all() -> None:
    found = hidden(measure({(u, p): 3 for u in "abcd" for p in "123"}), THRESHOLD)
    assert found.units == frozenset()
    assert found.cells.all()


def test_published_scores_of_unknown_size_are_their_owners_to_show() -> None:
    panel = panel_from_unit_scores("m", "customer", ["a", "b", "c"], [1.0, 2.0, 3.0], n=[np.nan, 3, 20])
    found = hidden(UnitMeasure(panel, panel), THRESHOLD)
    assert found.units == {"b", "c"}
    assert list(found.cells) == [False, True, True]


def test_small_periods_are_not_told() -> None:
    found = measure({("a", "1"): 3, ("a", "2"): 9, ("b", "2"): 9, ("b", "3"): 30})
    assert shown_periods(found, THRESHOLD) == {"3"}


def test_units_are_small_by_the_side_with_too_few_people() -> None:
    measures = {
        "ex": measure({("a", "1"): 3, ("b", "1"): 9}, "employee"),
        "cx": measure({("a", "1"): 20, ("b", "1"): 4, ("c", "1"): 2}),
        "other": measure({("c", "1"): 8}),
    }
    assert small_units(measures, THRESHOLD) == {"a", "b"}


CELLS = st.dictionaries(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("123")), st.integers(1, 12), min_size=1, max_size=24
)


@settings(deadline=None, max_examples=50)
@given(CELLS)
def test_hidden_cells_of_a_row_or_column_are_enough_people(cells: dict[tuple[str, str], int]) -> None:
    found = measure(cells)
    result, frame = hidden(found, THRESHOLD), covered(found)
    assert frame.loc[frame["n"] < THRESHOLD, "hidden"].all()
    people = people_of(found.overall)
    assert set(people.index[people < THRESHOLD]) <= result.units
    for column in ("period", "unit"):
        for name, rows in frame.groupby(column):
            behind = rows[rows["hidden"]]
            if len(behind) and not behind.index.equals(rows.index) and name not in result.units:
                assert behind["n"].sum() >= THRESHOLD, (column, name)
    withheld = people[people.index.isin(result.units)]
    assert withheld.empty or withheld.sum() >= THRESHOLD or len(withheld) == len(people)


@settings(deadline=None, max_examples=50)
@given(CELLS)
def test_what_is_hidden_does_not_hang_on_the_order_of_the_rows(cells: dict[tuple[str, str], int]) -> None:
    turned = dict(reversed(cells.items()))
    assert hidden(measure(cells), THRESHOLD).units == hidden(measure(turned), THRESHOLD).units


def analysed(made: Tiny, folder: Path, seed: int = 1) -> Findings:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, seed))


def with_two_contrasts() -> Tiny:
    """One hypothesis over all periods, one over the second only; a unit with three customers in the first."""
    made = tiny(8)
    made.guests = [row for row in made.guests if row["team"] != team(3)]
    made.guests += guests(team(3), (3, 7), 3, np.random.default_rng(5))
    again = made.study[made.study.index("  h1:") : made.study.index("resampling")]
    made.replace("resampling", again.replace("h1:", "h2:") + '    periods: ["2025-Q2"]\nresampling')
    return made


def test_a_contrast_of_some_periods_does_not_give_the_others_away(tmp_path: Path) -> None:
    found = analysed(with_two_contrasts(), tmp_path)
    shown = {name: set(rows["unit"]) for name, rows in found.linked.groupby("hypothesis")}
    assert team(3) in shown["h1"]
    assert team(3) not in shown["h2"]
    assert found.estimate("h2.n").estimate == 8
    panels = found.panels[found.panels["measure"] == "csat"]
    assert panels["mean"].isna().all()


def test_the_seed_changes_random_draws_only(tmp_path: Path) -> None:
    made = tiny(12)
    one, same, other = (analysed(made, tmp_path, seed) for seed in (1, 1, 2))
    assert one.results == same.results
    changed = {term for term in one.results if one.results[term] != other.results[term]}
    assert changed
    assert {term for term in changed if not is_drawn(term)} == set()
    for term in changed:
        first, second = one.estimate(term), other.estimate(term)
        assert first is not None and second is not None
        assert first.estimate == second.estimate or is_estimated_by_draws(term), term


@pytest.mark.parametrize("threshold", [1, 6])
def test_the_threshold_is_the_plans(tmp_path: Path, threshold: int) -> None:
    made = tiny(6)
    made.replace("resampling", f"privacy: {{ min_respondents: {threshold} }}\nresampling")
    panels = analysed(made, tmp_path).panels
    shown = panels[panels["measure"] == "csat"]["mean"].notna()
    assert shown.all() == (threshold <= 5)
    assert shown.any() == (threshold <= 5)
