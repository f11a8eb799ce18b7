"""Does x come before y, or y before x? Panel models of units over three or more periods, both ways.

The random-intercept model sets lasting differences between units apart, so that its lags speak of changes within
units; the ordinary cross-lagged model does not, and stands beside it only as a foil. Lags are held equal over the
periods, which is tested; units that lack a period take part with the periods they have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats
from cxresearch.sem.cfa_results import comparison_result, counts_of, fit_results, wald_result, with_health
from cxresearch.sem.compare import Comparison, compare
from cxresearch.sem.fit import Fit, fit_model
from cxresearch.sem.model import Model
from cxresearch.sem.panel_models import clpm, riclpm
from cxresearch.sem.reference import Estimator
from cxresearch.sem.samples import Sample, sample_from_rows
from cxresearch.sem.standardised import Standardised, standardised
from cxresearch.statistic import NotEstimable, Result

MIN_PERIODS = 3
"""Two periods cannot tell a unit's lasting level from what one period leaves to the next."""

LAGS = {"y_on_x": "y_x", "x_on_y": "x_y", "x_on_x": "x_x", "y_on_y": "y_y"}
"""Results of the lags and the labels of their parameters."""


MODELS = ("riclpm", "clpm")
"""The random-intercept model and its foil."""


def refused(why: NotEstimable, term: str, models: Sequence[str] = MODELS) -> tuple[NotEstimable, ...]:
    """The same reason under the term of every cross-lagged effect."""
    parts = [part + end for part in ("y_on_x", "x_on_y") for end in ("", ".std")]
    return tuple(why.named(f"{term}.{model}.{part}") for model in models for part in parts)


@dataclass(frozen=True, slots=True)
class Panel:
    """Both models of a panel.

    Attributes
    ----------
    free, equal : lags free over periods (None where the data do not carry it), and equal. test : one against the other.
    """

    free: Fit | NotEstimable
    equal: Fit
    test: Comparison | NotEstimable


def cross_lagged_results(
    x: ArrayLike,
    y: ArrayLike,
    *,
    term: str,
    periods: Sequence[str] = (),
    level: float = 0.95,
    estimator: Estimator = "ml",
) -> tuple[Result, ...]:
    """Fit both models to `x` and `y` (J units, T periods), NaN where a unit lacks a period.

    Of each model (`<term>.riclpm`, `<term>.clpm`): its fit; `.y_on_x`, `.x_on_y`, `.x_on_x`, `.y_on_y`, the effects of
    one period on the next, each also standardised (`.std`, mean over periods) and by period (`.<period>`, free lags);
    `.equal_lags`, the test that lags are equal; of the first also `.levels`, the correlation of the lasting levels.

    Returns
    -------
    The results, or the reason in place of the cross-lagged effects: `sem.too_few_periods` and those of `fit_model`.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n_periods = first.shape[1]
    names = tuple(periods) or tuple(str(period + 1) for period in range(n_periods))
    if n_periods < MIN_PERIODS:
        details = {"periods": n_periods, "needed": MIN_PERIODS}
        return refused(NotEstimable(term=term, reason="sem.too_few_periods", details=details), term, MODELS)
    sample = sample_from_rows(np.hstack([_scaled(first), _scaled(second)]))
    xs, ys = [f"x{name}" for name in names], [f"y{name}" for name in names]
    results: list[Result] = []
    for code, build in (("riclpm", riclpm), ("clpm", clpm)):
        panel = _panel(build, xs, ys, sample, f"{term}.{code}", estimator)
        if isinstance(panel, NotEstimable):
            results += refused(panel, term, (code,))
        else:
            sizes = {"x": _spread(first), "y": _spread(second)}
            results += _panel_results(panel, f"{term}.{code}", names, level, sizes)
    return tuple(results)


def _spread(values: Floats) -> float:
    return float(np.nanstd(values))


def _scaled(values: Floats) -> Floats:
    """Values in units of their own spread over all periods, so that the search is well conditioned."""
    spread = _spread(values)
    scaled: Floats = (values - np.nanmean(values)) / (spread if spread > 0 else 1.0)
    return scaled


def _panel(
    build: Callable[..., Model], x: Sequence[str], y: Sequence[str], sample: Sample, term: str, estimator: Estimator
) -> Panel | NotEstimable:
    """Both versions of a model; with few units what the lags leave is held equal over periods, to save parameters."""
    held = fit_model(build(x, y, equal=True), [sample], term=term, estimator=estimator)
    steady = isinstance(held, NotEstimable) and held.reason == "sem.too_few_rows"
    if steady:
        held = fit_model(build(x, y, equal=True, steady=True), [sample], term=term, estimator=estimator)
    if isinstance(held, NotEstimable):
        return held
    if steady:
        held = replace(held, health=("sem.steady", *held.health))
    loose = fit_model(build(x, y, steady=steady), [sample], term=term, estimator=estimator)
    test = loose if isinstance(loose, NotEstimable) else compare(held, loose, term=term)
    return Panel(loose, held, test)


def _panel_results(
    panel: Panel, term: str, periods: Sequence[str], level: float, sizes: dict[str, float]
) -> list[Result]:
    fit = panel.equal
    shared = counts_of(fit, "n_units") | {"n_items": None, "n_periods": len(periods)}
    results = list(fit_results(fit, rows="n_units"))
    results.append(comparison_result(panel.test, fit, term=f"{term}.equal_lags", rows="n_units"))
    unequal = isinstance(panel.test, Comparison) and panel.test.p < 1 - level
    solution = standardised(fit)
    for name, label in LAGS.items():
        to, source = label.split("_")
        size = sizes[to] / sizes[source]
        value, error = fit.value(label)
        raw = wald_result(f"{term}.{name}", value * size, error * size, level, shared)
        standard = _standard_lag(fit, solution, label, f"{term}.{name}.std", level, shared)
        results += [with_health(found, "sem.unequal_lags") if unequal else found for found in (raw, standard)]
        if isinstance(panel.free, Fit):
            for period in range(1, len(periods)):
                value, error = panel.free.value(f"{label}@{period + 1}")
                part = f"{term}.{name}.{periods[period]}"
                results.append(wald_result(part, value * size, error * size, level, shared))
    if fit.model.latent:
        at = (0, fit.model.variables.index("x.level"), fit.model.variables.index("y.level"))
        value, error = float(solution.correlations[at]), float(solution.correlation_errors[at])
        results.append(wald_result(f"{term}.levels", value, error, level, shared))
    return results


def _standard_lag(
    fit: Fit, solution: Standardised, label: str, term: str, level: float, shared: dict[str, object]
) -> Result:
    """Mean over the periods of a standardised lag."""
    place = {name: index for index, name in enumerate(fit.model.variables)}
    at = [(place[entry.to], place[entry.source]) for entry in fit.model.groups[0] if entry.label == label]
    rows, columns = np.array(at).T
    value = float(solution.effects[0, rows, columns].mean())
    slope = solution.slopes[0, 0, rows, columns].mean(axis=0)
    return wald_result(term, value, float(np.sqrt(max(slope @ fit.covariance @ slope, 0))), level, shared)
