"""The rows of a batch as they were listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxresearch.batch.rows import Row
from cxresearch.workflow.groups.listed import GroupEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The rows of a batch; `groups` : of each row, where rows are groups, by the row's id."""

    rows: tuple[Row, ...]
    groups: Mapping[str, GroupEntry]
