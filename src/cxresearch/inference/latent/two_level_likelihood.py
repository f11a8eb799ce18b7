"""Several scores of the same people in units: the normal likelihood with a covariance matrix within and one between.

A person's scores are the unit's latent scores, which vary with the matrix B over units, plus deviations that vary with
the matrix W within them; units may differ in size. All that the likelihood needs is each unit's n and means and the
pooled sums of products within units (Muthen 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats, ItemMoments


@dataclass(frozen=True, slots=True)
class TwoLevelMoments:
    """What the likelihood needs of the rows.

    Attributes
    ----------
    n : (J,) people of each unit, all above 0. mean : (J, K) their means. cross : (K, K) sums over all units of products
        of deviations from the unit's means. known_means : (K,) population means that are not estimated, NaN where one
        is; None estimates all.
    """

    n: Floats
    mean: Floats
    cross: Floats
    known_means: Floats | None = None

    @property
    def n_rows(self) -> int:
        """People in all units."""
        return int(self.n.sum())

    @property
    def n_scores(self) -> int:
        """Scores of each person, K."""
        return int(self.mean.shape[1])


def two_level_moments(items: ItemMoments) -> TwoLevelMoments:
    """From moments by unit; units without anybody who gave every score are left out."""
    kept = items.n_complete > 0
    return TwoLevelMoments(
        items.n_complete[kept].astype(np.float64), items.mean[kept], np.asarray(items.cross[kept].sum(axis=0))
    )


@dataclass(frozen=True, slots=True)
class TwoLevelPoint:
    """The deviance at one W and B, means at their best.

    Attributes
    ----------
    value : -2 log likelihood. of_within, of_between : (K, K) its derivatives by W and by B.
    means : (K,). sizes : (S,) distinct unit sizes; counts : (S,) how many units have each; inverses : (S, K, K) of
        W + n B; within_inverse : (K, K) of W. They serve the information matrix.
    """

    value: float
    of_within: Floats
    of_between: Floats
    means: Floats
    sizes: Floats
    counts: Floats
    inverses: Floats
    within_inverse: Floats


def _best_means(matrix: Floats, right: Floats, known: Floats | None) -> Floats:
    """Solve matrix @ means = right for the means that are not known."""
    if known is None:
        return np.asarray(np.linalg.solve(matrix, right))
    free = np.isnan(known)
    means = known.copy()
    rest = right - matrix[:, ~free] @ known[~free]
    means[free] = np.linalg.solve(matrix[np.ix_(free, free)], rest[free])
    return means


def two_level_deviance(moments: TwoLevelMoments, within: Floats, between: Floats) -> TwoLevelPoint | None:
    """The deviance with its derivatives; None where W or a W + n B is not positive definite."""
    sizes, place, counts = np.unique(moments.n, return_inverse=True, return_counts=True)
    total = within + sizes[:, None, None] * between
    try:
        roots, root = np.linalg.cholesky(total), np.linalg.cholesky(within)
    except np.linalg.LinAlgError:
        return None
    inverses: Floats = np.linalg.inv(total).astype(np.float64)
    within_inverse: Floats = np.linalg.inv(within).astype(np.float64)
    log_total = 2 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    log_within = 2 * float(np.log(np.diag(root)).sum())
    weights = (counts * sizes)[:, None, None] * inverses
    sums = np.zeros((len(sizes), moments.n_scores))
    np.add.at(sums, place, moments.n[:, None] * moments.mean)
    means = _best_means(weights.sum(axis=0), np.einsum("skl,sl->k", inverses, sums), moments.known_means)
    rest = moments.mean - means
    spread = np.zeros(inverses.shape)
    np.add.at(spread, place, moments.n[:, None, None] * rest[:, :, None] * rest[:, None, :])
    free = moments.n_rows - len(moments.n)
    value = free * log_within + float((within_inverse * moments.cross).sum())
    value += float(counts @ log_total) + float((inverses * spread).sum())
    value += moments.n_rows * moments.n_scores * float(np.log(2 * np.pi))
    gap = counts[:, None, None] * inverses - inverses @ spread @ inverses
    of_within = free * within_inverse - within_inverse @ moments.cross @ within_inverse + gap.sum(axis=0)
    of_between = (sizes[:, None, None] * gap).sum(axis=0)
    return TwoLevelPoint(
        value, of_within, of_between, means, sizes, counts.astype(np.float64), inverses, within_inverse
    )


def _kronecker(matrices: Floats, weights: Floats) -> Floats:
    """Sum of w_s A_s (x) A_s as (K K, K K), so that vec(X)' of it vec(Y) is the sum of w_s trace(A_s X A_s Y)."""
    count, size = matrices.shape[:2]
    flat = matrices.reshape(count, -1)
    product = (flat.T * weights) @ flat
    return np.asarray(product.reshape(size, size, size, size).transpose(0, 2, 1, 3).reshape(size * size, -1))


def information(moments: TwoLevelMoments, point: TwoLevelPoint, of_within: Floats, of_between: Floats) -> Floats:
    """Expected Hessian (Q, Q) of the deviance for parameters with the derivatives (Q, K, K) of W and B."""
    free = float(moments.n_rows - len(moments.n))
    plain = _kronecker(point.inverses, point.counts) + _kronecker(point.within_inverse[None], np.array([free]))
    once = _kronecker(point.inverses, point.counts * point.sizes)
    twice = _kronecker(point.inverses, point.counts * point.sizes**2)
    first, second = of_within.reshape(len(of_within), -1), of_between.reshape(len(of_between), -1)
    mixed = first @ once @ second.T
    return np.asarray(first @ plain @ first.T + mixed + mixed.T + second @ twice @ second.T)
