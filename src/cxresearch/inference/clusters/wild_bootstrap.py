"""Restricted wild cluster bootstrap of a coefficient's t statistic (Cameron, Gelbach and Miller 2008).

The model is fitted with the coefficient held at b0; each draw multiplies every cluster's residuals by one random
weight, and the t statistic (CR1S) of the draws is compared with the observed one. At b0 = b + d the restricted
residuals are linear in d, so each draw's numerator is linear and its squared error quadratic in d: with these five
numbers per draw p(b0) is known for every b0, and the interval holds the values that are not rejected. Draws never touch
rows; they are products of the weights (B, J) with clusters' cross-products.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxresearch.inference.clusters.cluster_grams import ClusterFit, ClusterGrams, fit_clusters
from cxresearch.inference.clusters.cr2 import cr1s
from cxresearch.inference.permutation import monte_carlo_error
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

Weights = Literal["rademacher", "webb"]
WEIGHTS: dict[Weights, Floats] = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.sqrt([0.5, 1.0, 1.5])[[2, 1, 0, 0, 1, 2]] * np.array([-1, -1, -1, 1, 1, 1]),
}
"""What a cluster's residuals are multiplied by; Webb's six values give enough different draws with few clusters."""

WEBB_UP_TO = 12
"""Up to so many clusters Webb's weights are used."""

_CELLS = 4_000_000
_TIE = 1e-10
_NEAR, _FAR = 0.25, 60


@dataclass(frozen=True, slots=True)
class _Draws:
    """Each draw's numerator n0 - d n1 and squared error q0 - 2 d q1 + d^2 q2, and the observed squared error."""

    parts: Floats
    observed: float
    exact: bool

    def p_value(self, shift: float) -> float:
        """Two-sided p of the hypothesis that the coefficient is the estimate plus `shift`."""
        n0, n1, q0, q1, q2 = self.parts
        drawn = (n0 - shift * n1) ** 2 * self.observed
        limit = shift**2 * (q0 - 2 * shift * q1 + shift**2 * q2)
        found = int(np.count_nonzero(drawn >= limit * (1 - _TIE)))
        return found / len(n0) if self.exact else (found + 1) / (len(n0) + 1)


def wild_bootstrap(
    grams: ClusterGrams,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int = 9999,
    column: int | None = None,
    weights: Weights | None = None,
) -> Result:
    """Slope of one column (the first predictor unless told) with the bootstrap's p value and inverted interval.

    Weights are Webb's with up to 12 clusters and Rademacher's with more, unless told. When all their combinations, up
    to sign, are no more than `n_draws`, they are enumerated and p is exact; else p is (b + 1) / (m + 1). An end of the
    interval is infinite where no value on that side is rejected; the health is then `models.open_interval`.
    """
    fit = fit_clusters(grams) if grams.n_clusters > 1 else None
    if fit is None:
        return _unfitted(grams, term)
    place = grams.first if column is None else column
    chosen: Weights = weights or ("webb" if grams.n_clusters <= WEBB_UP_TO else "rademacher")
    error = math.sqrt(cr1s(fit).covariance[place, place])
    if error <= 1e-10 * abs(float(fit.coefficients[place])) or error == 0:
        return NotEstimable(term=term, reason="linkage.full_leverage")
    draws = _draw(fit, place, WEIGHTS[chosen], rng, n_draws)
    estimate = float(fit.coefficients[place])
    p_value = draws.p_value(-estimate)
    low, high = (estimate + _end(draws, side * error, 1 - level) for side in (-1, 1))
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=error,
        statistic=estimate / error,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=grams.n_clusters,
        n_respondents=grams.n_rows,
        method=f"models.wild_{chosen}" + ("_exact" if draws.exact else ""),
        health=_health(draws, p_value, (low, high), 1 - level),
    )


