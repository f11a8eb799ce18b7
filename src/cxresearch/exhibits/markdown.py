"""Texts as Markdown: sentences keep their marks, users' words lose theirs."""

from __future__ import annotations

import re
from typing import Any

from cxresearch.language import Label, Phrase, Text, render

_MARKS = re.compile(r"""([\\`*_{}\[\]<>#~^@$|!"'])""")
_AT_START = re.compile(r"^(\d+)?([-+.:)])")


def escape(text: str) -> str:
    r"""A user's words, so that Markdown prints them letter by letter.

    Parentheses stay: `\(` would begin a formula in JupyterLab, and without brackets they mean nothing.
    """
    plain = _MARKS.sub(r"\\\1", " ".join(text.split()))
    plain = plain.replace("--", r"\-\-").replace("...", r"\.\.\.")
    return _AT_START.sub(r"\1\\\2", plain)


def _escaped(value: Any, language: str) -> Any:
    if isinstance(value, Phrase):
        return markdown(value, language)
    if isinstance(value, (Label, str)):
        return escape(render(value, language))
    return value


def markdown(text: Text, language: str) -> str:
    """A text in one language as Markdown: catalogue sentences as they stand, values and plain texts escaped."""
    if isinstance(text, Phrase):
        values = {name: _escaped(value, language) for name, value in text.values.items()}
        return render(Phrase(text.key, values), language)
    return escape(render(text, language))
