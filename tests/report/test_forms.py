"""What each form of the report promises its readers: languages, texts for pictures, structure, no outside links."""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn

from cxresearch.errors import OutputError
from cxresearch.exhibits.blocks import Figure, Prose
from cxresearch.report import Document, render_report
from tests.report.conftest import HOSTILE, HOSTILE_MARKS

Written = Callable[[str], dict[str, bytes]]
Sample = Callable[[str], Document]
LOCALES = {"fi": "fi-FI", "en": "en-US"}
LANGUAGE = pytest.mark.parametrize("language", ["fi", "en"])
PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()


def soup(content: bytes) -> Any:
    return BeautifulSoup(content, "html.parser")


def outside_loads(content: bytes) -> list[str]:
    """Addresses that a browser would fetch by itself: everything but links to click on."""
    page = soup(content)
    for link in page.find_all("a"):
        link.decompose()
    text = str(page).replace("http://www.w3.org/1998/Math/MathML", "")
    return re.findall(r"(?:https?:)?//[^\s\"'<>]+|url\((?!#|\"#)[^)]*\)|@import", text)


@LANGUAGE
def test_html_loads_nothing_and_says_its_language(written: Written, language: str) -> None:
    page = soup(written(language)["html"])
    assert outside_loads(written(language)["html"]) == []
    assert not page.find_all("script")
    assert page.html["lang"] == language
    assert [one["lang"] for one in page.select("section.abstract")] == [language, "en" if language == "fi" else "fi"]


