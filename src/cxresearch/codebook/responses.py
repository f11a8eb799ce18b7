"""Answers that agree with the codebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cxresearch.codebook.naturally import in_natural_order
from cxresearch.codebook.variables import Grain, Side, Variable
from cxresearch.losses import Loss

KEY_COLUMNS = ("unit", "period", "respondent", "line", "frequency")
"""The columns of `Responses.frame` that are not variables."""


@dataclass(frozen=True)
class Responses:
    """One source after validation.

    Attributes
    ----------
    source, side, grain : as in study.yml.
    frame : columns `unit` (normalised key, str), `period` (str, "" where the study has none), `respondent` (str, ""
        where the source has none), `line` (row of the raw file), `frequency` (how many identical rows this one stands
        for: 1, unless the file was aggregated out of memory), then one column per analysed variable under its
        codebook name: float (NaN = no answer) for items, scores, weights, durations and numeric covariates, str for
        categories; a timestamp is a day, as an ordinal number (NaN where no day is told); `served_by` the
        employee's code (str, "" where none is told).
        Items are as answered, not yet reversed. In the counts grain an item's column is replaced by
        `name=value` columns (one per option value) and `name=` for "don't know". Free text is never here.
    variables : the codebook's rows of this source.
    losses : rows dropped, and what else a reader must know of the reading, with reasons.
    unit_names : how each unit key is written for a reader; see `keys.UnitKeys`.
    """

    source: str
    side: Side
    grain: Grain
    frame: pd.DataFrame
    variables: tuple[Variable, ...]
    losses: tuple[Loss, ...] = ()
    unit_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods that occur, in time order (numbers inside names count as numbers); ("",) without any."""
        return in_natural_order(self.frame["period"].unique())
