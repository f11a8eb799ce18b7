"""A report before it is written: title page, abstracts, chapters, appendices, in one language."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cxresearch.errors import ParameterError, Problem
from cxresearch.exhibits.blocks import Block
from cxresearch.language import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Abstract:
    """An abstract in one language: Markdown text, keywords, and the title in that language if it differs."""

    language: Language
    text: str
    keywords: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Appendix:
    """An appendix with its own label (Liite 1, Appendix 1). `id`, if given, is `app-…`."""

    title: str
    blocks: tuple[Block, ...]
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Everything a report says.

    Attributes
    ----------
    language : the language of the chapters; words such as "Figure" and the citation style follow it.
    title, subtitle, authors, organisation, kind : the title page; `kind` is the degree or report line.
    date : the date of the report, also the time stamp inside the files.
    abstracts : printed with the report's own language first.
    blocks : the chapters; appendices : after the references.
    provenance : one line that says from which data, plan and code version the numbers come.
    bibliography : BibTeX entries of the author's own, beside the packaged ones.
    """

    language: Language
    title: str
    date: datetime.date
    blocks: tuple[Block, ...]
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    organisation: str = ""
    kind: str = ""
    abstracts: tuple[Abstract, ...] = ()
    appendices: tuple[Appendix, ...] = ()
    provenance: str = ""
    bibliography: str = ""

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise ParameterError(Problem(code="report.bad_language", value=self.language, details={"known": known}))
        if not self.title.strip():
            raise ParameterError(Problem(code="report.empty_title"))

    def abstracts_in_order(self) -> tuple[Abstract, ...]:
        """The abstracts, the report's own language first."""
        return tuple(sorted(self.abstracts, key=lambda abstract: abstract.language != self.language))
