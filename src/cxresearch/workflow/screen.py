"""Blocks on a notebook's screen: pictures, tables and sentences whose references are already written out."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from IPython.display import display

from cxresearch.exhibits.blocks import BLOCK_MIME, Block, Figure, Prose, Table
from cxresearch.language import Language, Phrase, render
from cxresearch.report import short_citation
from cxresearch.report.pictures import drawn_png
from cxresearch.workflow.places import chapter_notebooks

_WIDTH = 720
"""Pixels of a figure on the screen; the block keeps the drawing itself."""

_CM_PER_INCH = 2.54

_BARE = re.compile(r"\[-@((?:fig|tbl)-[a-z0-9-]+)\]")
_NAMED = re.compile(r"@((?:[Ff]ig|[Tt]bl)-[a-z0-9-]+)")
_SECTION = re.compile(r"\[-@(sec-[a-z0-9-]+)\]")
_CITED = re.compile(r"\[(@[\w-]+(?:; ?@[\w-]+)*)\]")
_KINDS = {"fig": "figure", "tbl": "table"}


def section_titles(language: Language) -> Mapping[str, str]:
    """Title of each section of the chapters' notebooks by its id, in one language."""
    titles = {}
    for path in chapter_notebooks():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            section = cell["metadata"].get("cxresearch", {}).get("section")
            if section and f"lang-{language}" in cell["metadata"].get("tags", ()):
                titles[section] = "".join(cell["source"]).splitlines()[0].lstrip("# ")
    return titles


def _screen_png(figure: Figure) -> str:
    """The picture in base64: drawn from the SVG, or the PNG of a block that has no other."""
    if not figure.svg:
        return figure.png_base64
    return base64.b64encode(drawn_png(figure, _WIDTH / figure.width_cm * _CM_PER_INCH)).decode("ascii")


def table_html(table: Table) -> str:
    """A table block as HTML."""
    sides = [f' style="text-align:{column.align}"' for column in table.columns]
    labels = [html.escape(column.label) for column in table.columns]
    head = "".join(f'<th scope="col"{side}>{label}</th>' for side, label in zip(sides, labels, strict=True))
    body = "".join(f"<tr>{_row(table, row, sides)}</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(table: Table, row: tuple[str, ...], sides: list[str]) -> str:
    cells = zip(table.columns, row, sides, strict=True)
    return "".join(
        f'<th scope="row"{side}>{html.escape(text)}</th>'
        if column.row_header
        else f"<td{side}>{html.escape(text)}</td>"
        for column, text, side in cells
    )


class Screen:
    """Shows blocks in one language; figures and tables are numbered in the order in which the notebook names them."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._numbers: dict[str, dict[str, int]] = {"fig": {}, "tbl": {}}
        self._sections: Mapping[str, str] | None = None

    def number(self, reference: str) -> int:
        """The number of a figure (`fig-…`) or table (`tbl-…`) in this notebook."""
        own = self._numbers[reference[:3]]
        return own.setdefault(reference, len(own) + 1)

    def write(self, markdown: str) -> str:
        """Markdown with its cross-references and citations as words."""
        text = _BARE.sub(lambda match: str(self.number(match[1])), markdown)
        text = _NAMED.sub(self._named, text)
        text = _SECTION.sub(lambda match: f"”{self._section(match[1])}”", text)
        return _CITED.sub(self._cited, text)

    def _word(self, key: str) -> str:
        return render(Phrase(f"report.{key}"), self.language)

    def _named(self, match: re.Match[str]) -> str:
        reference = match[1].lower()
        first = "_first" if match[1][0].isupper() else ""
        return f"{self._word(_KINDS[reference[:3]] + '_reference' + first)} {self.number(reference)}"

    def _section(self, section: str) -> str:
        if self._sections is None:
            self._sections = section_titles(self.language)
        return self._sections.get(section, section)

    def _cited(self, match: re.Match[str]) -> str:
        keys = [part.strip().lstrip("@") for part in match[1].split(";")]
        return "(" + "; ".join(short_citation(key, self.language) for key in keys) + ")"

    def _caption(self, block: Figure | Table) -> str:
        kind = _KINDS[block.id[:3]]
        return f"**{self._word(kind)} {self.number(block.id)}.** {self.write(block.caption)}"

    def show(self, block: Block) -> None:
        """Display a block: its own MIME type for the report, and what JupyterLab can draw."""
        bundle: dict[str, Any] = {BLOCK_MIME: block.to_json()}
        if isinstance(block, Prose):
            text = self.write(block.markdown)
            display(bundle | {"text/markdown": text, "text/plain": text}, raw=True)
        elif isinstance(block, (Figure, Table)):
            display({"text/markdown": self._caption(block)}, raw=True)
            self._show_body(block, bundle)
            if block.note:
                display({"text/markdown": f"*{self._word('note')}* {self.write(block.note)}"}, raw=True)

    def _show_body(self, block: Figure | Table, bundle: dict[str, Any]) -> None:
        if isinstance(block, Table):
            display(bundle | {"text/html": table_html(block), "text/plain": block.caption}, raw=True)
            return
        pictures = {"image/png": _screen_png(block), "text/plain": block.alt}
        display(bundle | pictures, metadata={"image/png": {"alt": block.alt}}, raw=True)
