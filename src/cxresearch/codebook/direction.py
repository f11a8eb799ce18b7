"""Does every item of a scale point the same way? An item that was not turned round ruins the scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook.blocks import blocks
from cxresearch.codebook.narrowing import patterns
from cxresearch.codebook.responses import Responses
from cxresearch.codebook.variables import Variable
from cxresearch.errors import Problem

Floats = NDArray[np.float64]

STOP_BELOW = -0.2
"""An item-rest correlation below this stops the run, if its 95 % upper limit is below zero as well."""

NOTICE_BELOW = -0.1
"""An item-rest correlation below this is mentioned."""

_FISHER_95 = 1.6448536269514722
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Direction:
    """Items that seem to point the wrong way.

    Attributes
    ----------
    errors : items so clearly negative that the run must stop. notices : items worth a look.
    """

    errors: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


def check_direction(responses: Responses, codebook_file: str = "") -> Direction:
    r"""Correlate every item with the sum of its scale's other items, declared reversals already turned.

    With the items' covariance matrix :math:`S` over respondents who answered the whole scale, the item-rest correlation
    is :math:`r_i = (\sum_j S_{ij} - S_{ii}) / \sqrt{S_{ii}\,\mathrm{Var}(\text{rest}_i)}`. It is clearly negative when
    :math:`r_i < -.2` and its one-sided 95 % limit (Fisher's z) is below 0. Counts and unit scores hold no such pairs,
    so nothing is found there.

    Parameters
    ----------
    codebook_file : how messages name the codebook.
    """
    if responses.grain != "respondents":
        return Direction()
    scales: dict[str, list[Variable]] = {}
    for variable in responses.variables:
        if variable.role == "item" and variable.scale:
            scales.setdefault(variable.scale, []).append(variable)
    found = [
        (clear, problem)
        for items in scales.values()
        if len(items) > 1
        for clear, problem in _of_scale(responses, items, codebook_file)
    ]
    return Direction(
        errors=tuple(problem for clear, problem in found if clear),
        notices=tuple(problem for clear, problem in found if not clear),
    )


def _of_scale(responses: Responses, items: list[Variable], file: str) -> list[tuple[bool, Problem]]:
    covariance, n = _covariance(patterns(responses, [item.name for item in items])[0], items)
    if n < _FEWEST:
        return []
    own, with_all = covariance.diagonal(), covariance.sum(axis=1)
    rest = covariance.sum() - 2 * with_all + own
    usable = (own > 0) & (rest > 0)
    r = np.divide(with_all - own, np.sqrt(own * rest), out=np.zeros_like(own), where=usable)
    return [
        _judged(item, float(np.clip(value, -1, 1)), n, file)
        for item, value in zip(items, r, strict=True)
        if value < NOTICE_BELOW
    ]


def _complete(frame: pd.DataFrame, items: list[Variable]) -> Iterator[tuple[Floats, Floats]]:
    """The complete rows of answers (M, K), reversed items turned, and how often each counts (M,), block by block."""
    for rows in blocks(len(frame)):
        part = frame.iloc[rows]
        answers = np.stack([item.turned(part[item.name].to_numpy(dtype=float)) for item in items], axis=1)
        complete = ~np.isnan(answers).any(axis=1)
        yield answers[complete], part["frequency"].to_numpy(dtype=float)[complete]


def _covariance(frame: pd.DataFrame, items: list[Variable]) -> tuple[Floats, int]:
    """Covariance (K, K) of the rows with every item, each counted by its frequency, and their number."""
    sums, total, n_items = np.zeros(len(items)), 0.0, len(items)
    for known, weight in _complete(frame, items):
        sums, total = sums + weight @ known, total + weight.sum()
    n, products = int(total), np.zeros((n_items, n_items))
    for known, weight in _complete(frame, items):
        centred = known - sums / max(n, 1)
        products += (weight[:, None] * centred).T @ centred
    return products / max(n - 1, 1), n


def _judged(item: Variable, r: float, n: int, file: str) -> tuple[bool, Problem]:
    upper = math.atanh(max(r, -1 + 1e-15)) + _FISHER_95 / math.sqrt(n - 3)
    clear = r < STOP_BELOW and upper < 0
    code = "wrongly_reversed" if item.reversed else "not_reversed"
    return clear, Problem(
        code=f"data.{code}" if clear else f"data.{code}_perhaps",
        file=file, line=item.line or None, column="reversed", value=item.name,
        details={"scale": item.scale, "r": r, "n": n},
    )  # fmt: skip
