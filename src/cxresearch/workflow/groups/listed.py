"""Which groups a batch has, as its list tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEntry:
    """One group of a batch.

    Attributes
    ----------
    id : file-safe, unique in the batch and the same in every run. name : as shown.
    released : whether anything of the group may be shown; one entry, without id and name, stands for all groups of
        which nothing may be shown.
    fingerprint : SHA-256 of the group's JSON, "" if nothing is shown.
    headline : per measure its shown `mean` with `mean_low` and `mean_high`, and its `difference` from everybody else
        with `conf_low`, `conf_high` and `sign` (-1, 0 where the interval holds 0, 1).
    sparkline : per measure its means by period, one for each of the list's `periods`, None where it is not shown.
    """

    id: str
    name: str
    released: bool
    fingerprint: str = ""
    headline: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sparkline: Mapping[str, list[float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    """The groups of a batch, in the order of their names.

    Attributes
    ----------
    by : the kind of group. key : of the findings they were made from.
    periods : per measure the names of all its periods, in time order; none where the groups are periods.
    """

    by: str
    key: str
    groups: tuple[GroupEntry, ...]
    periods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def released(self) -> tuple[GroupEntry, ...]:
        """The groups of which something may be shown."""
        return tuple(entry for entry in self.groups if entry.released)
