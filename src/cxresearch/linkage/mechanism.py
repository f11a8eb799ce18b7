"""Through what, for whom and in what form? Mediation, moderation and bends between linked units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cxresearch.inference.mechanism.baseline import baseline_dependence
from cxresearch.inference.mechanism.mediation import mediation
from cxresearch.inference.mechanism.moderation import moderation
from cxresearch.inference.mechanism.nonlinearity import linear_spline, quadratic
from cxresearch.inference.mechanism.two_lines import two_lines
from cxresearch.linkage.bends import held_constant
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.units import LinkedUnits
from cxresearch.linkage.waves import WaveRegression, lagged_regression, waves_of
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result


def unit_mediation(
    units: LinkedUnits,
    mediator: Floats,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int,
    mediator_side: str,
) -> tuple[Result, ...]:
    """EX -> mediator (J,) -> CX between units, given the covariates; HC3. Terms as of `inference.mechanism.mediation`.

    A mediator that the customers or the employees themselves judged shares its source with one end of the path: the
    results of that path say so.
    """
    found = mediation(
        units.column("ex"),
        mediator,
        units.column("cx"),
        units.covariate_matrix(),
        term=term,
        level=level,
        rng=rng,
        n_draws=n_draws,
    )
    shared = {
        units.cx_side: ("b", "mechanism.mediator_shares_outcome"),
        units.ex_side: ("a", "mechanism.mediator_shares_predictor"),
    }
    path, code = shared.get(mediator_side, ("", ""))
    marked = {f"{term}.{path}", f"{term}.indirect"} if path else set()
    return tuple(units.counted(_marked(result, code) if result.term in marked else result) for result in found)


def _marked(result: Result, code: str) -> Result:
    return replace(result, health=(*result.health, code)) if isinstance(result, Estimate) else result


def unit_moderation(units: LinkedUnits, moderator: Floats, *, term: str, level: float) -> tuple[Result, ...]:
    """Whether the slope of CX on EX depends on a moderator (J,), given the other covariates; HC3."""
    found = moderation(
        units.column("ex"), moderator, units.column("cx"), held_constant(units, moderator), term=term, level=level
    )
    return tuple(units.counted(result) for result in found)


def unit_nonlinearity(units: LinkedUnits, *, term: str, level: float, at: float | None = None) -> tuple[Result, ...]:
    """`term.quadratic`, `term.two_lines.*` and `term.spline` of CX on EX, given the covariates.

    `at` is the declared point of the bend; without it two lines part where the Robin Hood rule says, and the spline has
    its knot at the median.
    """
    given = units.column("ex"), units.column("cx"), units.covariate_matrix()
    found = (
        quadratic(*given, term=f"{term}.quadratic", level=level),
        *two_lines(*given, term=f"{term}.two_lines", level=level, at=at),
        *linear_spline(*given, term=f"{term}.spline", level=level, knot=at),
    )
    return tuple(units.counted(result) for result in found)


def wave_baseline(
    linked: LinkedPanel, *, term: str, level: float, rng: np.random.Generator, n_draws: int
) -> tuple[Result, ...]:
    """How CX changes from period to period depending on where it was: `term`, `term.expected`, `term.corrected`, and
    `term.moderation`, how the slope on the earlier EX depends on it.

    Earlier EX, covariates and periods are held constant; errors are clustered by unit where it has several transitions.
    """
    names = ("", ".expected", ".corrected", ".moderation")
    waves = waves_of(linked)
    if waves.n_periods < 2:
        return tuple(NotEstimable(term=term + name, reason="linkage.one_period") for name in names)
    rows = lagged_regression(waves)
    if len(rows.y) == 0:
        return tuple(NotEstimable(term=term + name, reason="linkage.no_transitions") for name in names)
    before, others = rows.others[:, 0], rows.others[:, 1:]
    clusters = rows.unit if len(np.unique(rows.period)) > 1 else None
    depends = baseline_dependence(
        before,
        rows.y,
        np.column_stack([rows.x, others]),
        term=term,
        level=level,
        rng=rng,
        error_variance=_errors_before(linked, rows),
        clusters=clusters,
        n_draws=n_draws,
    )
    interaction = moderation(
        rows.x,
        before,
        rows.y,
        others,
        term=f"{term}.moderation",
        level=level,
        errors="hc3" if clusters is None else "cluster",
        clusters=clusters,
    )[0]
    return tuple(_over_time(result, waves.n_periods) for result in (*depends, interaction))


def _over_time(result: Result, n_periods: int) -> Result:
    return replace(result, n_periods=n_periods) if isinstance(result, Estimate) else result


def _errors_before(linked: LinkedPanel, rows: WaveRegression) -> Floats:
    """Squared standard error of the earlier CX of each row of a lagged regression, NaN where unknown."""
    frame = linked.frame
    unit, period = (np.unique(frame[name].to_numpy(dtype=str), return_inverse=True)[1] for name in ("unit", "period"))
    squared = np.full((int(unit.max()) + 1, int(period.max()) + 1), np.nan)
    squared[unit, period] = frame["cx_se"].to_numpy(dtype=np.float64) ** 2
    return np.asarray(squared[rows.unit, rows.period])
