"""From which value an index flags a person: declared before the data, never tuned on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Limits of the indices. Where the literature gives none, the convention is this package's and said to be so.

    Attributes
    ----------
    longstring_share : a run of identical answers longer than this share of the battery (Curran 2016: half of it).
    irv_share : spread of the own answers below this share of the answering scale's length: practically one answer
        throughout (own convention; the literature ranks persons instead, which always flags somebody).
    mahalanobis_confidence : quantile of chi-square that D2 exceeds (Meade and Craig 2012; default of `careless`).
    even_odd : consistency over scales below it (Jackson 1977, after Johnson 2005). In `even_odd`'s sign: above
        its negative.
    synonyms : consistency over synonym pairs below it; antonyms : over antonym pairs above it (Johnson 2005: -.03).
        For synonyms no more than the mirror image, .03, is asked.
    pair_correlation : items are synonyms from this correlation, antonyms from its negative (Meade and Craig 2012).
    near_duplicate_share : identical with another person on more than this share (Kuriakose and Robbins 2016).
    seconds_per_item : fewer seconds per answered item (Huang et al. 2012).
    min_battery : items in a row on one answering scale that longstring and IRV need: the same answer to a few
        questions is ordinary (own convention).
    min_scales, min_pairs : points that a correlation within a person needs (own convention).
    min_duplicate_items : items that copies need (own convention: with few items honest people agree by chance).
    min_share_answered : share of the items that Mahalanobis's distance needs.
    min_indices : indices that must agree before a person counts as flagged; never one alone (Curran 2016).
    """

    longstring_share: float = 0.5
    irv_share: float = 0.05
    mahalanobis_confidence: float = 0.99
    even_odd: float = 0.30
    synonyms: float = 0.03
    antonyms: float = -0.03
    pair_correlation: float = 0.60
    near_duplicate_share: float = 0.85
    seconds_per_item: float = 2.0
    min_battery: int = 10
    min_scales: int = 5
    min_pairs: int = 5
    min_duplicate_items: int = 20
    min_share_answered: float = 0.5
    min_indices: int = 2
