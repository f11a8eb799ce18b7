"""One test of a whole specification curve: would chance alone give so strong a curve?

Specifications share their units, so that their p values cannot be counted. The employees' values change places between
units, all variants of them together, and the whole curve is computed again for every arrangement; units are exchanged
only with units that belong to the same samples, so that every arrangement keeps all samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cxresearch.inference.specifications.specification_curve import Specification
from cxresearch.moments import Floats, Ints

_CELLS = 3_000_000
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class JointTest:
    """The curve's statistics and the share of arrangements in which they are at least as large.

    Attributes
    ----------
    median : of the standardised slopes. share_significant : share of specifications significant in the more frequent
        direction. share_sign : share with the more frequent sign. p_median (of its size), p_significant, p_sign :
        (b + 1) / (m + 1). n_permutations : m.
    """

    median: float
    share_significant: float
    share_sign: float
    p_median: float
    p_significant: float
    p_sign: float
    n_permutations: int


@dataclass(frozen=True, slots=True)
class _Family:
    """Specifications that share predictor and sample: what their slopes need of a permuted predictor.

    Attributes
    ----------
    predictor : column. inside : units of the sample; root : root of their weights. held : (N, Q) all columns there,
        centred and weighted. basis : (Q, K) coefficients that make the orthonormal covariates of all designs;
        design d has those from starts[d] on. outcomes : (Q, S) coefficients of their residuals; design : (S,) of
        each specification. squares, free : (S,) their sums of squares and residual degrees of freedom. scale : (S,)
        1 over the outcome's standard deviation.
    """

    predictor: int
    inside: Ints
    root: Floats
    held: Floats
    basis: Floats
    starts: Ints
    outcomes: Floats
    design: Ints
    squares: Floats
    free: Ints
    scale: Floats


def joint_test(
    columns: ArrayLike,
    weights: ArrayLike,
    specifications: Sequence[Specification],
    *,
    rng: np.random.Generator,
    n_permutations: int = 500,
    level: float = 0.95,
    strata: ArrayLike | None = None,
) -> JointTest:
    """Permute the predictors of the specifications between units and compute every curve.

    `columns` (J, Q) without the intercept, `weights` (M, J), 0 for units outside a sample. A specification counts as
    significant by the t test with one variance: the permutation makes the share's own test right, whatever the test
    it counts, and this one needs no more than the products of the permuted predictor with the columns.

    Units change places within equal rows of `strata` (J, S), which must tell apart all units that a sample leaves out
    because of a predictor, or that lack one; without it, within equal membership of all samples.
    """
    values = np.column_stack([np.ones(len(np.asarray(columns))), np.asarray(columns, dtype=np.float64)])
    weight = np.asarray(weights, dtype=np.float64)
    families = [_family(values, weight, members) for members in _alike(specifications)]
    alike = (weight > 0).T if strata is None else np.asarray(strata).reshape(len(values), -1)
    groups = np.unique(alike, axis=0, return_inverse=True)[1].ravel()
    observed = _statistics(values, np.arange(len(values))[None, :], families, level)
    drawn = [
        _statistics(values, order, families, level)
        for order in _arrangements(groups, rng, n_permutations, _CELLS // len(values))
    ]
    found = np.concatenate(drawn)
    reached = (found >= observed * (1 - _TIE)).sum(axis=0)
    p_values = (reached + 1) / (n_permutations + 1)
    median = float(np.median(_curves(values, np.arange(len(values))[None, :], families, level)[0]))
    return JointTest(
        median=median,
        share_significant=float(observed[0, 1]),
        share_sign=float(observed[0, 2]),
        p_median=float(p_values[0]),
        p_significant=float(p_values[1]),
        p_sign=float(p_values[2]),
        n_permutations=n_permutations,
    )


def _alike(specifications: Sequence[Specification]) -> list[list[Specification]]:
    found: dict[tuple[int, int], list[Specification]] = {}
    for item in specifications:
        found.setdefault((item.predictor, item.sample), []).append(item)
    return list(found.values())


def _family(values: Floats, weights: Floats, members: list[Specification]) -> _Family:
    first = members[0]
    inside = np.flatnonzero(weights[first.sample] > 0)
    root = np.sqrt(weights[first.sample][inside])
    raw = np.nan_to_num(values[inside])
    held = np.column_stack([raw[:, :1], raw[:, 1:] - raw[:, 1:].mean(axis=0)]) * root[:, None]
    spread = raw.std(axis=0, ddof=1)
    designs = list(dict.fromkeys(item.covariates for item in members))
    bases = [_basis(held, (0, *covariates)) for covariates in designs]
    place = np.array([designs.index(item.covariates) for item in members])
    outcomes = np.zeros((held.shape[1], len(members)))
    outcomes[[item.outcome for item in members], np.arange(len(members))] = 1.0
    for column, (item, at) in enumerate(zip(members, place, strict=True)):
        outcomes[:, column] -= bases[at] @ ((held @ bases[at]).T @ held[:, item.outcome])
    widths = np.array([basis.shape[1] for basis in bases])
    return _Family(
        first.predictor,
        inside,
        root,
        held,
        np.column_stack(bases),
        np.concatenate([[0], np.cumsum(widths)[:-1]]),
        outcomes,
        place,
        ((held @ outcomes) ** 2).sum(axis=0),
        len(inside) - widths[place] - 1,
        1 / spread[[item.outcome for item in members]],
    )


def _basis(held: Floats, columns: Sequence[int]) -> Floats:
    """Coefficients (Q, K) with which the columns make an orthonormal basis of some of them."""
    chosen = held[:, list(columns)]
    norm = np.maximum(np.linalg.norm(chosen, axis=0), 1e-300)
    _, size, right = np.linalg.svd(chosen / norm, full_matrices=False)
    kept = size > size[0] * 1e-10
    basis = np.zeros((held.shape[1], int(kept.sum())))
    basis[list(columns)] = right[kept].T / size[kept] / norm[:, None]
    return basis


def _arrangements(strata: Ints, rng: np.random.Generator, count: int, most: int) -> Iterator[Ints]:
    """Random orders (B, J) of the units within their strata, in blocks of bounded size."""
    groups = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    block = max(1, min(count, most))
    for start in range(0, count, block):
        size = min(block, count - start)
        order = np.tile(np.arange(len(strata)), (size, 1))
        for group in groups:
            order[:, group] = rng.permuted(np.tile(group, (size, 1)), axis=1)
        yield order


def _statistics(values: Floats, order: Ints, families: list[_Family], level: float) -> Floats:
    """Size of the median, share significant and share of the more frequent sign (B, 3) in each arrangement."""
    slopes, significant = _curves(values, order, families, level)
    above, below = slopes > 0, slopes < 0
    share = np.maximum((significant & above).mean(axis=1), (significant & below).mean(axis=1))
    sign = np.maximum(above.mean(axis=1), below.mean(axis=1))
    return np.column_stack([np.abs(np.median(slopes, axis=1)), share, sign])


def _curves(values: Floats, order: Ints, families: list[_Family], level: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Standardised slopes (B, S) and whether each is significant, by family; the specifications' order is lost."""
    slopes, significant = [], []
    for family in families:
        x = values[:, family.predictor][order[:, family.inside]]
        x = x - x.mean(axis=1, keepdims=True)
        width = np.sqrt((x**2).sum(axis=1, keepdims=True) / (len(family.inside) - 1))
        x = x * family.root
        products = x @ family.held
        explained = np.add.reduceat((products @ family.basis) ** 2, family.starts, axis=1)
        spread = ((x**2).sum(axis=1)[:, None] - explained)[:, family.design]
        slope = products @ family.outcomes / spread
        explained_by_slope = slope**2 * spread
        critical = stats.t.isf((1 - level) / 2, family.free)
        rest = np.maximum(family.squares - explained_by_slope, 0.0)
        significant.append(explained_by_slope * family.free > critical**2 * rest)
        slopes.append(slope * width * family.scale)
    return np.concatenate(slopes, axis=1), np.concatenate(significant, axis=1)
