from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxresearch.codebook import Direction, Responses, Variable, check_direction
from tests.codebook.tables import UNIT, variable

NEAR_PANDAS = 1e-12
"""Both are sums over the same few hundred rows in float64."""


def answers(n: int, *, noise: float = 0.6, seed: int = 5) -> np.ndarray:
    """(n, 4) answers 1..5 of one trait; the last item is worded the other way round."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1))
    values = np.clip(np.round(3 + trait + noise * rng.normal(size=(n, 4))), 1, 5)
    values[:, 3] = 6 - values[:, 3]
    return values


def responses(values: np.ndarray, items: tuple[Variable, ...], frequency: np.ndarray | None = None) -> Responses:
    frame = pd.DataFrame(values, columns=[item.name for item in items])
    frame.insert(0, "unit", "a")
    frame["frequency"] = 1 if frequency is None else frequency
    return Responses("survey", "employee", "respondents", frame, (UNIT, *items))


def items(**changed: bool) -> tuple[Variable, ...]:
    return tuple(variable(f"q{k}", reversed=changed.get(f"q{k}", False), line=k + 1) for k in range(1, 5))


def test_an_item_that_was_not_turned_stops_the_run() -> None:
    found = check_direction(responses(answers(300), items()), "codebook.csv")
    assert [problem.value for problem in found.errors] == ["q4"]
    problem = found.errors[0]
    assert (problem.code, problem.file, problem.line, problem.column) == (
        "data.not_reversed",
        "codebook.csv",
        5,
        "reversed",
    )
    assert problem.what("en").startswith(
        "The item “q4” runs against the other items of the scale “s”: it correlates −."
    )
    assert "write yes under “reversed” in the codebook" in problem.remedy("en")
    assert problem.what("fi").startswith("Osio ”q4” on vastakkainen saman mittarin muille osioille (mittari: ”s”)")


def test_the_correlation_is_that_of_the_item_with_the_rest() -> None:
    values = answers(300)
    values[:20, 1] = np.nan
    found = check_direction(responses(values, items()))
    whole = values[20:]
    expected = np.corrcoef(whole[:, 3], whole[:, :3].sum(axis=1))[0, 1]
    assert found.errors[0].details["r"] == pytest.approx(expected, abs=NEAR_PANDAS)
    assert found.errors[0].details["n"] == 280


def test_a_declared_item_is_turned_and_passes() -> None:
    assert check_direction(responses(answers(300), items(q4=True))) == Direction()


def test_an_item_turned_already_by_the_export_is_told_apart() -> None:
    values = answers(300)
    values[:, 3] = 6 - values[:, 3]
    found = check_direction(responses(values, items(q4=True)))
    assert [problem.code for problem in found.errors] == ["data.wrongly_reversed"]
    assert "Perhaps the export has turned it already" in found.errors[0].remedy("en")


def test_weak_evidence_is_a_notice() -> None:
    few = check_direction(responses(answers(300)[:5], items()))
    assert not few.errors
    assert [problem.code for problem in few.notices] == ["data.not_reversed_perhaps"]
    assert few.notices[0].details["r"] < -0.2
    assert "hardly goes with the other items" in few.notices[0].what("en")
    assert "sopii huonosti yhteen" in few.notices[0].what("fi")


def test_rows_that_stand_for_many_count_as_many() -> None:
    values = answers(40)
    times = np.random.default_rng(1).integers(1, 9, size=40)
    counted = check_direction(responses(values, items(), times))
    expanded = check_direction(responses(np.repeat(values, times, axis=0), items()))
    assert counted.errors[0].details["n"] == expanded.errors[0].details["n"]
    assert counted.errors[0].details["r"] == pytest.approx(expanded.errors[0].details["r"], abs=NEAR_PANDAS)


def test_what_cannot_be_judged_is_not() -> None:
    values = answers(300)
    values[:, 3] = 2
    assert check_direction(responses(values, items())) == Direction()
    assert check_direction(responses(values[:2], items())) == Direction()
    alone = (variable("q1"),)
    assert check_direction(responses(values[:, :1], alone)) == Direction()
    counts = Responses("survey", "employee", "counts", pd.DataFrame(), items())
    assert check_direction(counts) == Direction()
