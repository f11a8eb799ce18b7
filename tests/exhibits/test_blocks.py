"""Blocks refuse what a report could not print, and travel as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cxresearch.errors import ParameterError
from cxresearch.exhibits.blocks import BLOCK_MIME, Block, Column, Figure, Heading, Prose, Table, from_json

FIGURE: dict[str, Any] = {"id": "fig-a", "caption": "A caption", "alt": "What one sees.", "svg": "<svg/>"}
TABLE: dict[str, Any] = {"id": "tbl-a", "caption": "A caption", "columns": (Column("x"),), "rows": (("1",),)}


@pytest.mark.parametrize(
    "block",
    [
        Heading(2, "Results", "sec-results"),
        Prose("Text with @fig-a and [@brown2008]."),
        Figure(**FIGURE, note="A note", width_cm=12.5),
        Table("tbl-a", "Cap", (Column("Unit", row_header=True), Column("M", "right")), (("a", "1.0"),), note="n"),
    ],
    ids=lambda block: block.kind,
)
def test_a_block_survives_json(block: Block) -> None:
    assert from_json(json.loads(json.dumps(block.to_json()))) == block


def test_the_mime_type_is_fixed() -> None:
    assert BLOCK_MIME == "application/vnd.cxresearch.block.v1+json"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"alt": "  "}, "Figure fig-a has no alternative text. Say in a sentence or two"),
        ({"alt": "a  caption."}, "The alternative text of figure fig-a repeats its caption."),
        ({"id": "tbl-a"}, "“tbl-a” cannot be an id (kind: figure). Begin the id with “fig-”"),
        ({"id": "fig-Å"}, "“fig-Å” cannot be an id"),
        ({"id": "fig-"}, "“fig-” cannot be an id"),
        ({"id": "fig-" + "x" * 40}, "at most 40 characters"),
        ({"caption": ""}, "The caption is missing: fig-a."),
        ({"svg": ""}, "Figure fig-a has no picture."),
        ({"width_cm": 16.5}, "The width of figure fig-a is 16.5 cm. Give a width above 0 and at most 16 cm"),
        ({"width_cm": 0}, "The width of figure fig-a is 0 cm."),
    ],
)
def test_a_figure_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Figure(**(FIGURE | change))
    assert sentence in caught.value.text("en")
    assert caught.value.text("fi")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rows": (("1",), ("1", "2"))}, "Row 2 of table tbl-a has a cell count of 2, but the table"),
        ({"columns": (), "rows": ()}, "Table tbl-a has no columns."),
        ({"columns": (Column("x", "middle"),)}, "Column “x” of table tbl-a has an unknown alignment: middle."),  # type: ignore[arg-type]
        ({"id": "fig-a"}, "“fig-a” cannot be an id (kind: table). Begin the id with “tbl-”"),
        ({"caption": " "}, "The caption is missing: tbl-a."),
    ],
)  # fmt: skip
def test_a_table_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Table(**(TABLE | change))
    assert sentence in caught.value.text("en")
    assert caught.value.text("fi")


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ((0, "x"), "The level of the heading “x” is 0. Use levels 1–4"),
        ((5, "x"), "The level of the heading “x” is 5."),
        ((1, " "), "A heading is empty."),
        ((1, "x", "results"), "Begin the id with “sec-”"),
    ],
)
def test_a_heading_is_refused(heading: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Heading(*heading)
    assert sentence in caught.value.text("en")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "video"}, "The report has an unknown part: “video”. Known kinds: heading, prose, figure, table."),
        ({"kind": "prose", "text": "x"}, "A part of the report cannot be read (kind: prose)"),
        ({"kind": "table", "id": "tbl-a"}, "A part of the report cannot be read (kind: table)"),
    ],
)
def test_strange_json_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        from_json(values)
    assert sentence in caught.value.text("en")


def test_all_problems_of_a_block_come_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        Figure(id="x", caption="", alt="")
    assert [problem.code.removeprefix("report.") for problem in caught.value.problems] == [
        "bad_id",
        "empty_caption",
        "empty_alt",
        "no_picture",
    ]
