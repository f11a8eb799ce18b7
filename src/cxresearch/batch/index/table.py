"""The table of the index: a row per report, two columns per measure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from cxresearch.batch.index.cells import (
    name_cell,
    reports_cell,
    row_cells,
    say,
    state_cell,
    time_cell,
    verdicts_cell,
)
from cxresearch.batch.index.entry import IndexAbout, IndexEntry, IndexValue
from cxresearch.batch.index.html import tag
from cxresearch.batch.index.sparkline import common_scale
from cxresearch.language import render


def table(rows: Sequence[IndexEntry], about: IndexAbout, language: str) -> Element:
    """The table inside a region that scrolls by itself when the window is narrow."""
    caption = say(language, "caption")
    made = tag(
        "table",
        tag("caption", caption, id="caption"),
        _heads(rows, about, language),
        _body(rows, about, language),
        id="reports",
    )
    return tag("div", made, class_="scroll", role="region", aria_labelledby="caption", tabindex="0")


def _heads(rows: Sequence[IndexEntry], about: IndexAbout, language: str) -> Element:
    by = render(about.by, language)
    two = "2" if about.measures else None
    single = {"rowspan": two, "scope": "col"}
    first = [tag("th", by[:1].upper() + by[1:], data_sort="name", aria_sort="ascending", **single)]
    kinds = {"reports": "count", "state": "text"} | ({"verdicts": "text"} if _own_verdicts(rows) else {})
    for kind, sort in kinds.items():
        first.append(tag("th", say(language, f"columns.{kind}"), data_sort=sort, **single))
    for measure in about.measures:
        side = tag("small", say(language, f"sides.{measure.side}")) if measure.side else None
        first.append(tag("th", render(measure.label, language), side, colspan="2", scope="colgroup"))
    first.append(tag("th", say(language, "columns.time"), data_sort="time", **single))
    second = [
        tag(
            "th",
            say(language, f"columns.{kind}"),
            data_sort="number",
            data_of=render(measure.label, language),
            scope="col",
        )
        for measure in about.measures
        for kind in ("result", "difference")
    ]
    return tag("thead", tag("tr", *first), tag("tr", *second) if second else None)


def _own_verdicts(rows: Sequence[IndexEntry]) -> bool:
    return any(entry.verdicts for entry in rows)


def _body(rows: Sequence[IndexEntry], about: IndexAbout, language: str) -> Element:
    scales = {
        measure.id: common_scale(entry.values.get(measure.id, IndexValue()).by_period for entry in rows)
        for measure in about.measures
    }
    verdicts = _own_verdicts(rows)
    body = tag("tbody")
    for entry in rows:
        cells = [
            name_cell(entry, language),
            reports_cell(entry, language),
            state_cell(entry, language),
            verdicts_cell(entry, language) if verdicts else None,
            *row_cells(entry, about.measures, scales, language),
            time_cell(entry, language),
        ]
        body.append(tag("tr", *cells))
    return body
