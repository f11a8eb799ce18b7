"""Finnish and English say the same things."""

from __future__ import annotations

import re
import string

import pytest

from cxresearch.language import LANGUAGES, Phrase, catalogue, render

PLACEHOLDER = string.Formatter()


def forms(sentence: object) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())  # type: ignore[attr-defined]


def names(sentence: object) -> set[str]:
    return {name for form in forms(sentence) for _, name, _, _ in PLACEHOLDER.parse(form) if name}


def test_both_languages_have_the_same_sentences() -> None:
    assert set(catalogue("fi")) == set(catalogue("en"))


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_both_languages_name_the_same_values(key: str) -> None:
    assert names(catalogue("fi")[key]) == names(catalogue("en")[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_holds_a_typed_decimal_number(language: str) -> None:
    for key, sentence in catalogue(language).items():
        for form in forms(sentence):
            assert form.strip(), key
            bare = re.sub(r"\{[^}]*\}", "", form)
            assert not re.search(r"[rpb] ?= ?[-−]?\d", bare), f"{key}: a result is typed into the sentence: {form}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_an_error(language: str) -> None:
    with pytest.raises(KeyError, match="no sentence 'verdict.nowhere'"):
        render(Phrase("verdict.nowhere"), language)