def _draw(fit: ClusterFit, place: int, values: Floats, rng: np.random.Generator, n_draws: int) -> _Draws:
    clusters = fit.grams.n_clusters
    bound = len(values) ** min(clusters, 40) // 2
    exact = bound <= n_draws
    sides = fit.scores, _slopes_of_scores(fit, place)
    blocks = _every(values, clusters) if exact else _random(values, clusters, rng, n_draws)
    parts = np.concatenate([_parts(fit, place, sides, block) for block in blocks], axis=1)
    observed = float((sides[0] @ fit.bread[:, place]) @ (sides[0] @ fit.bread[:, place]))
    return _Draws(parts, observed, exact)


def _slopes_of_scores(fit: ClusterFit, place: int) -> Floats:
    """(J, P) by how much the restricted fit's scores fall when the held coefficient rises by one."""
    others = np.delete(np.arange(len(fit.coefficients)), place)
    total = fit.grams.xx.sum(axis=0)
    on_others = np.linalg.solve(total[np.ix_(others, others)], total[others, place])
    return np.asarray(fit.grams.xx[:, :, place] - fit.grams.xx[:, :, others] @ on_others)


def _parts(fit: ClusterFit, place: int, sides: tuple[Floats, Floats], weights: Floats) -> Floats:
    """n0, n1, q0, q1 and q2 (5, B) of the draws with `weights` (B, J)."""
    towards = fit.bread[:, place]
    leverage = fit.grams.xx @ towards
    spread = leverage.T @ leverage
    own = [side @ towards for side in sides]
    moved = [weights @ (side @ fit.bread) for side in sides]
    mixed = [weights @ (one[:, None] * leverage) for one in own]
    squared = weights**2

    def product(first: int, second: int) -> Floats:
        crossed = (moved[first] * mixed[second]).sum(axis=1) + (moved[second] * mixed[first]).sum(axis=1)
        return np.asarray(
            squared @ (own[first] * own[second]) - crossed + ((moved[first] @ spread) * moved[second]).sum(axis=1)
        )

    return np.stack([moved[0][:, place], moved[1][:, place], product(0, 0), product(0, 1), product(1, 1)])


def _every(values: Floats, clusters: int) -> Iterator[Floats]:
    """All weights (B, J) up to their common sign, which does not change the size of t."""
    firsts = values[values > 0]
    every = itertools.product(firsts, *[values] * (clusters - 1))
    while block := list(itertools.islice(every, 4096)):
        yield np.array(block)


def _random(values: Floats, clusters: int, rng: np.random.Generator, n_draws: int) -> Iterator[Floats]:
    block = max(1, _CELLS // clusters)
    for start in range(0, n_draws, block):
        yield values[rng.integers(len(values), size=(min(block, n_draws - start), clusters))]


def _end(draws: _Draws, step: float, alpha: float) -> float:
    """How far from the estimate, in the direction of `step`, p falls to `alpha`; infinite if it never does."""
    inner = 0.0
    for turn in range(1, _FAR + 1):
        outer = step * (_NEAR * turn if turn <= 40 else 10 * 2.0 ** (turn - 40))
        if draws.p_value(outer) <= alpha:
            return _between(draws, inner, outer, alpha)
        inner = outer
    return math.copysign(math.inf, step)


def _between(draws: _Draws, inner: float, outer: float, alpha: float) -> float:
    for _ in range(60):
        middle = (inner + outer) / 2
        inner, outer = (inner, middle) if draws.p_value(middle) <= alpha else (middle, outer)
    return inner


def _health(draws: _Draws, p_value: float, ends: tuple[float, float], alpha: float) -> tuple[str, ...]:
    n_draws = draws.parts.shape[1]
    open_question = not draws.exact and abs(p_value - alpha) < 2 * monte_carlo_error(p_value, n_draws)
    found = ("linkage.monte_carlo_borderline",) if open_question else ()
    return found if all(math.isfinite(end) for end in ends) else (*found, "models.open_interval")


def _unfitted(grams: ClusterGrams, term: str) -> NotEstimable:
    if grams.n_clusters < 2:
        details = {"count": grams.n_clusters, "needed": 2}
        return NotEstimable(term=term, reason="linkage.too_few_units", details=details)
    return NotEstimable(term=term, reason="linkage.collinear")
