"""The deviance of a model over all groups as a function of its free parameters, with gradient and information."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats, Ints
from cxresearch.sem.implied import Implied, curvature, implied, jacobian, pulled_back
from cxresearch.sem.likelihood import Fitted, deviance, information, moment_gradient, row_scores
from cxresearch.sem.model import GroupLayout, Layout
from cxresearch.sem.samples import Sample


@dataclass(frozen=True, slots=True)
class Point:
    """The model at some parameters: `theta` (Q,), the deviance, and each group's moments and fitted sample."""

    theta: Floats
    deviance: float
    states: tuple[Implied, ...]
    fitted: tuple[Fitted, ...]


def _sums(codes: Ints, rows: Floats, n_codes: int) -> Floats:
    """Sums (C, R) of rows (N, R) by their codes."""
    columns = [np.bincount(codes, weights=column, minlength=n_codes) for column in rows.T]
    return np.stack(columns, axis=1) if columns else np.zeros((n_codes, 0))


@dataclass(frozen=True, slots=True)
class Objective:
    """A laid-out model with the samples of its groups, in the same order."""

    layout: Layout
    samples: tuple[Sample, ...]

    @property
    def size(self) -> int:
        """Number of free parameters, Q."""
        return len(self.layout.labels)

    def at(self, theta: Floats) -> Point | None:
        """The model at `theta` (Q,); None where it implies no covariance matrix."""
        states, seen = [], []
        for group, sample in zip(self.layout.groups, self.samples, strict=True):
            try:
                state = implied(group, theta)
            except np.linalg.LinAlgError:
                return None
            fitted = deviance(sample, state.mean, state.covariance)
            if fitted is None:
                return None
            states.append(state)
            seen.append(fitted)
        total = sum(fitted.deviance for fitted in seen)
        return Point(theta, total, tuple(states), tuple(seen)) if np.isfinite(total) else None

    def gradient(self, point: Point) -> Floats:
        """Gradient (Q,) of the deviance."""
        total = np.zeros(self.size)
        for group, sample, state, fitted in self._parts(point):
            total[group.parameters] += pulled_back(group, state, *moment_gradient(sample, fitted))
        return total

    def information(self, point: Point, *, observed: bool = False) -> Floats:
        """Fisher information (Q, Q): expected, or the observed one, half the Hessian of the deviance."""
        total = np.zeros((self.size, self.size))
        for group, sample, state, fitted in self._parts(point):
            own = information(sample, fitted, *jacobian(group, state), observed=observed)
            if observed and len(group.a_at):
                own += curvature(group, state, *moment_gradient(sample, fitted)) / 2
            total[np.ix_(group.parameters, group.parameters)] += own
        return total

    def score_products(self, point: Point) -> Floats:
        """Sum of products of scores (Q, Q): of rows, or of clusters (times J / (J - 1)) where rows belong to them."""
        total = np.zeros((self.size, self.size))
        coded = [sample.clusters for sample in self.samples if sample.clusters is not None]
        summed = np.zeros((max((int(codes.max()) + 1 for codes in coded), default=0), self.size))
        for group, sample, state, fitted in self._parts(point):
            first = 0
            for scores, times in row_scores(sample, fitted, state.mean, *jacobian(group, state)):
                weighted = times[:, None] * scores
                if sample.clusters is None:
                    total[np.ix_(group.parameters, group.parameters)] += weighted.T @ scores
                else:
                    codes = sample.clusters[first : first + len(scores)]
                    summed[:, group.parameters] += _sums(codes, weighted, len(summed))
                first += len(scores)
        n_clusters = len(np.unique(np.concatenate(coded))) if coded else 0
        return total + summed.T @ summed * (n_clusters / max(n_clusters - 1, 1))

    def _parts(self, point: Point) -> Iterator[tuple[GroupLayout, Sample, Implied, Fitted]]:
        return zip(self.layout.groups, self.samples, point.states, point.fitted, strict=True)
