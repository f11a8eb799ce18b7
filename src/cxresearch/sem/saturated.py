"""The saturated model (every mean and covariance free) and the independence model (no covariance), by group."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.likelihood import deviance
from cxresearch.sem.model import Entry, Model
from cxresearch.sem.samples import Sample

_TOLERANCE = 1e-9
_MAX_STEPS = 5000


def available_moments(sample: Sample) -> tuple[Floats, Floats, Floats]:
    """Of each variable (P,): how many answered it, their mean and their variance (divisor n)."""
    n = sample.n @ sample.observed
    mean = sample.n @ sample.mean / np.maximum(n, 1)
    spread = np.einsum("gpp->gp", sample.covariance) + (sample.mean - mean) ** 2 * sample.observed
    return n, mean, sample.n @ spread / np.maximum(n, 1)


def saturated_moments(sample: Sample) -> tuple[Floats, Floats] | None:
    """Maximum likelihood means (P,) and covariances (P, P); by EM where answers are missing. None if it gets stuck.

    In a step every pattern's missing part is replaced by its regression on the observed part, with the covariance
    that the regression leaves (Little and Rubin 2002, section 11.2), all patterns at once.
    """
    if sample.complete:
        total = sample.n.sum()
        mean = sample.n @ sample.mean / total
        gap = sample.mean - mean
        spread = sample.covariance + gap[:, :, None] * gap[:, None, :]
        return mean, np.einsum("g,gpq->pq", sample.n, spread) / total
    _, mean, variance = available_moments(sample)
    covariance = np.diag(variance)
    scale = np.sqrt(variance)
    for _ in range(_MAX_STEPS):
        fitted = deviance(sample, mean, covariance)
        if fitted is None:
            return None
        new_mean, new_covariance = _em_step(sample, mean, covariance, fitted.inverse)
        moved = max(
            float((np.abs(new_mean - mean) / scale).max()),
            float((np.abs(new_covariance - covariance) / np.outer(scale, scale)).max()),
        )
        mean, covariance = new_mean, new_covariance
        if moved < _TOLERANCE:
            return mean, covariance
    return None


def _em_step(sample: Sample, mean: Floats, covariance: Floats, inverse: Floats) -> tuple[Floats, Floats]:
    share = sample.n / sample.n.sum()
    fill = covariance @ inverse
    filled = mean + np.einsum("gpq,gq->gp", fill, (sample.mean - mean) * sample.observed)
    new_mean = share @ filled
    gap = filled - new_mean
    left = covariance - fill @ covariance
    spread = fill @ sample.covariance @ fill.transpose(0, 2, 1) + left + gap[:, :, None] * gap[:, None, :]
    new_covariance = np.einsum("g,gpq->pq", share, spread)
    return new_mean, (new_covariance + new_covariance.T) / 2


def independence_deviance(sample: Sample) -> float:
    """Deviance of the independence model: each variable on its own, from those who answered it."""
    n, _, variance = available_moments(sample)
    return float(n @ (math.log(2 * math.pi) + np.log(variance) + 1))


def saturated_model(observed: tuple[str, ...], n_groups: int, *, means: bool) -> Model:
    """The saturated model as a model; its parameters are the means and then one triangle of the covariances."""
    groups = []
    for group in range(n_groups):
        entries = [Entry("mean", name, label=f"{group}:{name}") for name in observed] if means else []
        for index, name in enumerate(observed):
            entries += [
                Entry("covariance", name, other, label=f"{group}:{name}~~{other}") for other in observed[: index + 1]
            ]
        groups.append(tuple(entries))
    return Model(observed, (), tuple(groups), means)


def independence_model(observed: tuple[str, ...], n_groups: int, *, means: bool) -> Model:
    """The independence model as a model: the baseline of CFI and TLI."""
    groups = []
    for group in range(n_groups):
        entries = [Entry("mean", name, label=f"{group}:{name}") for name in observed] if means else []
        entries += [Entry("covariance", name, name, label=f"{group}:{name}~~{name}") for name in observed]
        groups.append(tuple(entries))
    return Model(observed, (), tuple(groups), means)


def saturated_theta(saturated: Sequence[tuple[Floats, Floats]], *, means: bool) -> Floats:
    """The saturated model's parameters, in its order, from each group's means and covariances."""
    parts = []
    for mean, covariance in saturated:
        lower = covariance[np.tril_indices(len(mean))]
        parts += [mean, lower] if means else [lower]
    return np.concatenate(parts)


def independence_theta(samples: Sequence[Sample], *, means: bool) -> Floats:
    """The independence model's parameters, in its order: their maximum likelihood estimates."""
    parts = []
    for sample in samples:
        _, mean, variance = available_moments(sample)
        parts += [mean, variance] if means else [variance]
    return np.concatenate(parts)
