"""How many dimensions a questionnaire has: eigenvalues against those of random data, and whether factoring is apt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cxresearch.inference.factors.minres import minres
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

QUANTILE = 0.95
"""A dimension counts when its eigenvalue passes this quantile of random data's."""


_STARTS = 10


@dataclass(frozen=True, slots=True)
class ParallelAnalysis:
    """Eigenvalues of K items beside those of independent normal variables (Horn 1965).

    Attributes
    ----------
    components, factors : (K,) falling eigenvalues of the correlations, and of the correlations with the communalities
        of one factor (minres) on the diagonal. random_components, random_factors : (K,) the quantile of random data.
    """

    components: Floats
    factors: Floats
    random_components: Floats
    random_factors: Floats

    @property
    def n_components(self) -> int:
        """How many leading components pass random data's."""
        return _leading(self.components > self.random_components)

    @property
    def n_factors(self) -> int:
        """How many leading factors pass random data's."""
        return _leading(self.factors > self.random_factors)


def _leading(passes: NDArray[np.bool_]) -> int:
    return len(passes) if passes.all() else int(np.argmin(passes))


def falling_eigenvalues(correlation: Floats) -> Floats:
    """(..., K) eigenvalues of correlation matrices, the largest first."""
    falling: Floats = np.asarray(np.linalg.eigvalsh(correlation), dtype=np.float64)[..., ::-1]
    return falling


def random_correlations(rng: np.random.Generator, n: int, n_items: int, n_draws: int) -> Floats:
    """(B, K, K) correlation matrices of `n` independent normal respondents, by Bartlett's decomposition.

    The cost does not depend on `n`.
    """
    root = np.zeros((n_draws, n_items, n_items))
    lower = np.tril_indices(n_items, -1)
    root[:, lower[0], lower[1]] = rng.normal(size=(n_draws, len(lower[0])))
    diagonal = np.arange(n_items)
    root[:, diagonal, diagonal] = np.sqrt(rng.chisquare(n - 1 - diagonal, size=(n_draws, n_items)))
    root /= np.sqrt((root**2).sum(axis=2, keepdims=True))
    matrices: Floats = root @ root.transpose(0, 2, 1)
    return matrices


def parallel_analysis(
    correlation: Floats, n: int, rng: np.random.Generator, *, n_draws: int = 500, quantile: float = QUANTILE
) -> ParallelAnalysis:
    """Parallel analysis of the correlations (K, K) of `n` respondents, n above K; as `fa.parallel` of R's psych."""
    random = random_correlations(rng, n, len(correlation), n_draws)
    return ParallelAnalysis(
        components=falling_eigenvalues(correlation),
        factors=minres(correlation[None], 1, starts=_STARTS).eigenvalues[0],
        random_components=np.quantile(falling_eigenvalues(random), quantile, axis=0),
        random_factors=np.quantile(minres(random, 1).eigenvalues, quantile, axis=0),
    )


def parallel_results(analysis: ParallelAnalysis, *, term: str, n: int) -> tuple[Result, ...]:
    """`<term>.parallel_components` and `<term>.parallel_factors`, how many pass."""
    found = (("parallel_components", analysis.n_components), ("parallel_factors", analysis.n_factors))
    return tuple(
        Estimate(
            term=f"{term}.{name}",
            estimate=float(number),
            n_respondents=n,
            n_items=len(analysis.components),
            method=f"reliability.{name}",
        )
        for name, number in found
    )


def kmo(correlation: Floats, *, term: str, n: int) -> Result:
    """Kaiser, Meyer and Olkin's measure: squared correlations over themselves plus squared partial correlations."""
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    apart = ~np.eye(len(correlation), dtype=bool)
    plain, held = (correlation[apart] ** 2).sum(), (partial[apart] ** 2).sum()
    if plain + held < 1e-24:
        return NotEstimable(term=term, reason="reliability.undefined")
    return Estimate(
        term=term,
        estimate=float(plain / (plain + held)),
        n_respondents=n,
        n_items=len(correlation),
        method="reliability.kmo",
    )


def bartlett(correlation: Floats, *, term: str, n: int) -> Result:
    """Bartlett's test that no items correlate: -(n - 1 - (2 K + 5) / 6) log |R|, chi-square with K (K - 1) / 2 df."""
    n_items = len(correlation)
    statistic = float(-(n - 1 - (2 * n_items + 5) / 6) * np.linalg.slogdet(correlation)[1])
    df = n_items * (n_items - 1) / 2
    return Estimate(
        term=term,
        estimate=statistic,
        statistic=statistic,
        df=df,
        p_value=float(stats.chi2.sf(statistic, df)),
        n_respondents=n,
        n_items=n_items,
        method="reliability.bartlett",
    )


def harman(correlation: Floats, *, term: str, n: int) -> tuple[Result, ...]:
    """Harman's single-factor share: of the first principal component (`<term>`) and the only factor (`<term>_factor`).

    Weak evidence: a large share does not prove a common method, nor a small one its absence.
    """
    component = float(falling_eigenvalues(correlation)[0] / len(correlation))
    factor = float(minres(correlation[None], 1, starts=_STARTS).first_share[0])
    values = ((term, component, "reliability.harman"), (f"{term}_factor", factor, "reliability.harman_factor"))
    return tuple(
        Estimate(term=name, estimate=value, n_respondents=n, n_items=len(correlation), method=method)
        for name, value, method in values
    )
