"""A delimited text of any size → a Parquet file of strings, record by record, through the in-memory reader's parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cxresearch.errors import Problem
from cxresearch.readers.delimited import RAGGED_SHOWN, fit, place_of_header, refuse_ragged
from cxresearch.readers.header import SCANNED
from cxresearch.readers.records import Record
from cxresearch.readers.refusal import refusal

_ROWS = 50_000
_CHARACTERS = 1 << 26


def header_of(found: Iterator[Record], header_row: int | None, shown_as: str, *, hinted: bool) -> Record:
    """The record that holds the column names, looked for in the first records only.

    Raises
    ------
    ReadError
        As `place_of_header`.
    """
    head = list(islice(found, max(SCANNED + 1, (header_row or 0) + 1)))
    return head[place_of_header(head, header_row, shown_as, hinted=hinted)]


def spool(found: Iterator[Record], header: Record, target: Path, shown_as: str) -> int:
    """Write the records below the header to `target` with columns `c0` … and return how many they are.

    A piece of at most 50,000 rows or about 64 million characters is held at a time.

    Raises
    ------
    ReadError
        Ragged rows, as in memory.
    """
    line, names = header
    schema = pa.schema([(f"c{index}", pa.string()) for index in range(len(names))])
    problems: list[Problem] = []
    total = ragged = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for piece in _pieces(record for record in found if record[0] > line):
            fitted = [fit(number, cells, len(names), shown_as) for number, cells in piece]
            faults = [row for row in fitted if isinstance(row, Problem)]
            problems += faults[: RAGGED_SHOWN - len(problems)]
            ragged += len(faults)
            rows = [row for row in fitted if not isinstance(row, Problem)]
            if rows and not problems:
                writer.write_table(_arrow(rows, schema))
            total += len(rows)
    refuse_ragged(problems, shown_as, ragged)
    if not total:
        raise refusal("no_rows", shown_as, line=line)
    return total


def _arrow(rows: Sequence[Sequence[str]], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=schema)


def _pieces(found: Iterator[Record]) -> Iterator[list[Record]]:
    piece: list[Record] = []
    characters = 0
    for record in found:
        piece.append(record)
        characters += sum(map(len, record[1]))
        if len(piece) >= _ROWS or characters >= _CHARACTERS:
            yield piece
            piece, characters = [], 0
    if piece:
        yield piece
