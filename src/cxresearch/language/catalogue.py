"""Catalogues of sentences: one TOML file per topic and language, whole sentences with placeholders.

A key is `topic.path.to.sentence`; `catalogues/<language>/<topic>.toml` holds it. A sentence may have
plural forms (`one`, `other`), chosen by the value named `count`. Placeholders carry the number's
format: `{r:r2}`, `{n:n}`, `{p:p}` (see `numbers.format_value`).
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from babel import Locale

from cxresearch.language.numbers import format_value

Language = Literal["fi", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence still to be written: its catalogue key and the values it will hold."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """A text given in both languages, as labels in a codebook are."""

    fi: str
    en: str


Text = Phrase | Label | str


def check_language(language: str) -> Language:
    """Return the language if the package speaks it.

    Raises
    ------
    ValueError
        If it is neither `fi` nor `en`.
    """
    for known in LANGUAGES:
        if language == known:
            return known
    raise ValueError(f"unknown language {language!r}; choose one of {', '.join(LANGUAGES)}")


def _flatten(table: Mapping[str, Any], path: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        key = f"{path}.{name}"
        if isinstance(value, Mapping) and set(value) != {"one", "other"}:
            flat.update(_flatten(value, key))
        else:
            flat[key] = value
    return flat


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """All sentences of a language: key to text, or to its plural forms."""
    folder = resources.files("cxresearch.language") / "catalogues" / check_language(language)
    sentences: dict[str, Any] = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            sentences.update(_flatten(tomllib.loads(entry.read_text(encoding="utf-8")), entry.name[:-5]))
    return sentences


class _Sentence(string.Formatter):
    """`str.format` whose values are written as the language writes them."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, (Phrase, Label)):
            return render(value, self.language)
        return format_value(value, format_spec, self.language)

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return value


def _plural(forms: Mapping[str, str], values: Mapping[str, Any], language: Language) -> str:
    form = Locale.parse(language).plural_form(values["count"])
    return forms[form if form in forms else "other"]


def render(text: Text, language: str) -> str:
    """Write a text in one language.

    Raises
    ------
    KeyError
        If the catalogue lacks the key, or the phrase lacks a value that its sentence names.
    """
    spoken = check_language(language)
    if isinstance(text, str):
        return text
    if isinstance(text, Label):
        return text.fi if spoken == "fi" else text.en
    sentence = catalogue(spoken).get(text.key)
    if sentence is None:
        raise KeyError(f"the {spoken} catalogue has no sentence {text.key!r}")
    if isinstance(sentence, Mapping):
        sentence = _plural(sentence, text.values, spoken)
    return _Sentence(spoken).vformat(sentence, (), text.values)
