"""Which of a batch's rows are to be looked at now, and which earlier rows it no longer has."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from cxresearch.batch.journal import Past
from cxresearch.batch.rows import Row
from cxresearch.batch.share import Shard
from cxresearch.errors import ParameterError, Problem, raise_if


def chosen_rows(rows: Sequence[Row], only: Sequence[str], shard: Shard) -> list[Row]:
    """The rows of the shard; of those, where ids or names are asked for, the ones that bear them.

    Raises
    ------
    ParameterError
        With every id or name that no row of the batch bears.
    """
    if not only:
        return [row for row in rows if shard.holds(row)]
    known = {name for row in rows for name in (row.id, row.name)}
    raise_if([_unknown(name, rows) for name in only if name not in known], ParameterError)
    return [row for row in rows if (row.id in only or row.name in only) and shard.holds(row)]


def _unknown(name: str, rows: Sequence[Row]) -> Problem:
    ids = [row.id for row in rows]
    nearest = ", ".join(difflib.get_close_matches(name, ids, n=3) or ids[:3])
    return Problem(code="batch.unknown_row", column="only", value=name, details={"nearest": nearest})


def rows_that_left(rows: Sequence[Row], past: Past, out: Path) -> tuple[str, ...]:
    """Rows that earlier batches made and that are no longer listed."""
    listed = {row.id for row in rows}
    return tuple(row for row in past.done if row not in listed and (out / row).is_dir())
