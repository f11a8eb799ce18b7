"""The report of one language: title page, abstracts, chapters from the notebooks, appendices."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from cxresearch.errors import Problem, StudyError, raise_if
from cxresearch.exhibits import render_exhibit
from cxresearch.exhibits.abstract import abstract
from cxresearch.exhibits.appendices import APPENDICES
from cxresearch.exhibits.blocks import Block, Prose
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Language, Phrase, render
from cxresearch.report import Abstract, Appendix, Document, default_chapter, with_heading
from cxresearch.study import Study
from cxresearch.workflow.chapters import author_text, notebook_blocks

BEFORE, AFTER = ("introduction", "theory"), ("discussion",)
"""The author's chapters around the notebooks': `text/<language>/<name>.md`."""


def check_texts(study: Study, findings: Findings, languages: Sequence[Language]) -> None:
    """Look through the author's texts of the reports before anything is made of them.

    Raises
    ------
    StudyError
        With all values that the texts name and the run does not have, or texts that cannot be read.
    """
    chapters = [(language, name) for language in languages for name in (*BEFORE, *AFTER)]
    problems: list[Problem] = []
    for language, name in (*chapters, *((language, "abstract") for language in LANGUAGES)):
        try:
            author_text(study.folder, language, name, findings)
        except StudyError as error:
            problems += error.problems
    raise_if(problems, StudyError)


def build_document(study: Study, findings: Findings, executed: Sequence[Path], language: Language) -> Document:
    """Assemble the report from the executed notebooks of one language, in their order.

    Raises
    ------
    StudyError
        If an author's text names a statistic that the run does not have.
    """
    spec = findings.spec

    def author(names: Sequence[str]) -> tuple[Block, ...]:
        return tuple(_chapter(study, findings, language, name) for name in names)

    chapters = tuple(block for path in executed for block in notebook_blocks(path, language))
    return Document(
        language=language,
        title=render(spec.title.label(), language),
        subtitle=render(spec.subtitle.label(), language) if spec.subtitle else "",
        authors=spec.authors,
        organisation=render(spec.organisation.label(), language) if spec.organisation else "",
        kind=render(Phrase("readings.report_kind"), language),
        date=spec.date or datetime.date.today(),
        abstracts=tuple(_abstract(study, findings, spoken) for spoken in LANGUAGES),
        blocks=(*author(BEFORE), *chapters, *author(AFTER)),
        appendices=tuple(
            Appendix(
                render(Phrase(f"tables.{name}.title"), language),
                tuple(render_exhibit(exhibit, language) for exhibit in build(findings)),
                id=f"app-{name}",
            )
            for name, build in APPENDICES.items()
        ),
        provenance=render(_provenance(findings), language),
    )


def _chapter(study: Study, findings: Findings, language: Language, name: str) -> Block:
    """The author's chapter, or the packaged one where there is none; each begins with a heading."""
    written = author_text(study.folder, language, name, findings)
    text = written[0].markdown if written else default_chapter(language, name)
    return Prose(with_heading(text, language, name))


def _abstract(study: Study, findings: Findings, language: Language) -> Abstract:
    written = author_text(study.folder, language, "abstract", findings)
    block = written[0] if written else render_exhibit(abstract(findings), language)
    keywords = findings.spec.keywords.fi if language == "fi" else findings.spec.keywords.en
    text = block.markdown if isinstance(block, Prose) else ""
    return Abstract(language, text, keywords, render(findings.spec.title.label(), language))


def _provenance(findings: Findings) -> Phrase:
    made = findings.provenance
    values = {"version": made.code_version, "plan": made.plan_sha256[:12], "key": made.key[:12], "seed": str(made.seed)}
    return Phrase("readings.provenance", values)
