"""Whatever an author writes in Markdown, and whatever a data file holds as a label, comes through in all forms."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import docx
import pikepdf
import pytest
from bs4 import BeautifulSoup

from cxresearch.exhibits.blocks import Column, Heading, Prose, Table
from cxresearch.language import render
from cxresearch.language.catalogue import Phrase
from cxresearch.report import Document, render_report
from cxresearch.report.typesetting import TypesettingError, printable, typeset

Written = Callable[[str], dict[str, bytes]]
Sample = Callable[[str], Document]
FORMS = ("html", "pdf", "docx")

MARKDOWN = r"""
**Bold**, *slanted*, ~~gone~~, H~2~O, x^2^, `code`, [link](https://example.org/a?b=c&d).

> A quotation [@tuulaniemi2016].

1. first
2. second
   a. below

- point

Term
:   Meaning

---

| typed | table |
|-------|------:|
| x     |   1.0 |

```python
x = {"a": 1}  # hash $dollar
```

$\hat\beta_{1} = \frac{\sum_i x_i y_i}{\sum_i x_i^2}$ and

$$
\begin{aligned} y_{ij} &= \beta_0 + u_j \\ u_j &\sim N(0, \tau^2) \end{aligned}
$$

'Single' and "double" -- dash... and note[^n].

[^n]: The note.
"""


def body(sample: Sample, *blocks: Heading | Prose | Table) -> Document:
    return dataclasses.replace(sample("en"), blocks=blocks, appendices=())


def test_markdown_comes_through(sample: Sample) -> None:
    files = render_report(body(sample, Heading(1, "One"), Prose(MARKDOWN)), FORMS)
    page = BeautifulSoup(files["html"], "html.parser")
    for selector in ("strong", "em", "del", "sub", "sup", "code", "blockquote", "ol ol", "dl", "hr", "td", "math"):
        assert page.select(selector), selector
    assert "‘Single’ and “double” – dash… and note" in page.get_text()


def test_a_typed_table_has_no_number(sample: Sample) -> None:
    table = Table("tbl-real", "The numbered one", (Column("a"),), (("1",),))
    files = render_report(body(sample, Prose(MARKDOWN), table, Prose("See @tbl-real.")), FORMS)
    page = BeautifulSoup(files["html"], "html.parser")
    assert [" ".join(one.get_text().split()) for one in page.select("nav.exhibits a")] == ["Table 1. The numbered one"]
    with pikepdf.open(io.BytesIO(files["pdf"])) as pdf:
        assert len(pdf.pages) >= 4


def test_skipped_levels_are_closed(sample: Sample) -> None:
    blocks = (Prose("## Begins too deep"), Heading(4, "Far too deep"), Heading(1, "Top"), Heading(3, "Deep"))
    files = render_report(body(sample, *blocks), FORMS)
    page = BeautifulSoup(files["html"], "html.parser")
    entries = [" ".join(one.get_text().split()) for one in page.select("nav.contents a")]
    assert entries == ["1 Begins too deep", "1.1 Far too deep", "2 Top", "2.1 Deep"]


@pytest.mark.parametrize(
    "columns",
    [
        (("word" * 30, "left"), ("sha256:" + "0f" * 32, "left")),
        tuple((f"Column {number}", "right") for number in range(24)),
        (("", "left"), ("a\x00b\x07\x0c\ufffe", "left"), ("tab\tline\nend", "right")),
        (("😀", "left"), ("漢字", "left"), ("\u202ertl", "left"), ("a\u200bb\u00adc", "left")),
    ],
    ids=["long words", "many columns", "control signs", "rare signs"],
)
def test_any_label_can_stand_in_a_table(sample: Sample, columns: tuple[tuple[str, str], ...]) -> None:
    labels = [label for label, _ in columns]
    head = tuple(Column(label, align) for label, align in columns)  # type: ignore[arg-type]
    table = Table("tbl-any", "Any", head, (tuple(labels),))
    files = render_report(body(sample, table), FORMS)
    word = docx.Document(io.BytesIO(files["docx"])).tables[0]
    assert len(word.columns) == len(columns)
    assert sum(int(width) for width in word._tbl.xpath("./w:tblGrid/w:gridCol/@w:w")) <= 14003
    cells = [cell.get_text() for cell in BeautifulSoup(files["html"], "html.parser").select("tbody td")]
    assert [cell.strip() for cell in cells if cell.isascii()] == [
        re.sub(r"[\x00-\x08\x0c\ufffe]", "", label).strip() for label in labels if "\x00" in label or label.isascii()
    ]


def test_a_sign_without_a_letterform_is_replaced() -> None:
    assert printable("Åäö ≥ → ✓ − “”\n") == "Åäö ≥ → ✓ − “”\n"
    assert printable("漢") == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("source", ["#nothing", '#set text(font: "No Such Font")\nx'], ids=["error", "warning"])
def test_errors_and_warnings_of_typst_are_fatal(source: str) -> None:
    with pytest.raises(TypesettingError):
        typeset({"main.typ": source.encode()}, format="pdf")


def test_the_smallest_document(sample: Sample) -> None:
    document = Document(language="fi", title="Pieni", date=sample("fi").date, blocks=())
    assert set(render_report(document, FORMS)) == set(FORMS)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ("Hogreve ym.", "s. 45", "Huom.", "Avainsanat:", "Lähteet", "Sisällys", "Teoksessa", "”yhteydestä”")),
        ("en", ("Hogreve et al.", "p. 45", "Note.", "Keywords:", "References", "Contents", "“association”")),
    ],
)
def test_the_words_of_the_language(written: Written, language: str, words: tuple[str, ...]) -> None:
    text = " ".join(BeautifulSoup(written(language)["html"], "html.parser").get_text().split())
    for word in words:
        assert word in text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_own_abstract_comes_first(written: Written, language: str) -> None:
    paragraphs = docx.Document(io.BytesIO(written(language)["docx"])).paragraphs
    found = [paragraph.text for paragraph in paragraphs if paragraph.text in ("Tiivistelmä", "Abstract")]
    own, other = (render(Phrase("report.abstract"), one) for one in (language, "en" if language == "fi" else "fi"))
    assert found == [own, other]
    speaking = {p.style.name: p.style.element.xpath(".//w:lang/@w:val") for p in paragraphs if p.style is not None}
    assert speaking["Abstract fi"] == ["fi-FI"]
    assert speaking["Abstract en"] == ["en-US"]


def test_word_counts_pages_from_the_contents(written: Written) -> None:
    sections = docx.Document(io.BytesIO(written("fi")["docx"])).sections
    starts = [section._sectPr.xpath("./w:pgNumType/@w:start") for section in sections]
    assert starts[:2] == [[], ["1"]]
    assert not any(starts[2:])
    headers = [section._sectPr.xpath("./w:headerReference") for section in sections]
    assert not headers[0]
    assert all(headers[1:])


@pytest.mark.program
def test_no_page_is_empty_and_a_long_table_says_that_it_goes_on(
    written: Written, tmp_path: Path, program: Callable[[str], str]
) -> None:
    (tmp_path / "r.pdf").write_bytes(written("fi")["pdf"])
    done = subprocess.run([program("pdftotext"), str(tmp_path / "r.pdf"), "-"], capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    assert all(len(page.split()) > 2 for page in pages)
    assert [number for number, page in enumerate(pages) if "Taulukko 3 (jatkuu)" in page.replace("\u00a0", " ")] == [
        next(number for number, page in enumerate(pages) if "(54)" in page)
    ]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ink", ["ink", "soft", "link"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
def test_texts_contrast_with_their_ground(ink: str, ground: str) -> None:
    """WCAG 2.2 AA asks for 4.5:1."""
    css = (resources.files("cxresearch.report") / "templates" / "thesis.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css))
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
