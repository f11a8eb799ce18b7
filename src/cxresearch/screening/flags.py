"""Each index as a flag per person, or the reason why the questionnaire cannot carry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.blocks import blocks
from cxresearch.moments import Floats
from cxresearch.screening.duplicates import exact_copies, nearest_share_within
from cxresearch.screening.even_odd import even_odd
from cxresearch.screening.longstring import longstring
from cxresearch.screening.mahalanobis import mahalanobis_answered
from cxresearch.screening.questionnaire import Questionnaire
from cxresearch.screening.response_time import seconds_per_item
from cxresearch.screening.synonyms import Kind, item_correlations, item_pairs, pair_consistency
from cxresearch.screening.thresholds import Thresholds
from cxresearch.screening.variability import irv

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Flags:
    """One index.

    Attributes
    ----------
    judged : (N,) persons whom the index could judge. flagged : (N,) of these, whom it flags.
    """

    judged: Bools
    flagged: Bools


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why an index does not apply: `reason` and `details` as in `NotEstimable`."""

    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)


Judgement = Flags | Unjudged
Index = Callable[[Questionnaire, Thresholds], Judgement]


def _below(values: Floats, limit: float) -> Flags:
    judged = ~np.isnan(values)
    return Flags(judged, judged & (np.where(judged, values, np.inf) < limit))


def _above(values: Floats, limit: float) -> Flags:
    judged = ~np.isnan(values)
    return Flags(judged, judged & (np.where(judged, values, -np.inf) > limit))


def _by_rows(asked: Questionnaire, index: Callable[[slice], Floats]) -> Floats:
    """(N,) an index that is each person's own, block by block."""
    return np.concatenate([index(rows) for rows in blocks(len(asked.items))])


def _short(reason: str, count: int, needed: int) -> Unjudged | None:
    return Unjudged(f"screening.{reason}", {"count": count, "needed": needed}) if count < needed else None


def _longstring(asked: Questionnaire, limits: Thresholds) -> Judgement:
    def longest(rows: slice) -> Floats:
        answers = asked.items[rows, asked.battery]
        return np.where(np.isnan(answers).all(axis=1), np.nan, longstring(answers))

    short = _short("short_battery", len(asked.battery), limits.min_battery)
    return short or _above(_by_rows(asked, longest), limits.longstring_share * len(asked.battery))


def _irv(asked: Questionnaire, limits: Thresholds) -> Judgement:
    short = _short("short_battery", len(asked.battery), limits.min_battery)
    if short:
        return short

    def spread(rows: slice) -> Floats:
        answers = asked.items[rows, asked.battery]
        enough = (~np.isnan(answers)).sum(axis=1) >= limits.min_share_answered * len(asked.battery)
        return np.where(enough, irv(answers), np.nan)

    return _below(_by_rows(asked, spread), limits.irv_share * asked.length)


def _mahalanobis(asked: Questionnaire, limits: Thresholds) -> Judgement:
    short = _short("few_items", asked.items.shape[1], 3)
    if short:
        return short
    found = mahalanobis_answered(asked.items, limits.min_share_answered, asked.frequency)
    needed = asked.items.shape[1] + 2
    few = _short("few_complete", found.n_complete, needed)
    return few or Flags(found.df > 0, found.flags(limits.mahalanobis_confidence))


def _even_odd(asked: Questionnaire, limits: Thresholds) -> Judgement:
    short = _short("few_scales", len(asked.scales), limits.min_scales)
    return short or _above(_by_rows(asked, lambda rows: even_odd(asked.turned(rows), asked.scales)), -limits.even_odd)


def _pairs(kind: Kind) -> Index:
    def judge(asked: Questionnaire, limits: Thresholds) -> Judgement:
        pairs = item_pairs(item_correlations(asked.items, asked.frequency), kind, limits.pair_correlation)
        short = _short(f"few_{kind}", len(pairs), limits.min_pairs)
        if short:
            return short

        def consistency(rows: slice) -> Floats:
            r, n = pair_consistency(asked.items[rows], pairs)
            return np.where(n >= limits.min_pairs, r, np.nan)

        r = _by_rows(asked, consistency)
        return _below(r, limits.synonyms) if kind == "synonyms" else _above(r, limits.antonyms)

    return judge


def _copies(asked: Questionnaire, limits: Thresholds) -> Unjudged | None:
    """Why copies cannot be told: too few items, or equal rows that were counted while reading."""
    short = _short("few_items", asked.items.shape[1], limits.min_duplicate_items)
    return short or (Unjudged("screening.counted") if (asked.frequency > 1).any() else None)


def _enough(asked: Questionnaire, limits: Thresholds) -> Bools:
    """(N,) persons who answered enough items to be held against others."""
    enough: Bools = (~np.isnan(asked.items)).sum(axis=1) >= limits.min_duplicate_items
    return enough


def _near_duplicates(asked: Questionnaire, limits: Thresholds) -> Judgement:
    return _copies(asked, limits) or _above(
        np.where(_enough(asked, limits), nearest_share_within(asked.items, asked.units), np.nan),
        limits.near_duplicate_share,
    )


def _duplicates(asked: Questionnaire, limits: Thresholds) -> Judgement:
    unable = _copies(asked, limits)
    if unable:
        return unable
    enough = _enough(asked, limits)
    return Flags(enough, enough & exact_copies(asked.told))


def _time(asked: Questionnaire, limits: Thresholds) -> Judgement:
    if asked.duration is None:
        return Unjudged("screening.no_duration")
    return _below(seconds_per_item(asked.duration, asked.items), limits.seconds_per_item)


INDICES: dict[str, Index] = {
    "longstring": _longstring,
    "irv": _irv,
    "mahalanobis": _mahalanobis,
    "even_odd": _even_odd,
    "synonyms": _pairs("synonyms"),
    "antonyms": _pairs("antonyms"),
    "duplicates": _duplicates,
    "near_duplicates": _near_duplicates,
    "response_time": _time,
}
"""Every index by name, in the order of tables."""
