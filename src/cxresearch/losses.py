"""What was left out on the way, counted: rows, units and periods, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something dropped at one step.

    Attributes
    ----------
    where : the source or hypothesis that lost it.
    reason : code, explained in the catalogues under `losses`.
    n_rows, n_units, n_periods : how much was lost; None where it does not apply.
    details : values that the reason's sentence names. Never names of units under the anonymity threshold.
    """

    where: str
    reason: str
    n_rows: int | None = None
    n_units: int | None = None
    n_periods: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
