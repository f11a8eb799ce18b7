"""The latent two-source correlation: how closely the units' true EX and CX go together, when both were sampled.

Means of a few employees and some customers are noisy, and their correlation is too weak. The model puts the noise where
it belongs (see `two_source_likelihood`) and estimates the correlation of what lies behind the means, by restricted or
full maximum likelihood. Newton's method runs from several starts, and every boundary of the parameters - no variance
between units on a side, a correlation of -1 or 1 - is fitted and compared explicitly: a fit on it is a result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.inference.complete_cases import as_columns
from cxresearch.inference.latent.newton import Evaluate, minimise
from cxresearch.inference.latent.two_source_coordinates import Coordinates, by_correlation
from cxresearch.inference.latent.two_source_likelihood import TwoSourceLikelihood
from cxresearch.inference.latent.two_source_sides import Side
from cxresearch.moments import Floats

EDGE = 0.995
"""Beyond this size a correlation lies on the boundary of what the model allows."""
SAME = 1e-7
"""Deviances closer than this are the same."""
NOTHING = -60.0
"""Logarithm that stands for a variance of 0 in units of the variance within."""
PERFECT = 20.0
"""atanh of a correlation of 1, as near as floats come."""
_STARTS = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.7), (0.0, 0.0, -0.7), (-3.0, -3.0, 0.0), (1.0, -3.0, 0.7), (-3.0, 1.0, -0.7))
"""What is added to the logarithms of the variances between units, and atanh rho."""


@dataclass(frozen=True, slots=True)
class TwoSourceFit:
    """A fitted two-source model.

    Attributes
    ----------
    tau2_ex, tau2_cx : variances between units. sigma2_ex, sigma2_cx : within, NaN where sampling variances are known.
    rho : correlation of the latent scores; None where a side has no variance between units. slope : of latent CX on
        latent EX, covariance / tau2_ex. rho_se, slope_se, tau2_ex_se, tau2_cx_se : asymptotic, None on a boundary.
    deviance : -2 log likelihood at the optimum, of all rows in the data's own scale. Those of restricted models:
        deviance_independent (rho = 0), deviance_flat_ex and deviance_flat_cx (no variance between units there).
    edge : whether |rho| > .995. converged : whether Newton's method reached the optimum.
    likelihood : in the scale of the fit; place : its coordinates there; scale_ex, scale_cx : what scores were
        divided by; shift : what the data's own scale adds to the deviance. The last three serve profiles.
    """

    tau2_ex: float
    tau2_cx: float
    sigma2_ex: float
    sigma2_cx: float
    rho: float | None
    slope: float | None
    rho_se: float | None
    slope_se: float | None
    tau2_ex_se: float | None
    tau2_cx_se: float | None
    deviance: float
    deviance_independent: float
    deviance_flat_ex: float
    deviance_flat_cx: float
    edge: bool
    converged: bool
    likelihood: TwoSourceLikelihood
    place: Floats
    scale_ex: float
    scale_cx: float
    shift: float

    @property
    def likelihood_ratio(self) -> float:
        """2 (log likelihood - log likelihood at rho = 0), chi-square with one degree of freedom if rho = 0."""
        return max(0.0, self.deviance_independent - self.deviance)

    @property
    def explained(self) -> float | None:
        """Share of all customer variance, tau2_cx + sigma2_cx, that goes with the units' latent EX."""
        if self.rho is None or math.isnan(self.sigma2_cx):
            return None
        return self.rho**2 * self.tau2_cx / (self.tau2_cx + self.sigma2_cx)


def objective(likelihood: TwoSourceLikelihood, coordinates: Coordinates) -> Evaluate:
    """The deviance with exact derivatives by the coordinates."""

    def evaluate(places: Floats) -> tuple[Floats, Floats, Floats]:
        components, slopes, bend = coordinates(places)
        value, gradient, hessian = likelihood.deviance(components)
        turned = np.swapaxes(slopes, 1, 2)
        return (
            value,
            np.asarray((gradient[:, None, :] @ slopes)[:, 0]),
            np.asarray(turned @ hessian @ slopes + bend(gradient)),
        )

    return evaluate


def free_coordinates(likelihood: TwoSourceLikelihood) -> NDArray[np.bool_]:
    """(5,): a side with known sampling variances has no sigma2 to estimate."""
    return np.array([True, True, True, not likelihood.ex.known, not likelihood.cx.known])


def _scaled(side: Side, design: Floats) -> tuple[Side, float] | None:
    """The side about 0 with the variance within as unit, and the scale; None if it cannot tell its variances apart."""
    if side.n_units <= design.shape[1]:
        return None
    mean = side.mean[side.present].mean()
    centred = np.where(side.present, side.mean - mean, 0.0)
    if side.known:
        scale = math.sqrt(float((centred**2).sum()) / side.n_units)
        if scale <= 0:
            return None
        return replace(side, mean=centred / scale, error=side.error / scale**2), scale
    if side.rest < 1 or side.ss <= 0:
        return None
    scale = math.sqrt(side.ss / side.rest)
    return replace(side, mean=centred / scale, ss=side.ss / scale**2), scale


def _start(side: Side) -> float:
    """Log tau2 by the method of moments, at least a twentieth of the variance of the means."""
    spread = float(np.var(side.mean[side.present], ddof=1))
    return math.log(max(spread - float(side.error[side.present].mean()), spread / 20, 1e-12))


