"""The front page of a batch: what it says, in which order, and that nothing users wrote runs in it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from cxresearch.batch.index import (
    IndexAbout,
    IndexEntry,
    IndexFailure,
    IndexMeasure,
    IndexReport,
    IndexValue,
    IndexVerdict,
    write_index,
)
from cxresearch.batch.index.order import finnish_order
from cxresearch.batch.index.page import index_page
from cxresearch.language import Label
from tests.batch.index_samples import ABOUT, HOSTILE, PERIODS, entry, many, value

LARGEST = 1_500_000
"""Bytes that a page of 1,000 rows, three measures and all formats in two languages may have."""
NB = "\N{NO-BREAK SPACE}"


def soup(entries: list[IndexEntry], about: IndexAbout = ABOUT, language: str = "fi") -> BeautifulSoup:
    return BeautifulSoup(index_page(entries, about, language, ("fi", "en")), "html.parser")


def cells(page: BeautifulSoup, row: int = 0) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in rows(page)[row].find_all(["th", "td"])]


def rows(page: BeautifulSoup) -> list[Tag]:
    return page.select("tbody tr")


def test_a_row_in_finnish() -> None:
    assert cells(soup([entry()])) == [
        "Tiimi 7",
        "suomi HTML PDF Word englanti HTML PDF Word",
        "tehty nyt",
        "3,82 2024: 3,70; 2025: ei näytetä; 2026: 3,82 [3,61; 4,03]",
        "+0,31 korkeampi [+0,10; +0,52]",
        "12,5 [−3,0; 28,0]",
        "−8,0 ei selvää eroa [−24,0; +8,0]",
        "22.11.2026 klo 4.05 (0,9 s)",
    ]


def test_a_row_in_english() -> None:
    assert cells(soup([entry()], language="en")) == [
        "Tiimi 7",
        "English HTML PDF Word Finnish HTML PDF Word",
        "made now",
        "3.82 2024: 3.70; 2025: not shown; 2026: 3.82 [3.61, 4.03]",
        "+0.31 higher [+0.10, +0.52]",
        "12.5 [−3.0, 28.0]",
        "−8.0 no clear difference [−24.0, +8.0]",
        "Nov 22, 2026 4:05 (0.9 s)",
    ]


def test_what_may_not_be_shown_is_said_in_words_and_without_numbers() -> None:
    about = replace(ABOUT, some_withheld=True)
    page = soup([replace(entry(), values={"leadership": IndexValue(mean=3.5)})], about)
    assert cells(page)[3:7] == ["3,50 ei luottamusväliä", "ei näytetä", "ei näytetä", "ei näytetä"]
    notes = [note.get_text() for note in page.select(".note")]
    assert notes[0] == "Osa ryhmistä on liian pieniä näytettäväksi, joten niistä ei ole raporttia."
    assert "Osa ryhmistä" not in soup([entry()]).get_text()
    assert not re.search(r"\d", notes[0] + notes[-1])


def test_only_released_values_are_in_the_file() -> None:
    """A withheld period is a gap in the line: neither its value nor a point for it is anywhere in the page."""
    page = soup([entry()])
    (line,) = page.select("tbody path")
    assert re.fullmatch(r"M\d+ \d+h2M\d+ \d+h2", str(line["d"]))
    closed = replace(entry(), values={"leadership": replace(value(), by_period=(None, None, None))})
    assert not soup([closed]).select("tbody svg")


def test_a_line_is_drawn_only_where_its_periods_are_known() -> None:
    unknown = replace(ABOUT, measures=(replace(ABOUT.measures[0], periods=()),))
    assert not soup([entry()], unknown).select("tbody svg")
    assert "Katkos" not in soup([entry()], unknown).get_text()


def test_the_direction_is_told_by_sign_and_word_and_never_by_colour_alone() -> None:
    page = soup([entry()], language="en")
    higher, unclear = rows(page)[0].find_all("td")[3], rows(page)[0].find_all("td")[5]
    assert (higher["class"], unclear["class"]) == (["h"], ["u"])
    lower = replace(
        entry(), values={"leadership": replace(value(), difference=-0.5, diff_low=-0.9, diff_high=-0.1, sign=-1)}
    )
    assert cells(soup([lower], language="en"))[4] == "−0.50 lower [−0.90, −0.10]"


def test_a_failure_is_told_with_its_cell_and_message() -> None:
    source = "\n".join(f"step_{number}()" for number in range(1, 13))
    failure = IndexFailure(
        kind="failed", language="en", cell=7, source=source, message="ValueError: <none>", notebook="t7/failed-en.ipynb"
    )
    page = soup([replace(entry(), state="failed", failure=failure)])
    article = page.select_one("article")
    assert article is not None
    assert article.h3 and article.h3.get_text() == "Tiimi 7"
    told = [part.get_text() for part in article.find_all("p")]
    assert told == [
        "Raporttia ei voitu tehdä. Kieli: englanti. Solu: 7.",
        "ValueError: <none>",
        "Muistikirja siltä osin kuin se ehdittiin ajaa",
    ]
    assert article.pre and article.pre.get_text() == "\n".join(f"step_{number}()" for number in range(1, 9)) + "\n…"
    assert article.a and article.a["href"] == "t7/failed-en.ipynb"
    state = rows(page)[0].find_all("td")[1]
    assert state.a and state.a["href"] == f"#{article['id']}"
    assert cells(page)[1].startswith("aiemmasta ajosta: suomi HTML")
    assert "Epäonnistui: 1" in page.header.get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["failed", "timeout", "killed", "disk_full"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_kind_of_failure_has_a_sentence(kind: str, language: str) -> None:
    page = soup([replace(entry(), state="failed", reports=(), failure=IndexFailure(kind=kind))], language=language)
    assert page.select_one("article p")


def test_the_verdicts_stand_at_the_top_or_in_the_rows_of_studies() -> None:
    top = soup([entry()]).select_one(".verdicts")
    assert top is not None
    assert top.dt and top.dt.get_text() == "H1 Esihenkilötyö ennustaa suosittelua."
    assert top.dd and top.dd.get_text() == "Saa tukea. Aineisto tukee hypoteesia."
    own = replace(entry(), values={}, verdicts=ABOUT.verdicts)
    page = soup([own], replace(ABOUT, measures=(), verdicts=()))
    assert cells(page)[3] == "H1 : Saa tukea"
    assert page.select_one(".verdicts") is None


def test_names_are_listed_as_finnish_orders_them() -> None:
    names = [
        "Öljy",
        "Ähtäri",
        "Åland",
        "Zürich",
        "tiimi 10",
        "Tiimi 9",
        "Évian",
        "etelä",
        "Faro",
        "Ylä",
        "Ümit",
        "2. linja",
        "10. linja",
    ]
    page = soup([replace(entry(), id=f"r{place}", name=name) for place, name in enumerate(names)])
    expected = [
        "2. linja",
        "10. linja",
        "etelä",
        "Évian",
        "Faro",
        "Tiimi 9",
        "tiimi 10",
        "Ylä",
        "Ümit",
        "Zürich",
        "Åland",
        "Ähtäri",
        "Öljy",
    ]
    assert [cells(page, row)[0] for row in range(len(names))] == expected


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_names_have_an_order_that_does_not_depend_on_how_they_come(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=finnish_order) == sorted(backwards, key=finnish_order)


def test_nothing_that_users_wrote_becomes_markup() -> None:
    failure = IndexFailure(kind="failed", cell=1, source=HOSTILE, message=HOSTILE, notebook="a/b.ipynb")
    hostile = replace(entry(), name=HOSTILE, state="failed", failure=failure, verdicts=ABOUT.verdicts)
    label = Label(HOSTILE, HOSTILE)
    about = replace(
        ABOUT,
        title=label,
        by=label,
        measures=(IndexMeasure(id="leadership", label=label, periods=(HOSTILE, "b", "c")),),
        verdicts=(IndexVerdict(hypothesis=HOSTILE, statement=label, word=label, sentence=label),),
        program=HOSTILE,
        key=HOSTILE,
    )
    page = soup([hostile], about)
    assert len(page.find_all("script")) == 1 and len(page.find_all("style")) == 1
    assert not page.find_all(["img", "iframe", "b1"])
    assert rows(page)[0].th and rows(page)[0].th.get_text() == HOSTILE.replace("\0", "")
    assert not [name for element in page.find_all(True) for name in element.attrs if name.startswith("on")]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_name_is_shown_as_it_is(name: str) -> None:
    page = index_page([replace(entry(), name=f"<{name}>&amp;")], ABOUT, "en")
    assert len(re.findall(rb"<script", page)) == 1
    assert b"&lt;" in page and b"&amp;amp;" in page


def test_the_page_fetches_nothing_and_allows_only_its_own_script() -> None:
    text = index_page([entry()], ABOUT, "fi").decode()
    policy = re.search(r'content="(default-src [^"]+)"', text)
    assert policy and "default-src 'none'" in policy[1] and "unsafe" not in policy[1]
    assert not re.search(r"https?://", text)
    assert not re.search(r'\sstyle="', text)


def test_heads_captions_and_languages_are_marked_up() -> None:
    page = soup([entry()])
    assert page.html and page.html["lang"] == "fi"
    assert page.caption and page.caption.get_text() == "Tulokset ja raportit"
    assert {head["scope"] for head in page.select("thead th")} == {"col", "colgroup"}
    assert all(head["scope"] == "row" for head in page.select("tbody th"))
    assert page.title and page.title.get_text() == "Raportit: Ennustaako X Y:tä?"
    (other,) = page.select(".languages a")
    assert (other["href"], other["lang"], other.get_text()) == ("index-en.html", "en", "In English")


def test_entries_and_about_survive_json() -> None:
    for one, kind in ((entry(), IndexEntry), (ABOUT, IndexAbout)):
        assert TypeAdapter(kind).validate_python(json.loads(json.dumps(asdict(one)))) == one


def test_pages_appear_together_beside_the_reports(tmp_path: Path) -> None:
    (tmp_path / "index-fi.html").write_text("earlier", encoding="utf-8")
    written = write_index([entry()], ABOUT, tmp_path, ("fi", "en"))
    assert written == {"fi": tmp_path / "index-fi.html", "en": tmp_path / "index-en.html"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index-en.html", "index-fi.html"]
    assert written["fi"].read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="fi">')


def test_a_page_without_rows_is_a_page() -> None:
    assert soup([], replace(ABOUT, measures=(), verdicts=())).select_one("table")


def test_a_thousand_rows_stay_small() -> None:
    none, some = (len(index_page(many(count), ABOUT_OF_MANY, "fi", ("fi", "en"))) for count in (0, 100))
    assert none + 10 * (some - none) < LARGEST


ABOUT_OF_MANY = replace(
    ABOUT, measures=tuple(IndexMeasure(id=name, label=Label(name, name), periods=PERIODS) for name in ("a", "b", "c"))
)


def test_links_lead_to_every_report() -> None:
    links = [a["href"] for a in rows(soup([entry()]))[0].select("td a")]
    assert links == [f"t7/t7-{language}.{form}" for language in ("fi", "en") for form in ("html", "pdf", "docx")]
    only_english = replace(entry(), reports=(IndexReport(language="en", format="pdf", path="t7/t7-en.pdf"),))
    assert cells(soup([only_english]))[1] == "englanti PDF"
