"""The association in each wave or region, and all of them taken together.

Waves of the same units are not independent studies: their errors are correlated, and the synthesis allows for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.inference.correlation import pearson
from cxresearch.inference.meta_analysis import Synthesis, random_effects
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.units import LinkedUnits
from cxresearch.linkage.waves import waves_of
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

FEWEST_PARTS = 3
"""Waves or regions that a synthesis needs."""
FEWEST_UNITS = 5
"""Units that a wave or region needs."""
PARTS = ("prediction", "tau2", "i2", "q")
_MOST_CORRELATED = 0.98


def synthesis_of_periods(linked: LinkedPanel, *, term: str, level: float) -> tuple[Result, ...]:
    """Pearson's r of each period (`term.<period>`) and their random-effects synthesis.

    Returns
    -------
    `term` the mean correlation with Knapp and Hartung's interval, never narrower than the normal error allows;
    `term.prediction` the same with the interval in which the true correlation of a further period lies; `term.tau2`
    variance of the true effects on Fisher's scale; `term.i2`; `term.q`; and each period's r. The errors of two periods
    are correlated as the influence of their common units on both is.
    """
    waves = waves_of(linked)
    ex, cx = waves.ex.T, waves.cx.T
    labels = [period for period in linked.periods if period]
    if len(labels) < FEWEST_PARTS:
        return _none(term, "honesty.too_few_parts", count=len(labels), needed=FEWEST_PARTS)
    return _combined(ex, cx, labels, term, level, {"n_periods": 1})


def synthesis_of_groups(
    units: LinkedUnits, groups: Mapping[str, str], *, term: str, level: float
) -> tuple[Result, ...]:
    """The same over groups of units, such as regions: `groups` names each unit's; each group is `term.<its name>`."""
    named = units.frame["unit"].map(dict(groups))
    labels = sorted(named.dropna().unique())
    inside = [(named == label).to_numpy(dtype=bool) for label in labels]
    kept = [place for place, rows in enumerate(inside) if rows.sum() >= FEWEST_UNITS]
    if len(kept) < FEWEST_PARTS:
        return _none(term, "honesty.too_few_parts", count=len(kept), needed=FEWEST_PARTS)
    values = [
        np.array([np.where(inside[place], units.column(name), np.nan) for place in kept]) for name in ("ex", "cx")
    ]
    return _combined(values[0], values[1], [labels[place] for place in kept], term, level, {})


def _combined(
    ex: Floats, cx: Floats, labels: Sequence[str], term: str, level: float, counts: Mapping[str, int]
) -> tuple[Result, ...]:
    """Synthesis of the correlations of ex and cx (K, J), NaN where a unit is not in a part."""
    single = [pearson(x, y, term=f"{term}.{label}", level=level) for x, y, label in zip(ex, cx, labels, strict=True)]
    usable = [
        place
        for place, found in enumerate(single)
        if isinstance(found, Estimate) and abs(found.estimate) < 1 and (found.n_units or 0) >= FEWEST_UNITS
    ]
    if len(usable) < FEWEST_PARTS:
        return (*_none(term, "honesty.too_few_parts", count=len(usable), needed=FEWEST_PARTS), *single)
    effects = np.array([math.atanh(single[place].estimate) for place in usable])  # type: ignore[union-attr]
    n_units = np.array([single[place].n_units for place in usable], dtype=np.float64)  # type: ignore[union-attr]
    found = random_effects(effects, error_covariance(ex[usable], cx[usable], n_units))
    total = int((np.isfinite(ex[usable]) & np.isfinite(cx[usable])).any(axis=0).sum())
    return (*_results(found, term, level, total), *(_counted(item, counts) for item in single))


def _counted(result: Result, counts: Mapping[str, int]) -> Result:
    return replace(result, **counts) if isinstance(result, Estimate) and counts else result  # type: ignore[arg-type]


def error_covariance(ex: Floats, cx: Floats, n_units: Floats) -> Floats:
    """Covariance (K, K) of Fisher's z over parts that share units, from ex and cx (K, J), NaN where absent.

    On the diagonal 1 / (n - 3); off it, the correlation of the parts' influence values. A unit's influence on z is
    (zx zy - r (zx^2 + zy^2) / 2) / (1 - r^2), zx and zy being its standardised values.
    """
    influence = np.stack([_influence(x, y) for x, y in zip(ex, cx, strict=True)])
    products = influence @ influence.T
    size = np.sqrt(np.diag(products))
    correlation = np.clip(products / np.outer(size, size), -_MOST_CORRELATED, _MOST_CORRELATED)
    np.fill_diagonal(correlation, 1.0)
    error = 1 / np.sqrt(n_units - 3)
    covariance = correlation * np.outer(error, error)
    least, smallest = float(np.linalg.eigvalsh(covariance).min()), 1e-6 * float(np.diag(covariance).mean())
    covariance[np.diag_indices_from(covariance)] += max(0.0, smallest - least)
    return np.asarray(covariance)


def _influence(x: Floats, y: Floats) -> Floats:
    known = np.isfinite(x) & np.isfinite(y)
    first, second = ((values[known] - values[known].mean()) / values[known].std() for values in (x, y))
    r = float(first @ second) / len(first)
    influence = np.zeros(len(x))
    influence[known] = (first * second - r * (first**2 + second**2) / 2) / (1 - r * r)
    return influence


def _results(found: Synthesis, term: str, level: float, n_units: int) -> tuple[Result, ...]:
    found = replace(found, adjusted_error=max(found.adjusted_error, found.std_error))
    low, high = (math.tanh(end) for end in found.interval(level, adjusted=True))
    least, most = (math.tanh(end) for end in found.prediction(level, adjusted=True))
    health = ("honesty.no_heterogeneity",) if found.at_boundary else ()
    mean = Estimate(
        term=term,
        estimate=math.tanh(found.effect),
        df=float(found.n_estimates - 1),
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=n_units,
        method="honesty.random_effects",
        health=health,
    )
    return (
        mean,
        replace(mean, term=f"{term}.prediction", conf_low=least, conf_high=most, method="honesty.prediction_interval"),
        Estimate(term=f"{term}.tau2", estimate=found.tau2, method="honesty.random_effects", health=health),
        Estimate(term=f"{term}.i2", estimate=found.i2, method="honesty.random_effects", health=health),
        Estimate(
            term=f"{term}.q",
            estimate=found.q,
            statistic=found.q,
            df=float(found.n_estimates - 1),
            p_value=found.q_p,
            method="honesty.heterogeneity_q",
        ),
    )


def _none(term: str, reason: str, **details: int) -> tuple[Result, ...]:
    names = (term, *(f"{term}.{part}" for part in PARTS))
    return tuple(NotEstimable(term=name, reason=reason, details=details) for name in names)


def groups_frame(results: Sequence[Result], term: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """The single parts' estimates: columns part, estimate, low, high, n_units; `labels` renames the parts."""
    rows = []
    for result in results:
        part = result.term.removeprefix(f"{term}.")
        if isinstance(result, Estimate) and part not in (*PARTS, result.term):
            ends = (result.conf_low, result.conf_high, result.n_units)
            rows.append((labels.get(part, part), result.estimate, *ends))
    return pd.DataFrame(rows, columns=["part", "estimate", "low", "high", "n_units"])
