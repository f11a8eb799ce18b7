"""Everything that one hypothesis asks of its linked panel, as results with stable names."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage.association import (
    unit_disattenuated,
    unit_pearson,
    unit_permutation,
    unit_spearman,
    unit_weighted,
)
from cxresearch.linkage.controls import control_contrast, control_values
from cxresearch.linkage.influence import leave_one_out
from cxresearch.linkage.lagged import DECISIVE, REGRESSIONS, wave_robustness, wave_slopes
from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.linkage.multilevel import unit_mixed
from cxresearch.linkage.ols import unit_ols, unit_ols_robustness
from cxresearch.linkage.sensitivity import equivalence, minimum_detectable
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.linkage.waves import waves_of
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageSettings:
    """How the linkage is analysed.

    Attributes
    ----------
    level : of intervals; alpha is 1 - level. seed : every random draw follows from it and the result's term.
    n_permutations, n_bootstrap : random draws. smallest_effect : of interest, as a correlation.
    power : for the smallest detectable correlation. min_units : with fewer units nothing but their number is reported.
    strata : id of a covariate within whose values units are exchangeable; "" for none.
    """

    level: float = 0.95
    seed: int = 20261121
    n_permutations: int = 9999
    n_bootstrap: int = 2000
    smallest_effect: float = 0.10
    power: float = 0.80
    min_units: int = 4
    strata: str = ""


@dataclass(frozen=True)
class _Question:
    name: str
    linked: LinkedPanel
    units: LinkedUnits
    settings: LinkageSettings
    controls: Mapping[str, UnitPanel] = field(default_factory=dict)

    def term(self, part: str) -> str:
        return f"{self.name}.{part}"

    def rng(self, part: str) -> np.random.Generator:
        """A generator of this result's own, so that adding another result changes no number of this one."""
        return np.random.default_rng([self.settings.seed, zlib.crc32(self.term(part).encode())])


def analyse(
    hypothesis_id: str,
    linked: LinkedPanel,
    settings: LinkageSettings,
    controls: Mapping[str, UnitPanel] | None = None,
    *,
    overall: LinkedPanel | None = None,
) -> tuple[Result, ...]:
    """All results of one hypothesis, each named `<hypothesis_id>.<part>`.

    Between units: `n`, `pearson`, `spearman`, `weighted`, `disattenuated`, `permutation`, `ols`, `ols.std`,
    `ols.<covariate>`, `ols.permutation`, `ols.equivalence`, `mixed`, `mixed.<covariate>`, `mixed.tau2`,
    `mixed.sigma2`, `mixed.icc`, `mixed.explained`, `leave_one_out.low` and `.high`, `leave_one_out.slope.low` and
    `.high`, `mde`, `equivalence`. Over time: `lagged`, `lagged.reverse`, `placebo_lag` and `within`, each with `.std`;
    `lagged` and `within` also with `.permutation`, `.leave_one_out.low`, `.leave_one_out.high` and `.equivalence`.
    For every control: `control.<id>` with `.outcome`, `.difference` and `.partial`. What the data do not allow is
    `NotEstimable`.

    `overall` gives the differences between units a panel of their own, in which people who answered in several periods
    count once; without it they are taken from the means of `linked`.
    """
    question = _Question(hypothesis_id, linked, units_of(overall or linked), settings, controls or {})
    results = (*_between_units(question), *_over_time(question), *_controls(question))
    n_units = len(question.units.frame)
    count = question.units.counted(
        Estimate(term=question.term("n"), estimate=float(n_units), n_units=n_units, method="linkage.count")
    )
    count = replace(count, n_periods=len(linked.periods)) if isinstance(count, Estimate) else count
    if n_units < settings.min_units:
        details = {"count": n_units, "needed": settings.min_units}
        few = tuple(NotEstimable(term=r.term, reason="linkage.too_few_units", details=details) for r in results)
        return count, *few
    return count, *results


def _between_units(question: _Question) -> tuple[Result, ...]:
    units, settings = question.units, question.settings
    level = settings.level
    pearson = unit_pearson(units, term=question.term("pearson"), level=level)
    permutation = unit_permutation(
        units,
        term=question.term("permutation"),
        level=level,
        rng=question.rng("permutation"),
        n_permutations=settings.n_permutations,
        strata=_strata(units, settings.strata),
    )
    return (
        pearson,
        unit_spearman(units, term=question.term("spearman"), level=level),
        unit_weighted(
            units,
            term=question.term("weighted"),
            level=level,
            rng=question.rng("weighted"),
            n_draws=settings.n_bootstrap,
        ),
        unit_disattenuated(units, term=question.term("disattenuated"), level=level),
        permutation,
        *unit_ols(units, term=question.term("ols"), level=level),
        *unit_ols_robustness(
            units,
            term=question.term("ols"),
            level=level,
            rng=question.rng("ols.permutation"),
            n_permutations=settings.n_permutations,
            smallest_effect=settings.smallest_effect,
            of_correlation=None if settings.strata else permutation,
        ),
        *unit_mixed(units, term=question.term("mixed"), level=level),
        *leave_one_out(
            units.column("ex"), units.column("cx"), units.covariate_matrix(), term=question.term("leave_one_out")
        ),
        minimum_detectable(len(units.frame), term=question.term("mde"), level=level, power=settings.power),
        equivalence(pearson, settings.smallest_effect, term=question.term("equivalence"), level=level),
    )


def _strata(units: LinkedUnits, name: str) -> Floats | None:
    """Values of the stratifying covariate; units without a value form a stratum of their own."""
    return np.nan_to_num(units.column(COVARIATE + name), nan=np.inf, posinf=np.inf) if name else None


def _over_time(question: _Question) -> list[Result]:
    waves, settings = waves_of(question.linked), question.settings
    results: list[Result] = []
    for name in REGRESSIONS:
        results += wave_slopes(waves, name, term=question.term(name), level=settings.level)
    for name in DECISIVE:
        results += wave_robustness(
            waves,
            name,
            term=question.term(name),
            level=settings.level,
            rng=question.rng(f"{name}.permutation"),
            n_permutations=settings.n_permutations,
            smallest_effect=settings.smallest_effect,
        )
    return results


def _controls(question: _Question) -> list[Result]:
    results: list[Result] = []
    ex, cx = question.units.column("ex"), question.units.column("cx")
    for name, panel in question.controls.items():
        control = control_values(panel, question.linked)
        term = question.term(f"control.{name}")
        results += control_contrast(ex, cx, control, term=term, level=question.settings.level)
    return results
