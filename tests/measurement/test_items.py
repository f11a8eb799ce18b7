"""Item statistics against R's psych and against the answers themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.measurement import item_statistics, item_statistics_of_counts
from cxresearch.scoring import tally
from cxresearch.statistic import Estimate, NotEstimable, Result

WITNESS = 1e-8  # R printed ten digits after the point
NAMES = ("ex_01", "ex_02", "ex_03", "ex_04")


@pytest.fixture(scope="module")
def items(reference: Path) -> np.ndarray:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    return frame.assign(ex_04=6 - frame["ex_04"])[list(NAMES)].to_numpy(dtype=float)


def by_term(results: tuple[Result, ...]) -> dict[str, Result]:
    found = {result.term: result for result in results}
    assert len(found) == len(results)
    return found


def test_item_rest_and_alpha_if_dropped_equal_psych(items: np.ndarray, reference: Path) -> None:
    witness = json.loads((reference / "reliability.json").read_text())["S1"]
    results = by_term(item_statistics(items, NAMES, minimum=1, maximum=5, term="s"))
    for name in NAMES:
        rest, dropped = results[f"s.{name}.item_rest"], results[f"s.{name}.alpha_if_dropped"]
        assert isinstance(rest, Estimate)
        assert isinstance(dropped, Estimate)
        assert rest.estimate == pytest.approx(witness["r_drop"][name], abs=WITNESS)
        assert dropped.estimate == pytest.approx(witness["alpha_if_dropped"][name], abs=WITNESS)
        interval = stats.pearsonr(items[:, NAMES.index(name)], np.delete(items, NAMES.index(name), 1).sum(axis=1))
        limits = interval.confidence_interval(0.95)
        assert [rest.conf_low, rest.conf_high] == pytest.approx([limits.low, limits.high], abs=1e-10)


def test_single_items_are_described_from_the_answers_given(items: np.ndarray) -> None:
    gaps = items.copy()
    gaps[::10, 0] = np.nan
    results = by_term(item_statistics(gaps, NAMES, minimum=1, maximum=[5, 5, 5, 5], term="s"))
    known = gaps[~np.isnan(gaps[:, 0]), 0]
    expected = {
        "missing": 1 - len(known) / len(gaps),
        "mean": known.mean(),
        "sd": known.std(ddof=1),
        "skewness": stats.skew(known, bias=False),
        "floor": (known == 1).mean(),
        "ceiling": (known == 5).mean(),
    }
    for statistic, value in expected.items():
        result = results[f"s.ex_01.{statistic}"]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(value, abs=1e-12)
    mean = results["s.ex_01.mean"]
    assert isinstance(mean, Estimate)
    reach = stats.t.ppf(0.975, len(known) - 1) * stats.sem(known)
    assert mean.conf_high == pytest.approx(known.mean() + reach, abs=1e-12)


def test_counts_tell_the_same_of_single_items_and_refuse_the_rest(items: np.ndarray) -> None:
    options = np.arange(1.0, 6.0)
    counts = np.array([[(column == option).sum() for option in options] for column in items.T])
    from_rows = by_term(item_statistics(items, NAMES, minimum=1, maximum=5, term="s"))
    from_counts = by_term(item_statistics_of_counts(options, counts, NAMES, missing=np.zeros(4), term="s"))
    assert from_counts.keys() == from_rows.keys()
    for term, result in from_counts.items():
        if term.endswith(("item_rest", "alpha_if_dropped")):
            assert result == NotEstimable(term=term, reason="measurement.grain_counts")
        else:
            other = from_rows[term]
            assert isinstance(result, Estimate)
            assert isinstance(other, Estimate)
            assert result.estimate == pytest.approx(other.estimate, abs=1e-12)
    unknown = by_term(item_statistics_of_counts(options, counts, NAMES, term="s"))["s.ex_01.missing"]
    assert unknown == NotEstimable(term="s.ex_01.missing", reason="measurement.missing_unknown")


def test_an_undeclared_reversed_item_is_flagged(items: np.ndarray) -> None:
    unturned = items.copy()
    unturned[:, 3] = 6 - unturned[:, 3]
    results = by_term(item_statistics(unturned, NAMES, minimum=1, maximum=5, term="s"))
    flagged = [
        term
        for term, result in results.items()
        if isinstance(result, Estimate) and "measurement.negative_item_rest" in result.health
    ]
    assert flagged == ["s.ex_04.item_rest"]


@pytest.mark.parametrize(
    ("shape", "reason"), [((5, 3), "measurement.too_few_respondents"), ((20, 1), "measurement.too_few_items")]
)
def test_too_little_for_the_rest(shape: tuple[int, int], reason: str) -> None:
    answers = np.random.default_rng(16).integers(1, 6, shape).astype(float)
    results = item_statistics(answers, [f"i{k}" for k in range(shape[1])], minimum=1, maximum=5, term="s")
    refused = [result for result in results if isinstance(result, NotEstimable)]
    assert {result.reason for result in refused} == {reason}
    assert all(result.term.endswith(("item_rest", "alpha_if_dropped")) for result in refused)


def test_two_items_have_no_alpha_without_one_and_a_constant_item_no_correlation() -> None:
    answers = np.column_stack([np.random.default_rng(17).integers(1, 6, 30), np.full(30, 4)]).astype(float)
    results = by_term(item_statistics(answers, ("a", "b"), minimum=1, maximum=5, term="s"))
    assert results["s.a.alpha_if_dropped"].reason == "measurement.too_few_items"  # type: ignore[union-attr]
    assert results["s.b.item_rest"].reason == "measurement.no_variation"  # type: ignore[union-attr]


def test_an_item_nobody_answered() -> None:
    results = by_term(item_statistics(np.full((20, 2), np.nan), ("a", "b"), minimum=1, maximum=5, term="s"))
    missing = results.pop("s.a.missing")
    assert isinstance(missing, Estimate)
    assert missing.estimate == 1
    assert isinstance(results.pop("s.b.missing"), Estimate)
    assert all(isinstance(result, NotEstimable) for result in results.values())
    assert tally([np.nan])[0].size == 0