def _contenders(likelihood: TwoSourceLikelihood) -> tuple[Floats, NDArray[np.bool_]]:
    """Starts (B, 5) and what may move: six interior ones, rho = -1, 0 and 1, flat EX, flat CX, both flat."""
    first, second = _start(likelihood.ex), _start(likelihood.cx)
    starts = [[first + e, second + c, z, 0.0, 0.0] for e, c, z in _STARTS]
    starts += [[first, second, z, 0.0, 0.0] for z in (-PERFECT, 0.0, PERFECT)]
    starts += [[NOTHING, second, 0, 0, 0], [first, NOTHING, 0, 0, 0], [NOTHING, NOTHING, 0, 0, 0]]
    free = np.tile(free_coordinates(likelihood), (len(starts), 1))
    free[6:, 2] = False
    free[[9, 11], 0] = free[[10, 11], 1] = False
    return np.array(starts), free


def fit_two_source(
    ex: Side, cx: Side, covariates: ArrayLike | None = None, *, restricted: bool = True
) -> TwoSourceFit | None:
    """Fit by REML (`restricted`) or ML; None where a side's variances between and within units cannot be told apart.

    Parameters
    ----------
    ex, cx : over the same units (J,); a unit may have one of them only, and some units must have both.
    covariates : (J, K), known for every unit; they act on both means.
    """
    absent = ~(ex.present | cx.present)
    columns = np.empty((len(ex.mean), 0)) if covariates is None else as_columns(covariates)
    design = np.column_stack([np.ones(len(columns)), columns])[~absent]
    ready = [_scaled(side.select(~absent), design) for side in (ex, cx)]
    if ready[0] is None or ready[1] is None or not (ex.present & cx.present).any() or _redundant(design, ex, cx):
        return None
    (first, scale_ex), (second, scale_cx) = ready[0], ready[1]
    likelihood = TwoSourceLikelihood(first, second, design, restricted)
    starts, free = _contenders(likelihood)
    rivals = np.array([True] * 7 + [False, True] + [False] * 3)
    found = minimise(objective(likelihood, by_correlation), starts, free, rivals=rivals)
    best = found.best
    flat = np.array([found.values[[9, 11]].min(), found.values[[10, 11]].min()])
    at_one = 6 if found.values[6] < found.values[8] else 8
    if found.values[at_one] <= found.values[best] + SAME:
        best = at_one
    size = design.shape[1] if restricted else 0
    shift = 2 * ((first.n_values - size) * math.log(scale_ex) + (second.n_values - size) * math.log(scale_cx))
    independent = min(float(found.values[7]), float(flat.min()))
    base = _result(likelihood, found.places[best], scale_ex, scale_cx)
    if flat.min() <= found.values.min() + SAME:
        base = replace(base, rho=None, slope=None, rho_se=None, slope_se=None, edge=False)
    return replace(
        base,
        deviance=float(found.values.min()) + shift,
        deviance_independent=independent + shift,
        deviance_flat_ex=float(flat[0]) + shift,
        deviance_flat_cx=float(flat[1]) + shift,
        converged=bool(found.converged[best]),
        shift=shift,
    )


def _redundant(design: Floats, ex: Side, cx: Side) -> bool:
    """Whether the covariates are linearly dependent over the units of a side."""
    absent = ~(ex.present | cx.present)
    for side in (ex, cx):
        rows = design[side.present[~absent]]
        scale = np.linalg.norm(rows, axis=0)
        if not (scale > 0).all() or np.linalg.matrix_rank(rows / scale, tol=1e-8) < design.shape[1]:
            return True
    return False


def _result(likelihood: TwoSourceLikelihood, place: Floats, scale_ex: float, scale_cx: float) -> TwoSourceFit:
    te, tc, sigma_e, sigma_c = np.exp(place[[0, 1, 3, 4]])
    rho = float(np.tanh(place[2]))
    ratio = scale_cx / scale_ex * math.sqrt(tc / te)
    errors = None if abs(rho) > EDGE else _covariance(likelihood, place)
    rho_se = slope_se = tau2_ex_se = tau2_cx_se = None
    if errors is not None:
        turn = np.array([-rho / 2, rho / 2, 1 - rho**2]) * ratio
        rho_se, slope_se = (1 - rho**2) * math.sqrt(errors[2, 2]), math.sqrt(turn @ errors[:3, :3] @ turn)
        tau2_ex_se = te * scale_ex**2 * math.sqrt(errors[0, 0])
        tau2_cx_se = tc * scale_cx**2 * math.sqrt(errors[1, 1])
    return TwoSourceFit(
        tau2_ex=te * scale_ex**2,
        tau2_cx=tc * scale_cx**2,
        sigma2_ex=math.nan if likelihood.ex.known else sigma_e * scale_ex**2,
        sigma2_cx=math.nan if likelihood.cx.known else sigma_c * scale_cx**2,
        rho=rho,
        slope=rho * ratio,
        rho_se=rho_se,
        slope_se=slope_se,
        tau2_ex_se=tau2_ex_se,
        tau2_cx_se=tau2_cx_se,
        deviance=0.0,
        deviance_independent=0.0,
        deviance_flat_ex=0.0,
        deviance_flat_cx=0.0,
        edge=abs(rho) > EDGE,
        converged=True,
        likelihood=likelihood,
        place=place,
        scale_ex=scale_ex,
        scale_cx=scale_cx,
        shift=0.0,
    )


def _covariance(likelihood: TwoSourceLikelihood, place: Floats) -> Floats | None:
    """Asymptotic covariance (5, 5) of the coordinates, twice the inverse Hessian; None where it is not positive."""
    hessian = objective(likelihood, by_correlation)(place[None, :])[2][0]
    free = free_coordinates(likelihood)
    kept = np.ix_(free, free)
    if np.linalg.eigvalsh(hessian[kept]).min() <= 1e-9:
        return None
    covariance = np.zeros((5, 5))
    covariance[kept] = 2 * np.linalg.inv(hessian[kept])
    return covariance
