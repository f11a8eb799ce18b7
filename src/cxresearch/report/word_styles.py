"""The paragraph styles of the Word report: sizes, spaces and indents, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One paragraph style. Sizes and spaces in points, `line` as a multiple, `outline` as a heading level."""

    base: str = "Normal"
    size: float | None = None
    bold: bool | None = None
    before: float | None = None
    after: float | None = None
    line: float | None = None
    keep: bool = False
    new_page: bool = False
    outline: int = 0
    left: float | None = None
    hanging: float | None = None
    tab_dots: bool = False
    style_id: str = ""


LOOKS: dict[str, Look] = {
    "Normal": Look(base="", size=11, after=8, line=1.4),
    "Body Text": Look(),
    "First Paragraph": Look(base="Body Text"),
    "Compact": Look(base="Body Text", after=3),
    "Heading 1": Look(size=17, bold=True, before=0, after=14, keep=True, new_page=True, line=1.0),
    "Heading 2": Look(size=13.5, bold=True, before=18, after=8, keep=True, line=1.0),
    "Heading 3": Look(size=11.5, bold=True, before=14, after=6, keep=True, line=1.0),
    "Heading 4": Look(size=11, bold=True, before=12, after=4, keep=True, line=1.0),
    "Unnumbered Heading": Look(size=17, bold=True, after=14, keep=True, new_page=True, outline=1, line=1.0),
    "Front Heading": Look(size=17, bold=True, after=14, keep=True, new_page=True, line=1.0),
    "List Heading": Look(size=13.5, bold=True, before=22, after=8, keep=True, line=1.0),
    "Appendix Subheading": Look(size=13.5, bold=True, before=18, after=8, keep=True, line=1.0),
    "Cover Organisation": Look(size=13, after=210, line=1.0),
    "Title": Look(size=25, bold=True, after=12, line=1.1),
    "Subtitle": Look(size=15, after=28, line=1.1),
    "Author": Look(size=13, after=2, line=1.1),
    "Cover Kind": Look(size=12, before=190, after=2, line=1.1),
    "Date": Look(size=12, after=24, line=1.1),
    "Provenance": Look(size=8, line=1.1),
    "Abstract fi": Look(line=1.15),
    "Abstract en": Look(line=1.15),
    "Figure Picture": Look(before=10, after=4, keep=True, line=1.0),
    "Figure Caption": Look(size=10, after=4, keep=True, line=1.05),
    "Table Caption": Look(size=10, before=12, after=5, keep=True, line=1.05),
    "Exhibit Note": Look(size=8.5, before=4, after=16, line=1.1),
    "Exhibit End": Look(size=4, after=8, line=1.0, style_id="ExhibitEnd"),
    "Table Text": Look(size=9, before=2, after=2, line=1.0, style_id="TableText"),
    "Table Heading": Look(base="Table Text", bold=True, keep=True, style_id="TableHeading"),
    "Bibliography": Look(line=1.1, left=1.0, hanging=1.0),
    "Footnote Text": Look(size=9, after=2, line=1.05),
    "Block Text": Look(left=1.0, line=1.2),
    "toc 1": Look(bold=True, before=5, after=3, line=1.0, left=0.9, hanging=0.9, tab_dots=True, style_id="TOC1"),
    "toc 2": Look(after=3, line=1.0, left=2.0, hanging=1.1, tab_dots=True, style_id="TOC2"),
    "toc 3": Look(after=3, line=1.0, left=3.4, hanging=1.4, tab_dots=True, style_id="TOC3"),
    "table of figures": Look(after=4, line=1.0, left=0.9, hanging=0.9, tab_dots=True, style_id="TableofFigures"),
}
