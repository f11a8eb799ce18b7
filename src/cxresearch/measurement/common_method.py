"""Two measures from the same people: what is left of their correlation once a shared way of answering is taken out."""

from __future__ import annotations

import numpy as np

from cxresearch.inference.factors.covariance_draws import bootstrap_statistics
from cxresearch.moments import Floats, ItemMoments
from cxresearch.statistic import Result


def marker_partial(r: Floats, r_marker: Floats) -> Floats:
    """Correlation adjusted by a marker, (r - r_M) / (1 - r_M) (Lindell and Whitney 2001).

    r_M is the correlation that the method alone gives.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted: Floats = np.where(r_marker < 1, (r - r_marker) / (1 - r_marker), np.nan)
    return adjusted


def marker_figures(covariance: Floats) -> Floats:
    """(B, 3) correlation of the two measures, method correlation r_M, adjusted correlation.

    `covariance` (B, 3, 3) of the driver, the outcome and the marker. The method correlation is the marker's with the
    measure it goes least with; below 0 it counts as 0, for a shared way of answering makes answers go together.
    """
    sd = np.sqrt(np.einsum("bkk->bk", covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = covariance / (sd[:, :, None] * sd[:, None, :])
    plain = correlation[:, 0, 1]
    method = np.maximum(correlation[:, :2, 2].min(axis=1), 0)
    return np.stack([plain, method, marker_partial(plain, method)], axis=1)


def marker_results(
    moments: ItemMoments, *, term: str, rng: np.random.Generator, n_draws: int = 2000, level: float = 0.95
) -> tuple[Result, ...]:
    """`<term>.respondents`, `<term>.marker_method` and `<term>.marker`: plain, method and adjusted correlation.

    Parameters
    ----------
    moments : of three scores of each respondent, by unit: driver, outcome, and a marker that should have nothing to do
        with either. term : `common_method.<hypothesis>`.

    Intervals come from drawing whole units.
    """
    return bootstrap_statistics(
        marker_figures,
        moments,
        terms=[f"{term}.{name}" for name in ("respondents", "marker_method", "marker")],
        rng=rng,
        n_draws=n_draws,
        level=level,
        method="reliability.marker",
    )
