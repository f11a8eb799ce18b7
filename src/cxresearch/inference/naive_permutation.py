"""The wrong permutation beside the right one: why shuffling customers is not a test of a difference between units.

Customers of one unit share their unit's employees, so that their scores cannot change places with those of other units
as if each had its own. Shuffling them takes a few dozen units for thousands of independent observations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.inference.complete_cases import complete_cases, is_constant
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

_FEWEST_UNITS = 4
_BLOCK = 2000


def customer_level_p(
    outcome: ScoreMoments,
    predictor: ArrayLike,
    *,
    term: str,
    rng: np.random.Generator,
    n_permutations: int = 9999,
) -> tuple[Result, Result]:
    """The correlation of customers' scores with their unit's `predictor` (J,), tested wrongly and rightly.

    Returns
    -------
    `term` with the p value of shuffling customers, which is WRONG and flagged so: over all N! orders r has mean 0 and
    variance 1 / (N - 1) exactly, and its distribution is that of Pitman's t with N - 2 df up to terms of order 1 / N.
    `term.units` with the p value of the same correlation when whole units change places, (b + 1) / (m + 1).
    """
    names = (term, f"{term}.units")
    x, mean, ss, n = complete_cases(predictor, outcome.mean, outcome.ss, outcome.n)
    present = n > 0
    x, mean, ss, n = x[present], mean[present], ss[present], n[present]
    if len(x) < _FEWEST_UNITS:
        details = {"count": len(x), "needed": _FEWEST_UNITS}
        return _none(names, NotEstimable(term=term, reason="linkage.too_few_units", details=details))
    centred = mean - n @ mean / n.sum()
    total = float(ss.sum() + n @ centred**2)
    if is_constant(x) or total <= 0:
        return _none(names, NotEstimable(term=term, reason="linkage.constant"))
    r = float(_correlations(x[None, :], n, centred, total)[0])
    rows = int(n.sum())
    statistic = r * math.sqrt((rows - 2) / max(1e-300, 1 - r * r))
    counts: dict[str, Any] = {"n_units": len(x), "n_respondents": rows}
    wrong = Estimate(
        term=names[0],
        estimate=r,
        statistic=statistic,
        df=float(rows - 2),
        p_value=float(2 * stats.t.sf(abs(statistic), rows - 2)),
        method="honesty.customers_shuffled",
        health=("honesty.wrong_on_purpose",),
        **counts,
    )
    found = sum(
        int(np.count_nonzero(np.abs(_correlations(_shuffled(x, size, rng), n, centred, total)) >= abs(r) * (1 - 1e-12)))
        for size in _sizes(n_permutations)
    )
    p_value = (found + 1) / (n_permutations + 1)
    right = Estimate(term=names[1], estimate=r, p_value=p_value, method="honesty.units_shuffled", **counts)
    return wrong, right


def _none(names: tuple[str, str], reason: NotEstimable) -> tuple[Result, Result]:
    return reason.named(names[0]), reason.named(names[1])


def _sizes(n_permutations: int) -> list[int]:
    return [min(_BLOCK, n_permutations - start) for start in range(0, n_permutations, _BLOCK)]


def _shuffled(x: Floats, size: int, rng: np.random.Generator) -> Floats:
    return rng.permuted(np.tile(x, (size, 1)), axis=1)


def _correlations(x: Floats, n: Floats, centred: Floats, total: float) -> Floats:
    """Correlations over customers (B,) of unit values (B, J) with scores whose unit means are `centred` (J,)."""
    rows = n.sum()
    spread = x**2 @ n - (x @ n) ** 2 / rows
    return np.asarray(x @ (n * centred) / np.sqrt(np.maximum(spread, 1e-300) * total))
