"""Many specifications and many folds at once, against loops over models."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
import statsmodels.api as sm

from benchmarks.comparison import Row, Values, agree, optional, timed
from cxresearch.inference.specifications.cross_validation import out_of_sample_r2, random_folds, unit_products
from cxresearch.inference.specifications.sample_products import row_sample_products
from cxresearch.inference.specifications.specification_curve import Specification, specification_estimates
from cxresearch.inference.specifications.specification_test import joint_test
from cxresearch.moments import Floats, Ints

ROWS, UNITS, CONTROLS = 1_985, 500, 10
PEER_SPECIFICATIONS = 200
"""The statsmodels loop fits so many, and its time is multiplied."""
FOLDS, REPEATS = 10, 100
AGREES = 1e-9


def _simulated() -> tuple[Ints, Floats]:
    """Units, and ten columns: one predictor (0), one outcome (1), ten controls (2 …)."""
    rng = np.random.default_rng(20261122)
    unit = np.concatenate([np.arange(UNITS), rng.integers(0, UNITS, ROWS - UNITS)])
    columns = rng.normal(size=(ROWS, 2 + CONTROLS)) + rng.normal(size=(UNITS, 2 + CONTROLS))[unit]
    columns[:, 1] += 0.3 * columns[:, 0]
    return unit, columns


def _every() -> list[Specification]:
    """All sets of the controls, in ten samples: 10,240 specifications."""
    sets = [c for size in range(CONTROLS + 1) for c in itertools.combinations(range(3, 3 + CONTROLS), size)]
    return [Specification(1, 2, chosen, sample) for sample in range(10) for chosen in sets]


def _samples(n: int) -> Floats:
    weights = np.ones((10, n))
    for sample in range(1, 10):
        weights[sample, sample::11] = 0
    return weights


def _ours(unit: Ints, columns: Floats, specifications: list[Specification]) -> Values:
    data = row_sample_products(unit, columns, _samples(ROWS), UNITS)
    found = specification_estimates(data, specifications, level=0.95)
    slopes: Values = np.stack([found.slope, found.std_error])[:, :PEER_SPECIFICATIONS]
    return slopes


def _statsmodels(unit: Ints, columns: Floats, specifications: list[Specification]) -> Values:
    found = []
    for one in specifications[:PEER_SPECIFICATIONS]:
        kept = _samples(ROWS)[one.sample] > 0
        design = sm.add_constant(columns[kept][:, [place - 1 for place in one.columns[1:]]])
        fit = sm.OLS(columns[kept, 1], design).fit(cov_type="cluster", cov_kwds={"groups": unit[kept]})
        scale = columns[kept, 0].std(ddof=1) / columns[kept, 1].std(ddof=1)
        found.append([fit.params[1] * scale, fit.bse[1] * scale])
    return np.array(found).T


def _joint(columns: Floats, specifications: list[Specification]) -> float:
    rng = np.random.default_rng(1)
    weights = _samples(len(columns))
    return joint_test(columns, weights, specifications, rng=rng, n_permutations=500).median


def _cross_validated(x: Floats, y: Floats, folds: Ints) -> Values:
    return float(out_of_sample_r2(unit_products(y, x), folds).mean())


def _sklearn(peer: Any, x: Floats, y: Floats, folds: Ints) -> float:
    found = []
    for fold in folds:
        errors = nothing = 0.0
        for part in range(FOLDS):
            train, test = fold != part, fold == part
            predicted = peer.LinearRegression().fit(x[train], y[train]).predict(x[test])
            errors += float(((y[test] - predicted) ** 2).sum())
            nothing += float(((y[test] - y[train].mean()) ** 2).sum())
        found.append(1 - errors / nothing)
    return float(np.mean(found))


def rows() -> list[Row]:
    """The specification curve, its joint test, and grouped cross-validation."""
    unit, columns = _simulated()
    every = _every()
    own = timed(partial(_ours, unit, columns, every))
    peer = timed(partial(_statsmodels, unit, columns, every), 1)
    agree(own.values, peer.values, rtol=AGREES)
    seconds = peer.seconds * len(every) / PEER_SPECIFICATIONS
    note = f"peer: {PEER_SPECIFICATIONS}, scaled"
    size = f"{len(every):,} × {ROWS:,} rows, {UNITS} units"
    found = [Row("specifications, cluster-robust", size, "statsmodels loop", seconds, own.seconds, 30, note)]
    of_units = np.stack([np.bincount(unit, column) / np.bincount(unit) for column in columns.T], axis=1)
    own = timed(partial(_joint, of_units, every[:1024]))
    found.append(Row("joint permutation test (allowed .5 s)", f"1,024 × 500, {UNITS} units", "–", None, own.seconds))
    x, y = of_units[:, [0, *range(2, 2 + CONTROLS)]], of_units[:, 1]
    folds = random_folds(np.random.default_rng(1), UNITS, FOLDS, REPEATS)
    own = timed(partial(_cross_validated, x, y, folds))
    sklearn = optional("sklearn.linear_model")
    of_sklearn = timed(partial(_sklearn, sklearn, x, y, folds), 1) if sklearn else None
    if of_sklearn:
        agree(own.values, of_sklearn.values, rtol=AGREES)
    seconds_of = of_sklearn.seconds if of_sklearn else None
    size = f"{UNITS} units, {FOLDS} folds × {REPEATS}"
    found.append(Row("cross-validation by unit", size, "scikit-learn loop", seconds_of, own.seconds, 100))
    return found