@LANGUAGE
def test_html_has_landmarks_headings_and_texts_for_pictures(written: Written, sample: Sample, language: str) -> None:
    page = soup(written(language)["html"])
    assert len(page.find_all("main")) == len(page.find_all("h1")) == 1
    assert page.select_one("a.skip")["href"] == "#content"
    assert page.title.get_text() == sample(language).title
    alts = [block.alt for block in sample(language).blocks if isinstance(block, Figure)]
    assert [svg["aria-label"] for svg in page.select("svg[role=img]")] == alts
    for table in page.find_all("table"):
        assert table.caption.get_text().strip()
        assert all(cell["scope"] == "col" for cell in table.thead.find_all("th"))
    assert page.select("math[display=block]")
    levels = [int(one.name[1]) for one in page.select("main h1, main h2, main h3, main h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@LANGUAGE
def test_hostile_texts_stay_texts(written: Written, language: str, tmp_path: Path) -> None:
    files = written(language)
    cells = [cell.get_text() for cell in soup(files["html"]).select("tbody th")]
    assert HOSTILE in cells
    rows = [cell.text for table in docx.Document(io.BytesIO(files["docx"])).tables for cell in table.columns[0].cells]
    assert HOSTILE in rows
    text = "".join(page_text(files["pdf"]))
    for mark in HOSTILE_MARKS:
        assert mark.replace(" ", "") in text


def page_text(content: bytes) -> list[str]:
    """The texts of a PDF's structure as its `ToUnicode` maps give them, without spaces."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [_shown(page) for page in pdf.pages]


def _shown(page: Any) -> str:
    fonts = {str(name): _unicode_map(font) for name, font in page.Resources.get("/Font", {}).items()}
    shown, current = [], {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            current = fonts[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            pieces = operands[0] if str(operator) == "TJ" else operands
            data = b"".join(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))
            shown += [current.get(data[at : at + 2].hex().upper(), "") for at in range(0, len(data), 2)]
    return "".join("".join(shown).split())


def _unicode_map(font: Any) -> dict[str, str]:
    table = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
    pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>\s*$", table, re.MULTILINE)
    return {code.upper(): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


def _tags(element: Any, found: list[tuple[str, str]]) -> None:
    if isinstance(element, pikepdf.Array):
        for one in element:
            _tags(one, found)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        found.append((str(element.S), str(element.get("/Alt", ""))))
        _tags(element.get("/K", pikepdf.Array()), found)


@LANGUAGE
def test_pdf_is_tagged_titled_and_declares_its_standards(written: Written, sample: Sample, language: str) -> None:
    with pikepdf.open(io.BytesIO(written(language)["pdf"])) as pdf:
        root = pdf.Root
        assert str(root.Lang) == LOCALES[language]
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert "/Outlines" in root
        metadata = bytes(root.Metadata.read_bytes()).decode()
        for declared in ("pdfuaid:part>1<", "pdfaid:part>2<", "pdfaid:conformance>A<"):
            assert declared in metadata
        assert sample(language).title in metadata
        found: list[tuple[str, str]] = []
        _tags(root.StructTreeRoot.K, found)
        assert all(_embedded(font) for page in pdf.pages for font in page.Resources.get("/Font", {}).values())
    kinds = {kind for kind, _ in found}
    assert {"/Title", "/TOC", "/TOCI", "/H1", "/H2", "/Table", "/TH", "/TD", "/Caption", "/Link", "/L"} <= kinds
    alts = [block.alt for block in sample(language).blocks if isinstance(block, Figure)]
    assert [alt for kind, alt in found if kind == "/Figure"] == alts
    assert all(alt for kind, alt in found if kind == "/Formula")


def _embedded(font: Any) -> bool:
    descriptor = font.DescendantFonts[0].FontDescriptor
    return any(key in descriptor for key in ("/FontFile2", "/FontFile3"))


@LANGUAGE
def test_word_has_fields_texts_for_pictures_and_repeated_header_rows(
    written: Written, sample: Sample, language: str
) -> None:
    document = docx.Document(io.BytesIO(written(language)["docx"]))
    body: Any = document.element.body
    fields = [" ".join(text.split()) for text in body.xpath("//w:instrText/text()")]
    figure, table = ("Kuvio", "Taulukko") if language == "fi" else ("Figure", "Table")
    assert fields.count(f"SEQ {figure} \\* ARABIC") == 2
    assert fields.count(f"SEQ {table} \\* ARABIC") == 3
    assert f'TOC \\h \\z \\c "{figure}"' in fields
    assert "REF fig-scatter \\h" in fields
    bookmarks = body.xpath("//w:bookmarkStart/@w:name")
    assert len(bookmarks) == len(set(bookmarks))
    asked = {field.split()[1] for field in fields if field.startswith(("REF", "PAGEREF"))}
    assert asked <= set(bookmarks)
    alts = [block.alt for block in sample(language).blocks if isinstance(block, Figure)]
    assert body.xpath("//wp:docPr/@descr") == alts
    assert body.xpath("//pic:cNvPr/@descr") == alts
    for one in document.tables:
        assert len(one._tbl.xpath("./w:tr/w:trPr/w:tblHeader")) == 1
        assert one._tbl.tblPr.find(qn("w:tblCaption")) is not None
    begin, end = (len(body.xpath(f"//w:fldChar[@w:fldCharType='{kind}']")) for kind in ("begin", "end"))
    assert begin == end


@LANGUAGE
def test_word_speaks_the_language_and_fits_the_page(written: Written, sample: Sample, language: str) -> None:
    document = docx.Document(io.BytesIO(written(language)["docx"]))
    assert document.styles["Normal"].element.xpath(".//w:lang/@w:val") == [LOCALES[language]]
    assert document.settings.element.find(qn("w:autoHyphenation")) is not None
    assert document.core_properties.title == sample(language).title
    assert [section.orientation for section in document.sections].count(1) == 1
    assert {round(min(s.page_width, s.page_height).cm, 1) for s in document.sections} == {21.0}
    for table in document.tables:
        widths = [int(width) for width in table._tbl.xpath("./w:tblGrid/w:gridCol/@w:w")]
        assert sum(widths) <= (14003 if len(widths) == 12 else 9071)
    numbered = [style.element.xpath("./w:pPr/w:numPr") for style in document.styles if style.name == "Heading 1"]
    assert numbered[0]


@LANGUAGE
def test_no_form_names_a_place_on_this_machine(written: Written, language: str) -> None:
    files = written(language)
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        parts = [package.read(name) for name in package.namelist()]
    for content in (files["html"], files["pdf"], *parts):
        for place in (b"cxresearch-report-", b"/tmp/", b"/home/", str(Path.cwd()).encode(), b"site-packages"):
            assert place not in content


@LANGUAGE
def test_the_same_report_is_the_same_bytes(written: Written, sample: Sample, language: str) -> None:
    again = render_report(sample(language), ["docx", "pdf", "html"])
    for form, content in written(language).items():
        assert again[form] == content, form


def test_prose_cannot_smuggle_markup(sample: Sample) -> None:
    text = "<b onclick='x()'>bold</b> [go](javascript:alert) `x`{=html} $\\frac{1}{2}$ [x]{lang=fi}"
    document = dataclasses.replace(sample("en"), blocks=(*sample("en").blocks, Prose(text)))
    files = render_report(document, ["html", "docx", "pdf"])
    page = soup(files["html"])
    assert not page.select("[onclick]")
    assert not page.select('a[href^="javascript"]')
    assert "<b onclick=" in page.get_text()


def test_a_drawing_loses_scripts_handlers_and_outside_links(sample: Sample) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" '
        'onload="x()">'
        '<script>x()</script><style>@import "http://a.example/x.css"; path{fill:url(http://b.example/)}</style>'
        '<defs><path id="p" d="M0 0h9v9z"/></defs><use xlink:href="#p"/>'
        '<image href="http://c.example/y.png"/><path d="M0 0h9" fill="url(http://d.example/#z)"/></svg>'
    )
    figure = Figure("fig-own", "Own", "An own drawing.", svg=svg)
    document = dataclasses.replace(sample("en"), blocks=(*sample("en").blocks, figure))
    content = render_report(document, ["html"])["html"]
    assert outside_loads(content) == []
    drawing = soup(content).select("svg")[-1]
    assert not drawing.select("script")
    assert "onload" not in drawing.attrs
    assert drawing.select_one("use")["href"] == "#fig-own-p"


def test_a_bitmap_is_enough_for_a_figure(sample: Sample) -> None:
    figure = Figure("fig-dot", "A dot", "One dot.", png_base64=PIXEL, width_cm=2)
    document = dataclasses.replace(sample("en"), blocks=(*sample("en").blocks, figure))
    files = render_report(document, ["html", "pdf", "docx"])
    assert soup(files["html"]).select('img[alt="One dot."]')


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        ({"svg": "<svg"}, "The picture of figure fig-bad cannot be read: unclosed token"),
        ({"svg": "<html/>"}, "The picture of figure fig-bad cannot be read: html."),
        ({"png_base64": "AAAA"}, "The picture of figure fig-bad cannot be read: PNG."),
        ({"png_base64": "?"}, "Save the picture again as SVG or PNG."),
    ],
)
def test_an_unreadable_picture_is_an_error(sample: Sample, picture: dict[str, str], sentence: str) -> None:
    figure = Figure("fig-bad", "Bad", "Nothing.", **picture)  # type: ignore[arg-type]
    document = dataclasses.replace(sample("en"), blocks=(figure,))
    with pytest.raises(OutputError) as caught:
        render_report(document, ["html"])
    assert sentence in caught.value.text("en")
