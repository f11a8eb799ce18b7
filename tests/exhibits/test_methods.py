"""The methods tell every analysis that the run made, and none that it did not make."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cxresearch.exhibits import render_exhibit
from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.method_sentences import PARAGRAPHS, Told, analyses_told
from cxresearch.exhibits.methods import methods_text
from cxresearch.language import LANGUAGES, Phrase, catalogue
from cxresearch.report import KEYS
from cxresearch.statistic import Estimate, NotEstimable
from tests.exhibits.example_findings import findings

EVERY = [(paragraph, told) for paragraph, listed in PARAGRAPHS.items() for told in listed]


def term_of(told: Told) -> str:
    return told.terms[0].replace("H", "h1").replace("*", "leadership")


def method_of(told: Told) -> str:
    return "topic." + told.methods[0].replace("*", "")


@pytest.mark.parametrize(("paragraph", "told"), EVERY, ids=lambda value: getattr(value, "key", value))
def test_a_sentence_is_told_if_its_analysis_was_made(paragraph: str, told: Told) -> None:
    key = f"readings.methods.{paragraph}.{told.key}"
    plain = findings()
    made = Estimate(term=term_of(told), estimate=0.4, method=method_of(told))
    unmade = NotEstimable(term=made.term, reason="linkage.too_few_units")
    for result, expected in ((made, True), (unmade, False)):
        found = analyses_told(replace(plain, results={result.term: result}), paragraph)
        assert (key in [text.key for text in found if isinstance(text, Phrase)]) is expected


def test_every_sentence_belongs_to_an_analysis() -> None:
    known = {f"readings.methods.{paragraph}.{told.key}" for paragraph, told in EVERY}
    written = {key for key in catalogue("en") if re.fullmatch(r"readings\.methods\.\w+\.\w+", key)}
    assert written == known


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_cite_what_the_bibliography_has(language: str) -> None:
    written = " ".join(str(text) for key, text in catalogue(language).items() if key.startswith("readings.methods."))
    cited = set(re.findall(r"@([a-z]+\d{4})", written))
    assert len(cited) > 50
    assert cited <= set(KEYS)


def test_both_languages_cite_the_same() -> None:
    for paragraph, told in EVERY:
        key = f"readings.methods.{paragraph}.{told.key}"
        fi, en = (sorted(re.findall(r"@[a-z]+\d{4}", catalogue(language)[key])) for language in LANGUAGES)
        assert fi == en, key


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Wild bootstrap -menetelmässä sovitetaan malli, jossa yhteyttä ei ole"),
        ("en", "turns the signs of residuals at random, one unit at a time"),
    ],
)
def test_the_version_is_told_by_the_method(language: str, sentence: str) -> None:
    result = Estimate(term="h1.wild", estimate=0.4, method="models.wild_rademacher_exact")
    made = findings()
    block = render_exhibit(methods_text(replace(made, results={**made.results, "h1.wild": result})), language)
    assert isinstance(block, Prose)
    assert sentence in block.markdown
    assert "Webb" not in block.markdown
