"""How much agreement would people show who answer at random? A yardstick for r_wg(j) that knows the unit's size."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.aggregation.nulls import NullDistribution
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

_CELLS = 4_000_000


def random_responder_limit(
    n_respondents: int,
    correlation: ArrayLike,
    null: NullDistribution,
    *,
    term: str,
    rng: np.random.Generator,
    n_draws: int = 10_000,
    share: float = 0.95,
) -> Result:
    """The r_wg(j) that units of random responders stay below in a given share of cases (Dunlap, Burke and
    Smith-Crowe 2003; `rwg.j.sim` of R's multilevel package).

    Parameters
    ----------
    n_respondents : of a unit. correlation : (K, K) between the items, which answers keep without any agreement.
    null : gives the options' number and the variance that r_wg(j) divides by; answers are drawn uniformly.
    """
    matrix = np.atleast_2d(np.asarray(correlation, dtype=np.float64))
    if n_respondents < 2:
        return NotEstimable(term=term, reason="aggregation.no_replication", details={"units": 1})
    n_items = len(matrix)
    block = max(1, _CELLS // (n_respondents * n_items))
    sizes = [min(block, n_draws - start) for start in range(0, n_draws, block)]
    spread = np.concatenate([_mean_variances(rng, size, n_respondents, matrix, len(null.shares)) for size in sizes])
    ratio = np.minimum(spread / null.variance, 1.0)
    rwg = n_items * (1 - ratio) / (n_items * (1 - ratio) + ratio)
    return Estimate(
        term=term,
        estimate=float(np.quantile(rwg, share)),
        n_respondents=n_respondents,
        n_items=n_items,
        method="measurement.random_responders",
        health=("measurement.derived_null",) if null.derived else (),
    )


def _mean_variances(rng: np.random.Generator, n_draws: int, n: int, correlation: Floats, n_options: int) -> Floats:
    """(n_draws,) mean over items of the variance within a unit whose n members choose every option alike often."""
    latent = rng.multivariate_normal(np.zeros(len(correlation)), correlation, size=(n_draws, n), method="eigh")
    cuts = stats.norm.ppf(np.arange(1, n_options) / n_options)
    answers = np.searchsorted(cuts, latent).astype(np.float64)
    variances: Floats = answers.var(axis=1, ddof=1).mean(axis=1)
    return variances
