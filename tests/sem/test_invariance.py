"""The invariance ladder against lavaan, and partial invariance against known truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.sem.compare import Comparison, release_gain
from cxresearch.sem.factor_models import LEVELS, grouped_cfa
from cxresearch.sem.fit import fit_model
from cxresearch.sem.fit_indices import fit_indices
from cxresearch.sem.invariance import Invariance, invariance
from cxresearch.sem.invariance_results import invariance_results
from cxresearch.sem.samples import sample_from_rows
from cxresearch.statistic import Estimate, NotEstimable
from tests.sem.models import CHI2, FACTORS, HOLZINGER, INDEX, ITEMS, compare_fit, sure

HOLED_INDEX = 1e-5
SCALED = 1e-4
"""lavaan's scaled statistics rest on a numerical Hessian."""


def _ladder(found: Invariance | NotEstimable) -> Invariance:
    assert isinstance(found, Invariance)
    return found


def test_two_schools_as_lavaan_publishes_them(shared: Path, reference: Path) -> None:
    expected = json.loads((reference / "invariance_holzinger.json").read_text(encoding="utf-8"))
    rows = pd.read_csv(shared / "refvalues" / "data" / "pub_holzinger.csv")
    items = [item for listed in HOLZINGER.values() for item in listed]
    samples = [sample_from_rows(rows.loc[rows["school"] == school, items]) for school in ("Pasteur", "Grant-White")]
    ladder = _ladder(invariance(HOLZINGER, samples, term="t"))
    for place, step in enumerate(ladder.full):
        compare_fit(step.fit, expected[step.level])
        indices = fit_indices(step.fit)
        assert indices.aic == pytest.approx(expected[step.level]["aic"], abs=CHI2)
        assert indices.bic == pytest.approx(expected[step.level]["bic"], abs=CHI2)
        if place:
            assert isinstance(step.test, Comparison)
            assert step.test.chi2 == pytest.approx(expected["lrt"]["dchisq"][place], abs=CHI2)
            assert step.test.df == expected["lrt"]["ddf"][place]
            assert step.test.p == pytest.approx(expected["lrt"]["p"][place], rel=1e-4)
    assert [step.holds for step in ladder.full] == [True, True, False, False]
    assert ladder.path[2].freed == (("intercept", "x3"), ("intercept", "x7"))  # what the lavaan tutorial frees


def test_regions_with_holes_and_robust_errors(witness: dict[str, Any], holed: pd.DataFrame) -> None:
    samples = [sample_from_rows(group[ITEMS]) for _, group in holed.groupby("region", sort=False)]
    ladder = _ladder(invariance(FACTORS, samples, term="t", estimator="mlr"))
    for step in ladder.full:
        compare_fit(step.fit, witness["ladder"][step.level], ".robust")
        if step.level != "configural":
            assert isinstance(step.test, Comparison)
            assert step.test.chi2 == pytest.approx(witness["ladder_steps"][step.level]["chi2"], abs=SCALED)
            assert step.test.p == pytest.approx(witness["ladder_steps"][step.level]["p"], abs=INDEX)
    assert ladder.reached == "strict"
    assert ladder.stopped is None


def test_the_score_test_of_freeing_a_loading(witness: dict[str, Any], employees: pd.DataFrame) -> None:
    regions = pd.unique(employees["region"])[:2]
    samples = [sample_from_rows(employees.loc[employees["region"] == region, ITEMS]) for region in regions]
    held = sure(fit_model(grouped_cfa(FACTORS, 2, "metric"), samples, term="t"))
    for item, expected in zip(ITEMS, witness["release"], strict=True):
        freed = grouped_cfa(FACTORS, 2, "metric", freed=(("loading", item),))
        assert release_gain(held, freed) == pytest.approx(expected, abs=1e-3)
        loose = sure(fit_model(freed, samples, term="t"))
        assert held.chi2 - loose.chi2 == pytest.approx(expected, abs=0.3)  # the two tests agree only asymptotically


def _groups(n: int, shift: float, seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = [rng.normal(size=(n, 1)) * [1, 0.9, 0.8, 0.7] + 0.6 * rng.normal(size=(n, 4)) for _ in range(3)]
    rows[1][:, 2] += shift
    return rows


@pytest.mark.parametrize(("shift", "freed"), [(0.0, ()), (0.8, (("intercept", "i2"),))])
def test_an_item_that_one_group_reads_otherwise_is_found(shift: float, freed: tuple[tuple[str, str], ...]) -> None:
    names = ["i0", "i1", "i2", "i3"]
    samples = [sample_from_rows(rows) for rows in _groups(400, shift)]
    ladder = _ladder(invariance({"f": names}, samples, term="t"))
    assert ladder.reached == "strict"
    assert ladder.freed == freed
    found = {result.term: result for result in invariance_results(ladder, term="t")}
    reached = found["t.reached"]
    assert isinstance(reached, Estimate)
    assert reached.estimate == LEVELS.index("strict")
    assert reached.n_respondents == 1200
    assert ("sem.partial_invariance" in reached.health) == bool(freed)
    if freed:
        gap = found["t.freed.intercept.i2"]
        assert isinstance(gap, Estimate)
        assert gap.estimate == pytest.approx(shift, abs=0.15)  # three standard errors of 400 respondents
        assert isinstance(found["t.partial.scalar.delta_cfi"], Estimate)


def test_too_small_a_group_says_why() -> None:
    samples = [sample_from_rows(rows) for rows in _groups(10, 0.0)]
    found = invariance({"f": ["i0", "i1", "i2", "i3"]}, samples, term="t")
    assert isinstance(found, NotEstimable)
    assert found.reason == "sem.too_few_rows"
