"""The front page of a batch: `index-fi.html` and `index-en.html` beside the reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxresearch.batch.index.entry import IndexAbout, IndexEntry
from cxresearch.batch.index.page import index_page
from cxresearch.report.atomic import write_all


def write_index(
    entries: Sequence[IndexEntry], about: IndexAbout, folder: Path, languages: Sequence[str]
) -> dict[str, Path]:
    """Write the index in each language; all pages appear together or none does.

    Parameters
    ----------
    entries : a row per report, in any order; a page lists them by name as Finnish orders them.

    Returns
    -------
    Language to the page's path.

    Raises
    ------
    OutputError
        If a page cannot be written; earlier pages are then as they were.
    """
    paths = {language: folder / f"index-{language}.html" for language in languages}
    pages = {path: index_page(entries, about, language, languages) for language, path in paths.items()}
    write_all(pages)
    return paths
