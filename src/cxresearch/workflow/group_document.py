"""The report of one group in one language: title page, abstracts, chapters from the notebook, appendices."""

from __future__ import annotations

import datetime
from pathlib import Path

from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.group import APPENDICES, abstract, render_once, title
from cxresearch.exhibits.prose import render_prose
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import LANGUAGES, Language, Phrase, render
from cxresearch.report import Abstract, Appendix, Document
from cxresearch.study import Study
from cxresearch.workflow.chapters import notebook_blocks


def build_group_document(
    study: Study, findings: Findings, group: GroupFindings, executed: Path, language: Language
) -> Document:
    """Assemble the report of a group from its executed notebook.

    Parameters
    ----------
    executed : the notebook `group_report.ipynb` after it ran for this group in this language.
    """
    spec = study.spec
    return Document(
        language=language,
        title=render(title(group), language),
        subtitle=render(spec.title.label(), language),
        authors=spec.authors,
        organisation=render(spec.organisation.label(), language) if spec.organisation else "",
        kind=render(Phrase("group.report_kind"), language),
        date=spec.date or datetime.date.today(),
        abstracts=tuple(_abstract(findings, group, spoken) for spoken in LANGUAGES),
        blocks=notebook_blocks(executed, language),
        appendices=tuple(
            Appendix(
                render(Phrase(f"group.appendix.{name}"), language),
                tuple(render_once(exhibit, language) for exhibit in build(findings, group)),
                id=f"app-{name}",
            )
            for name, build in APPENDICES.items()
        ),
        provenance=render(_provenance(findings), language),
    )


def _abstract(findings: Findings, group: GroupFindings, language: Language) -> Abstract:
    written: Prose = render_prose(abstract(findings, group), language)
    keywords = findings.spec.keywords.fi if language == "fi" else findings.spec.keywords.en
    return Abstract(language, written.markdown, keywords, render(title(group), language))


def _provenance(findings: Findings) -> Phrase:
    made = findings.provenance
    values = {"version": made.code_version, "plan": made.plan_sha256[:12], "key": made.key[:12], "seed": str(made.seed)}
    return Phrase("readings.provenance", values)
