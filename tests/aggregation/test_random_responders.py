"""Agreement of random responders against R's simulation and a case that can be counted out."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation import null_distribution, random_responder_limit
from cxresearch.statistic import Estimate, NotEstimable

SIMULATED = 0.02  # R's and our Monte Carlo error of a 95th percentile of 10,000 draws


def test_the_limit_equals_rs_simulation(shared: Path, reference: Path) -> None:
    witness = json.loads((reference / "aggregation.json").read_text())["lq2002"]["rwgj_sim_gsize10_p95"]
    items = pd.read_csv(shared / "data" / "multilevel" / "lq2002.csv").filter(regex=r"^LEAD\d")
    null = null_distribution("uniform", 5)
    assert null is not None
    result = random_responder_limit(10, items.corr(), null, term="a.limit", rng=np.random.default_rng(22))
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(witness["p95"], abs=SIMULATED)
    assert (result.n_respondents, result.n_items) == (10, 11)


def test_three_people_and_one_item_can_be_counted_out() -> None:
    null = null_distribution("uniform", 4)
    assert null is not None
    cases = np.array([np.var(case, ddof=1) for case in itertools.product(range(4), repeat=3)])
    for share in (0.5, 0.85, 0.97):
        exact = np.quantile(1 - np.minimum(cases / null.variance, 1), share)
        result = random_responder_limit(3, [[1.0]], null, term="t", rng=np.random.default_rng(23), share=share)
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(exact, abs=1e-12)  # the quantile is one of few values


def test_one_person_cannot_agree() -> None:
    null = null_distribution("normal", 7)
    assert null is not None
    assert isinstance(random_responder_limit(1, [[1.0]], null, term="t", rng=np.random.default_rng(1)), NotEstimable)
