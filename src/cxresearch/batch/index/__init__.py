"""The front page of a batch: a row per report with its results, its state and links to its files."""

from cxresearch.batch.index.entry import (
    IndexAbout,
    IndexEntry,
    IndexFailure,
    IndexMeasure,
    IndexReport,
    IndexValue,
    IndexVerdict,
)
from cxresearch.batch.index.filling import index_about, index_entries, index_verdicts
from cxresearch.batch.index.write import write_index

__all__ = [
    "IndexAbout",
    "IndexEntry",
    "IndexFailure",
    "IndexMeasure",
    "IndexReport",
    "IndexValue",
    "IndexVerdict",
    "index_about",
    "index_entries",
    "index_verdicts",
    "write_index",
]
