"""The author's chapters: packaged ones for a study that has none, and headings for texts that lack them."""

from __future__ import annotations

import re
from importlib import resources

from cxresearch.language import check_language

CHAPTERS = ("introduction", "theory", "discussion")
"""The chapters that an author may write; introduction and theory come before the data, discussion at the end."""

_FIRST_HEADING = re.compile(r"\A\s*#\s+\S[^\n]*")


def default_chapter(language: str, name: str) -> str:
    """The packaged text of a chapter in Markdown, heading first: generic on employee and customer experience.

    Raises
    ------
    ValueError
        If the language is unknown, or the chapter is none of `CHAPTERS`.
    """
    if name not in CHAPTERS:
        raise ValueError(f"unknown chapter {name!r}; known: {', '.join(CHAPTERS)}")
    file = resources.files("cxresearch.report") / "chapters" / check_language(language) / f"{name}.md"
    return file.read_text(encoding="utf-8")


def with_heading(text: str, language: str, name: str) -> str:
    """An author's text with the chapter's usual heading in front, unless it begins with a heading of its own.

    Raises
    ------
    ValueError
        If the language is unknown, or the chapter is none of `CHAPTERS`.
    """
    if _FIRST_HEADING.match(text):
        return text
    usual = _FIRST_HEADING.match(default_chapter(language, name))
    heading = usual[0] if usual else ""
    return f"{heading}\n\n{text}"
