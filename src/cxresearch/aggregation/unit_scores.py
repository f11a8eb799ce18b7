"""From the three grains of input - respondents, response-option counts, published unit scores - to a `UnitPanel`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxresearch.aggregation.panel import PANEL_COLUMNS, UnitPanel
from cxresearch.aggregation.reliability import reliability_of_published, within_periods
from cxresearch.errors import DataError, Problem, raise_if
from cxresearch.losses import Loss
from cxresearch.moments import Floats, Grain, ScoreMoments, count_moments, score_moments
from cxresearch.scoring.survey_weights import weighted_moments


def panel_from_respondents(
    measure: str,
    side: str,
    units: ArrayLike,
    scores: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    eligible: pd.DataFrame | None = None,
    frequency: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> UnitPanel:
    """Unit means of respondents' scores.

    Parameters
    ----------
    units : (N,) each respondent's unit, missing where unknown. scores : (N,), NaN where there is none.
    periods : (N,) period; None = the study has none.
    eligible : columns `unit`, `n_eligible` and, with periods, `period`: how many could have answered.
    frequency : (N,) how many respondents each row stands for; 1 unless given.
    weights : (N,) survey weights: means are weighted, and their errors are those of weighted means.

    Raises
    ------
    DataError
        If a unit has more answers than eligible people, or stands in `eligible` twice.
    """
    rows = pd.DataFrame({"unit": _labels(units), "score": np.asarray(scores, dtype=np.float64)})
    rows["period"] = "" if periods is None else _labels(periods)
    rows["frequency"] = 1 if frequency is None else np.asarray(frequency, dtype=np.int64)
    placed, scored = _placed(rows), rows["score"].notna()
    used = rows[placed & scored]
    grouped = used.groupby(["unit", "period"], sort=True)
    keys = grouped.size().index.to_frame(index=False)
    codes, times = grouped.ngroup().to_numpy(), used["frequency"].to_numpy()
    scores_used = used["score"].to_numpy()
    if weights is None:
        moments = score_moments(codes, scores_used, len(keys), frequency=times)
    else:
        kept = np.asarray(weights, dtype=np.float64)[(placed & scored).to_numpy()]
        moments = weighted_moments(codes, scores_used, kept, len(keys), frequency=times)
    keys["n_eligible"] = _eligible(keys, eligible)
    losses = [
        Loss(where=measure, reason="aggregation.without_unit", n_rows=int(rows["frequency"][~placed].sum())),
        Loss(where=measure, reason="aggregation.without_score", n_rows=int(rows["frequency"][placed & ~scored].sum())),
        Loss(where=measure, reason="aggregation.without_answers", n_units=_silent(keys, eligible)),
    ]
    return _panel(measure, side, keys, moments, "respondents", losses)


def panel_from_counts(
    measure: str,
    side: str,
    units: ArrayLike,
    options: ArrayLike,
    counts: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    n_eligible: ArrayLike | None = None,
    item_correlation: float = 1.0,
) -> UnitPanel:
    """Unit means of response-option counts.

    Parameters
    ----------
    units : (G,) unit of each row; periods : (G,) its period. n_eligible : (G,) how many could have answered.
    options : (A,) score of each option. counts : (G, A), or (G, K, A) for a scale of K items.
    item_correlation : assumed between the items of a scale, whose answers cannot be matched by person. The scale's mean
        is exact (the mean of item means); its variance is not, and the default of 1 makes `sd` and `se` upper bounds
        (`measurement.conservative_se`). The `n` of a scale is the smallest of its items'.

    Raises
    ------
    DataError
        If a unit and period stand in two rows, or a unit has more answers than eligible people.
    """
    count = np.nan_to_num(np.asarray(counts, dtype=np.float64), nan=0.0)
    count = count[:, None, :] if count.ndim == 2 else count
    keys = _keys(units, periods, n_eligible)
    placed, whole = _placed(keys), (count.sum(axis=2) > 0).all(axis=1)
    order = keys[placed & whole].sort_values(["unit", "period"]).index.to_numpy()
    n_items = count.shape[1]
    items = [count_moments(options, count[order, item]) for item in range(n_items)]
    moments = items[0] if n_items == 1 else _combined(items, item_correlation)
    health: tuple[str, ...] = ()
    if n_items > 1:
        code = "conservative_se" if item_correlation >= 1 else "assumed_item_correlation"
        health = (f"measurement.{code}",)
    losses = [
        Loss(where=measure, reason="aggregation.without_unit", n_rows=int((~placed).sum())),
        Loss(where=measure, reason="aggregation.without_answers", n_units=int((placed & ~whole).sum())),
    ]
    return _panel(measure, side, keys.loc[order].reset_index(drop=True), moments, "counts", losses, health)


def panel_from_unit_scores(
    measure: str,
    side: str,
    units: ArrayLike,
    means: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    n: ArrayLike | None = None,
    se: ArrayLike | None = None,
    n_eligible: ArrayLike | None = None,
) -> UnitPanel:
    """Published unit scores (G,), with their number of answers and standard errors where published.

    Raises
    ------
    DataError
        If a unit and period stand in two rows, or a unit has more answers than eligible people.
    """
    frame = _keys(units, periods, n_eligible)
    frame["mean"] = np.asarray(means, dtype=np.float64)
    frame["se"] = np.nan if se is None else np.asarray(se, dtype=np.float64)
    frame["n"] = np.nan if n is None else np.asarray(n, dtype=np.float64)
    placed, known = _placed(frame), frame["mean"].notna()
    frame = frame[placed & known].sort_values(["unit", "period"]).reset_index(drop=True)
    frame["sd"] = frame["se"] * np.sqrt(frame["n"])
    frame["reliability"] = np.nan
    for _, rows in frame.groupby("period"):
        frame.loc[rows.index, "reliability"] = reliability_of_published(rows["mean"], rows["se"])
    _with_response(frame)
    losses = [
        Loss(where=measure, reason="aggregation.without_unit", n_rows=int((~placed).sum())),
        Loss(where=measure, reason="aggregation.without_answers", n_units=int((placed & ~known).sum())),
    ]
    return UnitPanel(measure, side, _ordered(frame), None, "unit_scores", (), _kept(losses))


def _labels(values: ArrayLike) -> pd.Series:
    """Labels as text, missing ones as None."""
    series = pd.Series(np.asarray(values, dtype=object))
    return series.where(series.isna(), series.astype(str)).astype(object)


def _keys(units: ArrayLike, periods: ArrayLike | None, n_eligible: ArrayLike | None) -> pd.DataFrame:
    frame = pd.DataFrame({"unit": _labels(units)})
    frame["period"] = "" if periods is None else _labels(periods)
    frame["n_eligible"] = np.nan if n_eligible is None else np.asarray(n_eligible, dtype=np.float64)
    _refuse_repeats(frame[_placed(frame)])
    return frame


def _placed(frame: pd.DataFrame) -> pd.Series:
    """Rows whose unit and period are known."""
    return frame["unit"].notna() & frame["period"].notna()


def _refuse_repeats(frame: pd.DataFrame) -> None:
    repeated = int(frame.duplicated(["unit", "period"]).sum())
    problem = Problem(code="aggregation.repeated_unit", column="unit", details={"rows": repeated})
    raise_if([problem] if repeated else [], DataError)


def _eligible(keys: pd.DataFrame, eligible: pd.DataFrame | None) -> Floats:
    if eligible is None:
        return np.full(len(keys), np.nan)
    known = _eligible_keys(eligible)
    _refuse_repeats(known)
    merged = keys[["unit", "period"]].merge(known, on=["unit", "period"], how="left")
    return merged["n_eligible"].to_numpy(dtype=np.float64)


def _eligible_keys(eligible: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"unit": _labels(eligible["unit"])})
    frame["period"] = _labels(eligible["period"]) if "period" in eligible else ""
    frame["n_eligible"] = eligible["n_eligible"].to_numpy(dtype=np.float64)
    return frame


def _silent(keys: pd.DataFrame, eligible: pd.DataFrame | None) -> int:
    """Units (by period) with eligible people and no answer."""
    if eligible is None:
        return 0
    asked = _eligible_keys(eligible)
    asked = asked[asked["n_eligible"] > 0]
    heard = asked.merge(keys[["unit", "period"]], on=["unit", "period"], how="inner")
    return len(asked) - len(heard)


def _combined(items: list[ScoreMoments], correlation: float) -> ScoreMoments:
    """Moments of the mean of items whose answers are correlated as assumed."""
    n = np.stack([item.n for item in items], axis=1)
    mean = np.stack([item.mean for item in items], axis=1).mean(axis=1)
    variance = np.stack([item.ss for item in items], axis=1) / np.maximum(n - 1, 1)
    errors = np.sqrt(variance / n)
    squared = (errors**2).sum(axis=1)
    error2 = (squared + correlation * (errors.sum(axis=1) ** 2 - squared)) / n.shape[1] ** 2
    fewest = n.min(axis=1)
    return ScoreMoments(fewest, mean, error2 * fewest * (fewest - 1))


def _with_response(frame: pd.DataFrame) -> None:
    over = int((frame["n"] > frame["n_eligible"]).sum())
    problem = Problem(code="aggregation.more_answers_than_eligible", column="n_eligible", details={"units": over})
    raise_if([problem] if over else [], DataError)
    frame["response_rate"] = frame["n"] / frame["n_eligible"].where(frame["n_eligible"] > 0)


def _kept(losses: list[Loss]) -> tuple[Loss, ...]:
    return tuple(loss for loss in losses if loss.n_rows or loss.n_units)


def _panel(
    measure: str,
    side: str,
    keys: pd.DataFrame,
    moments: ScoreMoments,
    grain: Grain,
    losses: list[Loss],
    health: tuple[str, ...] = (),
) -> UnitPanel:
    frame = keys.copy()
    n = moments.n.astype(np.float64)
    frame["n"], frame["mean"] = n, moments.mean
    frame["sd"] = np.sqrt(np.where(n > 1, moments.ss, np.nan) / np.maximum(n - 1, 1))
    frame["se"] = frame["sd"] / np.sqrt(n)
    _with_response(frame)
    frame["reliability"] = within_periods(
        frame["period"].to_numpy(dtype=object), moments, frame["n_eligible"].to_numpy(dtype=np.float64)
    )
    return UnitPanel(measure, side, _ordered(frame), moments, grain, health, _kept(losses))


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(PANEL_COLUMNS)].astype({"unit": "str", "period": "str"})
