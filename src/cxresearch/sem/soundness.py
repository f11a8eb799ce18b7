"""Can a model be fitted to these data, and is what came out proper?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.objective import Objective, Point
from cxresearch.sem.samples import Sample
from cxresearch.sem.saturated import available_moments, saturated_moments
from cxresearch.statistic import NotEstimable

_SINGULAR = 1e-9
_COPIED = 1e-8
_MIN_TOGETHER = 3
FEW_PER_PARAMETER = 5
"""Fewer rows than this per free parameter (Bentler and Chou 1987) are told as a limit of the fit."""
FEW_CLUSTERS = 30
"""With fewer clusters than this the sandwich is itself uncertain, and mostly too small."""


def sound_size(samples: Sequence[Sample], n_parameters: int, df: int, term: str) -> NotEstimable | None:
    """Why the data are too few for a model, or the model has too many parameters for any data."""
    p, per_group = samples[0].observed.shape[1], -(-n_parameters // len(samples))
    for sample in samples:
        if sample.total <= max(p, per_group):
            details = {"n": sample.total, "needed": max(p, per_group) + 1, "parameters": n_parameters}
            return NotEstimable(term=term, reason="sem.too_few_rows", details=details)
    if df < 0:
        return NotEstimable(term=term, reason="sem.too_many_parameters", details={"parameters": n_parameters})
    return None


def sound_moments(samples: Sequence[Sample], term: str) -> list[tuple[Floats, Floats]] | NotEstimable:
    """Each group's saturated moments, or why they say nothing.

    The reasons: `sem.no_variation`, `sem.no_overlap` (two variables that nobody answered both), `sem.singular_data`.
    """
    moments = []
    for sample in samples:
        together = sample.observed.T @ (sample.n[:, None] * sample.observed)
        if together.min() < _MIN_TOGETHER and (np.diag(together) >= _MIN_TOGETHER).all():
            return NotEstimable(term=term, reason="sem.no_overlap", details={"n": int(together.min())})
        found = saturated_moments(sample) if _varies(sample) else None
        if found is None:
            return NotEstimable(term=term, reason="sem.no_variation", details={"n": sample.total})
        scale = np.sqrt(np.diag(found[1]))
        if np.linalg.eigvalsh(found[1] / np.outer(scale, scale)).min() < _COPIED:
            return NotEstimable(term=term, reason="sem.singular_data", details={"n": sample.total})
        moments.append(found)
    return moments


def _varies(sample: Sample) -> bool:
    """Whether every variable was answered and its answers differ."""
    n, mean, variance = available_moments(sample)
    return bool((n >= 2).all() and (variance > 1e-14 * np.maximum(mean**2, 1e-12)).all())


def sound_inverse(information: Floats) -> Floats | None:
    """Inverse of an information matrix; None where a parameter is not identified or the point is no minimum."""
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information / np.outer(scale, scale)
    if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled).min() < _SINGULAR:
        return None
    inverse: Floats = np.linalg.inv(scaled) / np.outer(scale, scale)
    return inverse


def health_of(objective: Objective, point: Point) -> tuple[str, ...]:
    """What is amiss with an otherwise sound optimum."""
    codes = []
    for group, state in zip(objective.layout.groups, point.states, strict=True):
        _, s, _ = group.filled(point.theta)
        latent = state.total[group.n_observed :, group.n_observed :]
        if (np.diag(s) < 0).any():
            codes.append("sem.negative_variance")
        spread = np.diag(latent)
        if (spread > 0).all() and len(latent):
            scale = np.sqrt(spread)
            if np.linalg.eigvalsh(latent / np.outer(scale, scale)).min() < -1e-8:
                codes.append("sem.improper_correlations")
    if sum(sample.total for sample in objective.samples) < FEW_PER_PARAMETER * objective.size:
        codes.append("sem.few_rows_per_parameter")
    clusters = [sample.clusters for sample in objective.samples if sample.clusters is not None]
    if clusters and len(np.unique(np.concatenate(clusters))) < FEW_CLUSTERS:
        codes.append("sem.few_clusters")
    return tuple(dict.fromkeys(codes))
