"""Ordinal answers from a factor model, and the true moments of what it produces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
_NODES = 80


def thresholds(shares: ArrayLike) -> Floats:
    """Cuts (C-1,) of a standard normal that give the categories these shares (C,), lowest category first.

    Raises
    ------
    ValueError
        If a share is not positive, or they do not sum to 1.
    """
    share = np.asarray(shares, dtype=np.float64)
    if (share <= 0).any() or not np.isclose(share.sum(), 1):
        raise ValueError(f"shares of categories are positive and sum to 1, got {share.tolist()}")
    return np.asarray(norm.ppf(np.cumsum(share)[:-1]))


def categorise(latent: Floats, cuts: Floats, minimum: float = 1.0) -> Floats:
    """The category of each latent value, counted from `minimum`: minimum + number of cuts below it."""
    return minimum + np.searchsorted(cuts, latent).astype(np.float64)


def expected_answer(loading: float, cuts: Floats) -> Callable[[Floats], Floats]:
    r"""Expected category (from 0) given the factor: :math:`\sum_c \Phi((\lambda\eta - \tau_c)/\sqrt{1-\lambda^2})`."""
    noise = np.sqrt(1 - loading**2)

    def at(factor: Floats) -> Floats:
        return np.asarray(norm.cdf((loading * factor[:, None] - cuts[None, :]) / noise).sum(axis=1))

    return at


def _normal_nodes() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return nodes, weights / weights.sum()


def answer_covariance(loadings: ArrayLike, cuts: ArrayLike) -> Floats:
    r"""True covariance (K, K) of ordinal items with `loadings` (K,) on one factor and thresholds `cuts` (K, C-1).

    Notes
    -----
    Given the factor the items are independent, so :math:`\sigma_{kl} = \mathrm{Cov}_\eta(m_k(\eta), m_l(\eta))` with
    m of `expected_answer`, by Gauss-Hermite quadrature; variances come from the marginal shares.
    """
    cut = np.atleast_2d(np.asarray(cuts, dtype=np.float64))
    nodes, weights = _normal_nodes()
    means = np.stack(
        [expected_answer(loading, row)(nodes) for loading, row in zip(np.ravel(loadings), cut, strict=True)]
    )
    centred = means - (means @ weights)[:, None]
    covariance = (centred * weights) @ centred.T
    np.fill_diagonal(covariance, [answer_variance(row) for row in cut])
    return np.asarray(covariance)


def answer_variance(cuts: Floats) -> float:
    """True variance of an ordinal answer with these thresholds, categories one apart."""
    share = np.diff(np.concatenate([[0.0], norm.cdf(cuts), [1.0]]))
    category = np.arange(len(share))
    mean = share @ category
    return float(share @ (category - mean) ** 2)


def alpha_of(covariance: Floats) -> float:
    r"""Coefficient alpha of a covariance matrix: :math:`\frac{k}{k-1}(1 - \mathrm{tr}\,S / \mathbf 1'S\mathbf 1)`."""
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def between_share(loadings: ArrayLike, cuts: ArrayLike, icc: float) -> float:
    r"""True ICC(1) of the mean of ordinal items when the share `icc` of the factor's variance lies between groups.

    The between part is :math:`\mathrm{Var}_u\,\overline{m_k(\sqrt{icc}\,u)}` with m of `expected_answer`. It is smaller
    than `icc`, because items also have parts of their own and categories lose some of what lies behind them.
    """
    loading = np.ravel(np.asarray(loadings, dtype=np.float64))
    cut = np.atleast_2d(np.asarray(cuts, dtype=np.float64))
    nodes, weights = _normal_nodes()
    group = np.mean(
        [expected_answer(one * np.sqrt(icc), row)(nodes) for one, row in zip(loading, cut, strict=True)], axis=0
    )
    between = weights @ (group - weights @ group) ** 2
    total = answer_covariance(loading, cut).mean()
    return float(between / total)
