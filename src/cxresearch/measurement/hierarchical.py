"""Omega hierarchical: how much of a whole questionnaire's sum score one general factor gives (Zinbarg et al. 2005)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.inference.factors.covariance_draws import UnitProducts
from cxresearch.inference.factors.minres import minres
from cxresearch.inference.factors.oblimin import oblimin
from cxresearch.inference.factors.unit_jackknife import jackknife, left_out
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

FIGURES = ("omega_h", "omega_t", "ecv")
_STARTS = 10


@dataclass(frozen=True, slots=True)
class SchmidLeiman:
    """A general factor and group factors, all uncorrelated (Schmid and Leiman 1957).

    Attributes
    ----------
    general : (K,) loadings on the general factor. groups : (K, M) on the group factors. unique : (K,).
    correlation : (K, K) of the items. oblique : (K, M) the rotated loadings that it was made from.
    proper : nothing reached a bound.
    """

    general: Floats
    groups: Floats
    unique: Floats
    correlation: Floats
    oblique: Floats
    proper: bool

    @property
    def figures(self) -> Floats:
        """(3,) omega hierarchical, omega total, and the explained common variance (ECV) of the general factor."""
        total = self.correlation.sum()
        common = (self.general**2).sum()
        return np.array(
            [
                self.general.sum() ** 2 / total,
                1 - self.unique.sum() / total,
                common / (common + (self.groups**2).sum()),
            ]
        )


def schmid_leiman(correlation: Floats, n_factors: int, *, towards: SchmidLeiman | None = None) -> SchmidLeiman | None:
    """Minres factors, oblimin rotation, one factor of their correlations, orthogonalised; as `omega` of R's psych.

    With two factors the general factor is taken to load both alike. `towards`: an earlier solution, from which
    the search starts; without it, several starts. None where no factors were found.
    """
    near = None if towards is None else towards.unique
    factors = minres(correlation[None], n_factors, starts=_STARTS if towards is None else 1, near=near)
    if not factors.converged[0]:
        return None
    oblique, between = oblimin(factors.loadings[0], towards=None if towards is None else towards.oblique)
    second = minres(between[None], 1) if n_factors > 2 else None
    if second is None:
        strength = np.full(2, np.sqrt(abs(between[0, 1])))
        strength[1] *= np.sign(between[0, 1])
    else:
        strength = second.loadings[0, :, 0]
    groups = oblique * np.sqrt(np.maximum(1 - strength**2, 0))
    proper = not factors.heywood[0] and (second is None or not second.heywood[0])
    return SchmidLeiman(oblique @ strength, groups, factors.unique[0], correlation, oblique, bool(proper))


def hierarchical_omega(units: UnitProducts, n_factors: int, *, term: str, level: float = 0.95) -> tuple[Result, ...]:
    """`<term>.omega_h`, `<term>.omega_t` and `<term>.ecv` of all items of a questionnaire.

    `n_factors` : how many scales the questionnaire is said to have; at least two. Intervals come from leaving units
    out. An improper solution carries the health `reliability.heywood`, two factors `reliability.two_factors`.
    """
    terms = [f"{term}.{name}" for name in FIGURES]
    if n_factors < 2:
        return tuple(NotEstimable(term=one, reason="reliability.one_scale") for one in terms)
    n_items = units.sums.shape[1]
    whole = schmid_leiman(_correlations(units, np.ones((1, units.n_units)))[0], n_factors)
    if n_items < 3 * n_factors - 1 or whole is None:
        return tuple(NotEstimable(term=one, reason="reliability.no_factor") for one in terms)
    without = _without_units(units, n_factors, whole)
    health = (() if whole.proper else ("reliability.heywood",)) + (("reliability.two_factors",) * (n_factors == 2))
    results = []
    for place, (name, value) in enumerate(zip(terms, whole.figures.tolist(), strict=True)):
        spread = jackknife(value, without[:, place], level, bounded_above=True)
        results.append(
            Estimate(
                term=name,
                estimate=value,
                std_error=spread.std_error if spread else None,
                df=spread.df if spread else None,
                conf_low=spread.low if spread else None,
                conf_high=spread.high if spread else None,
                conf_level=level if spread else None,
                n_units=units.n_units,
                n_respondents=units.n_total,
                n_items=n_items,
                method=f"reliability.{FIGURES[place]}",
                health=health if spread else (*health, "reliability.no_interval"),
            )
        )
    return tuple(results)


def _correlations(units: UnitProducts, counts: Floats) -> Floats:
    covariance = units.covariances(counts)
    sd = np.sqrt(np.einsum("bkk->bk", covariance))
    correlation: Floats = covariance / (sd[:, :, None] * sd[:, None, :])
    return correlation


def _without_units(units: UnitProducts, n_factors: int, whole: SchmidLeiman) -> Floats:
    if units.n_units < 2:
        return np.full((1, len(FIGURES)), np.nan)
    matrices = _correlations(units, left_out(units.n_units))
    found = [schmid_leiman(matrix, n_factors, towards=whole) for matrix in matrices]
    return np.array([np.full(len(FIGURES), np.nan) if one is None else one.figures for one in found])
