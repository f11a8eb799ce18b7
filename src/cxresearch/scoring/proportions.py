"""Intervals for a score that takes one of a few values, from how many respondents took each.

The Net Promoter Score is a difference of two shares of the same respondents (a trinomial); a top-box score is one
share. Scores are in points: -100..100 and 0..100.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from cxresearch.moments import ScoreMoments

Interval = tuple[float, float]
_EDGE = 1e-12


def trinomial_counts(moments: ScoreMoments) -> tuple[int, int, int]:
    """Detractors, passives and promoters, recovered from the moments of scores -100, 0 and 100."""
    n, mean, ss = moments.total()
    promoters_less_detractors = n * mean / 100
    both = (ss + n * mean**2) / 10_000
    promoters = round((both + promoters_less_detractors) / 2)
    detractors = round((both - promoters_less_detractors) / 2)
    return detractors, n - detractors - promoters, promoters


def share_counts(moments: ScoreMoments) -> tuple[int, int]:
    """How many of how many reached the top box, recovered from the moments of scores 0 and 100."""
    n, mean, _ = moments.total()
    return round(n * mean / 100), n


def nps_variance(detractors: float, passives: float, promoters: float) -> float:
    """Variance of one respondent's score in points squared: 10,000 (p_pro + p_det - (p_pro - p_det)^2)."""
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    return 10_000 * ((promoters + detractors) / n - score**2)


def nps_wald(detractors: float, passives: float, promoters: float, level: float) -> Interval:
    """Score -+ z sqrt(Var / n). Its limits may pass -100 or 100, and it has no width without variation."""
    n = detractors + passives + promoters
    score = 100 * (promoters - detractors) / n
    reach = float(stats.norm.ppf((1 + level) / 2)) * np.sqrt(nps_variance(detractors, passives, promoters) / n)
    return score - reach, score + reach


def nps_adjusted_wald(detractors: float, passives: float, promoters: float, level: float) -> Interval:
    """The Wald interval after adding 3/4, 3/2 and 3/4 respondents (Rocks 2016; Lewis and Sauro)."""
    return nps_wald(detractors + 0.75, passives + 1.5, promoters + 0.75, level)


def nps_trinomial_t(detractors: float, passives: float, promoters: float, level: float) -> Interval:
    """Score -+ t sqrt(Var / (n - 1)), n - 1 degrees of freedom: the t interval of the scores -100, 0, 100."""
    n = detractors + passives + promoters
    score = 100 * (promoters - detractors) / n
    spread = np.sqrt(nps_variance(detractors, passives, promoters) / (n - 1))
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * spread
    return score - reach, score + reach


def _profile_log_likelihood(detractors: float, passives: float, promoters: float, score: float) -> float:
    """Largest trinomial log-likelihood with p_pro - p_det = `score`; the share of detractors solves a quadratic."""
    n = detractors + passives + promoters
    linear = detractors * (1 - 3 * score) - 2 * passives * score + promoters * (1 - score)
    constant = detractors * score * (1 - score)
    root = np.sqrt(max(linear**2 + 8 * n * constant, 0.0))
    share = (linear + root) / (4 * n) if linear >= 0 or constant <= 0 else 2 * constant / (root - linear)
    share = min(max(share, 0.0, -score), (1 - score) / 2)
    shares = np.array([share, 1 - 2 * share - score, share + score])
    counts = np.array([detractors, passives, promoters], dtype=np.float64)
    chosen = counts > 0
    return float(counts[chosen] @ np.log(np.maximum(shares[chosen], 1e-300)))


def nps_profile(detractors: float, passives: float, promoters: float, level: float) -> Interval:
    """The scores that a likelihood-ratio test (chi-square, 1 df) does not reject; always within -100..100."""
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    best = _profile_log_likelihood(detractors, passives, promoters, score)
    cut = float(stats.chi2.ppf(level, 1))

    def excess(candidate: float) -> float:
        return 2 * (best - _profile_log_likelihood(detractors, passives, promoters, candidate)) - cut

    return 100 * _limit(excess, score, -1.0), 100 * _limit(excess, score, 1.0)


def _limit(excess: Callable[[float], float], score: float, edge: float) -> float:
    inner, outer = score, edge * (1 - _EDGE)
    if abs(score) >= 1 - _EDGE and score * edge > 0:
        return edge
    return float(brentq(excess, min(inner, outer), max(inner, outer), xtol=1e-14, rtol=1e-14))


def share_wilson(successes: float, n: float, level: float) -> Interval:
    """Wilson's score interval of a share, in points 0..100 (Wilson 1927)."""
    interval = stats.binomtest(int(successes), int(n)).proportion_ci(level, method="wilson")
    return 100 * float(interval.low), 100 * float(interval.high)


def share_clopper_pearson(successes: float, n: float, level: float) -> Interval:
    """The exact binomial interval of a share, in points 0..100 (Clopper and Pearson 1934)."""
    interval = stats.binomtest(int(successes), int(n)).proportion_ci(level, method="exact")
    return 100 * float(interval.low), 100 * float(interval.high)
