"""One numbering for three forms, in both languages; references that point nowhere are errors."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from bs4 import BeautifulSoup

from cxresearch.errors import CxError, ParameterError
from cxresearch.exhibits.blocks import Heading, Prose
from cxresearch.report import Document, render_report

Written = Callable[[str], dict[str, bytes]]
Sample = Callable[[str], Document]
NO_BREAK = "\N{NO-BREAK SPACE}"

CAPTIONS = {
    "fi": [
        "Kuvio 1. Työntekijäkokemus ja asiakaskokemus yksiköittäin",
        "Kuvio 2. Selitysosuus R² ryhmittäin",
        "Taulukko 1. Mittareiden sisäinen johdonmukaisuus (Cronbach, 1951)",
        "Taulukko 2. Kosketuspisteiden tunnusluvut",
        "Taulukko 3. Kyselyn väittämät",
    ],
    "en": [
        "Figure 1. Employee and customer experience by unit",
        "Figure 2. Variance explained, R², by group",
        "Table 1. Internal consistency (Cronbach, 1951)",
        "Table 2. Statistics by touchpoint",
        "Table 3. The items of the survey",
    ],
}
SENTENCES = {
    "fi": [
        "Tulokset esitetään luvussa 3: mittareiden johdonmukaisuus on taulukossa 1",
        "kuviossa 1 (kuvio 1) ja väittämät liitteessä 1. Kuvio 2 on tulkittava varoen",
        "Kuten kuvio 1 osoittaa",
    ],
    "en": [
        "The results are in Section 3: consistency is shown in Table 1, differences between units in Figure 1",
        "items in Appendix 1. Figure 2 should be read with care",
        "see (Table 2)",
        "As Figure 1 shows",
    ],
}
HEADINGS = {
    "fi": ["1 Johdanto", "1.1 Tutkimuskysymykset", "2 Aineisto ja menetelmät", "2.1 Mittarit", "3 Tulokset",
           "3.1 Kosketuspisteet", "Lähteet", "Liite 1. Kyselyn väittämät", "Liite 2. Malli"],
    "en": ["1 Introduction", "1.1 Research questions", "2 Data and methods", "2.1 Instruments", "3 Results",
           "3.1 Touchpoints", "References", "Appendix 1. Items", "Appendix 2. Model"],
}  # fmt: skip


def plain(text: str) -> str:
    return " ".join(text.replace("\N{WORD JOINER}", "").split())


def html_text(content: bytes) -> str:
    return plain(BeautifulSoup(content, "html.parser").find("main").get_text(" ").replace(" ,", ","))


def word_text(content: bytes) -> str:
    paragraphs = docx.Document(io.BytesIO(content)).element.body.xpath("//w:p")
    return plain(" ".join("".join(paragraph.xpath(".//w:t/text()")) for paragraph in paragraphs))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_word_numbers(written: Written, language: str) -> None:
    text = word_text(written(language)["docx"])
    for expected in CAPTIONS[language] + SENTENCES[language]:
        assert plain(expected) in text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_html_numbers(written: Written, language: str) -> None:
    soup = BeautifulSoup(written(language)["html"], "html.parser")
    captions = [plain(one.get_text()) for one in soup.select("figcaption, caption")]
    for note in soup.select("figcaption .note"):
        captions = [one.replace(plain(note.get_text()), "").strip() for one in captions]
    assert sorted(captions) == sorted(CAPTIONS[language])
    body = plain(soup.find("main").get_text())
    for expected in SENTENCES[language]:
        assert plain(expected) in body
    headings = [plain(one.get_text()) for one in soup.select("main > section:not(.abstract) h2, main > section h3")]
    assert [one for one in headings if one in HEADINGS[language]] == HEADINGS[language]


@pytest.mark.program
@pytest.mark.parametrize("language", ["fi", "en"])
def test_pdf_numbers(written: Written, language: str, tmp_path: Path, program: Callable[[str], str]) -> None:
    (tmp_path / "r.pdf").write_bytes(written(language)["pdf"])
    done = subprocess.run([program("pdftotext"), str(tmp_path / "r.pdf"), "-"], capture_output=True, check=True)
    text = plain(done.stdout.decode())
    for expected in CAPTIONS[language] + SENTENCES[language] + HEADINGS[language]:
        assert plain(expected) in text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_contents_are_the_same_in_html_and_word(written: Written, language: str) -> None:
    soup = BeautifulSoup(written(language)["html"], "html.parser")
    assert [plain(one.get_text()) for one in soup.select("nav.contents a")] == HEADINGS[language]
    paragraphs = docx.Document(io.BytesIO(written(language)["docx"])).paragraphs
    entries = [plain(p.text) for p in paragraphs if p.style is not None and p.style.name.lower().startswith("toc ")]
    assert entries == HEADINGS[language]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_lists_of_figures_and_tables(written: Written, language: str) -> None:
    soup = BeautifulSoup(written(language)["html"], "html.parser")
    assert [plain(one.get_text()) for one in soup.select("nav.exhibits a")] == CAPTIONS[language]
    paragraphs = docx.Document(io.BytesIO(written(language)["docx"])).paragraphs
    entries = [plain(p.text) for p in paragraphs if p.style is not None and p.style.name == "table of figures"]
    assert entries == CAPTIONS[language]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_inner_link_arrives(written: Written, language: str) -> None:
    soup = BeautifulSoup(written(language)["html"], "html.parser")
    ids = [one["id"] for one in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in soup.select('a[href^="#"]')} <= set(ids)


def with_prose(sample: Sample, *texts: str) -> Document:
    return dataclasses.replace(sample("en"), blocks=sample("en").blocks + tuple(Prose(text) for text in texts))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("See @fig-scater.", ["The reference fig-scater points to nothing in this report. Nearest ids: fig-scatter"]),
        ("See [link](#sec-nowhere).", ["The reference sec-nowhere points to nothing in this report."]),
        ("So says [@brown208].", ["The source brown208 is not in the bibliography. Nearest keys: brown2008"]),
        ("Both [@brown2008; @fig-bars].", ["The same brackets hold a citation and a reference"]),
        ("![a](b.png)", ["There is a picture in the running text: b.png."]),
        ("## Again {#sec-results}", ["The id sec-results is used twice."]),
        ("@fig-one and [@two2002]", ["The reference fig-one", "The source two2002"]),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_is_an_error(sample: Sample, text: str, sentences: list[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        render_report(with_prose(sample, text), ["html"])
    for sentence in sentences:
        assert sentence in caught.value.text("en")
    assert caught.value.text("fi")


def test_an_own_bibliography_is_cited(sample: Sample) -> None:
    own = "@book{oma2026, author = {Oma, Olli}, year = {2026}, title = {Kirja}}"
    document = dataclasses.replace(with_prose(sample, "So says @oma2026."), bibliography=own)
    assert "Oma, O. (2026)." in html_text(render_report(document, ["html"])["html"])


def test_without_sources_there_is_no_list_of_sources(sample: Sample) -> None:
    document = dataclasses.replace(
        sample("en"), blocks=(Heading(1, "Only"), Prose("Text.")), appendices=(), abstracts=()
    )
    for form, content in render_report(document, ["html", "docx", "pdf"]).items():
        if form != "pdf":
            assert b"References" not in content
    assert not re.search("Figures|Tables", html_text(render_report(document, ["html"])["html"]))


def test_an_unknown_format_is_an_error(sample: Sample) -> None:
    with pytest.raises(CxError, match=r"The report cannot be written as “odt”. Choose one of these: html, pdf, docx."):
        render_report(sample("en"), ["html", "odt"])
