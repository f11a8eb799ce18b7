"""Every report has its introduction, theory and discussion."""

from __future__ import annotations

import re

import pytest

from cxresearch.language import LANGUAGES
from cxresearch.report import CHAPTERS, KEYS, default_chapter, with_heading


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_has_a_heading_and_cites_known_sources(language: str, name: str) -> None:
    text = default_chapter(language, name)
    assert re.match(rf"# \w.* \{{#sec-{name}\}}\n", text)
    cited = {key for key in re.findall(r"@([a-z]+\d*)", text) if not re.match(r"(sec|fig|tbl|app)$", key)}
    assert cited <= set(KEYS)
    assert len(text.split()) > 150


@pytest.mark.parametrize("name", CHAPTERS)
def test_both_languages_cite_the_same_sources(name: str) -> None:
    finnish, english = (re.findall(r"@([\w-]+)", default_chapter(language, name)) for language in LANGUAGES)
    assert sorted(finnish) == sorted(english)


def test_a_text_without_a_heading_gets_the_usual_one() -> None:
    assert with_heading("Oma teksti.", "fi", "theory") == "# Tietoperusta {#sec-theory}\n\nOma teksti."
    own = "# Teoria {#sec-theory}\n\nOma teksti."
    assert with_heading(own, "fi", "theory") == own
    assert with_heading("## Alaluku", "fi", "theory").startswith("# Tietoperusta")


def test_an_unknown_chapter_or_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown chapter 'abstract'; known: introduction"):
        default_chapter("fi", "abstract")
    with pytest.raises(ValueError, match="unknown language"):
        default_chapter("sv", "theory")
