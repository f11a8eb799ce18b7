"""What one side's people tell of every unit: means, and how precise they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.moments import Floats, ScoreMoments


@dataclass(frozen=True, slots=True)
class Side:
    """What one side's people tell of every unit.

    Attributes
    ----------
    present : (J,) whether the unit has this side. mean : (J,) the unit's mean, 0 where absent.
    error : (J,) sampling variance of the mean: a multiple of sigma2, or the variance itself if `known`.
    rest : rows less units, N - J. ss : their pooled sum of squares within units. log_n : sum of log n_j.
    known : whether sampling variances are known instead of sigma2 being estimated.
    """

    present: NDArray[np.bool_]
    mean: Floats
    error: Floats
    rest: int = 0
    ss: float = 0.0
    log_n: float = 0.0
    known: bool = False

    @property
    def n_units(self) -> int:
        """Units that have this side."""
        return int(self.present.sum())

    @property
    def n_values(self) -> int:
        """Values whose density is counted: rows, or unit means where sampling variances are known."""
        return self.n_units + self.rest

    def limited_to(self, units: NDArray[np.bool_]) -> Side:
        """The side as if the other units lacked it; what is known of the spread within all units is kept."""
        return replace(self, present=self.present & units)

    def select(self, units: NDArray[np.bool_]) -> Side:
        """The side with some units' means; what is known of the spread within all units is kept."""
        return Side(
            self.present[units], self.mean[units], self.error[units], self.rest, self.ss, self.log_n, self.known
        )


def side_of_moments(moments: ScoreMoments, n_eligible: ArrayLike | None = None) -> Side:
    """A side from the moments of its rows (J,), n = 0 where a unit has none.

    With `n_eligible` (J,), NaN where unknown, a unit is the people it has: its mean's error is
    (sigma2 / n_j)(1 - n_j / N_j), none where everybody answered (the formative estimand of Luedtke et al. 2008).
    """
    present = moments.n > 0
    n = np.where(present, moments.n, 1).astype(np.float64)
    silent = np.ones(len(n))
    if n_eligible is not None:
        eligible = np.asarray(n_eligible, dtype=np.float64)
        known = np.isfinite(eligible) & (eligible >= n)
        silent = np.where(known, 1 - n / np.where(known, eligible, 1.0), 1.0)
    rows = int(moments.n.sum())
    return Side(
        present,
        np.where(present, moments.mean, 0.0),
        np.where(present, silent / n, 0.0),
        rows - int(present.sum()),
        float(moments.ss.sum()),
        float(np.log(n).sum()),
    )


def side_of_errors(means: ArrayLike, errors: ArrayLike) -> Side:
    """A side from unit scores (J,) and their own standard errors (J,); a unit without either lacks the side."""
    mean, error = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    present = np.isfinite(mean) & np.isfinite(error)
    return Side(present, np.where(present, mean, 0.0), np.where(present, error**2, 0.0), known=True)
