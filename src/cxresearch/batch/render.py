"""What a clean process does for a row besides running its notebooks: analyse a study, write the reports.

These functions are called by name in warm processes, with plain values.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from cxresearch.exhibits.blocks import Prose
from cxresearch.language import Language
from cxresearch.report import Document, write_report
from cxresearch.study import load_study
from cxresearch.workflow.chapters import notebook_blocks
from cxresearch.workflow.documents import check_texts
from cxresearch.workflow.group_document import build_group_document
from cxresearch.workflow.groups.kept import load_group
from cxresearch.workflow.places import find_study
from cxresearch.workflow.results import write_results
from cxresearch.workflow.run import current_findings
from cxresearch.workflow.session import open_study
from cxresearch.workflow.store import save_bundle


def render_group(
    *,
    study: str,
    seed: int,
    run: str,
    by: str,
    group: str,
    executed: str,
    language: Language,
    formats: Sequence[str],
    folder: str,
    stem: str,
) -> None:
    """Write the report of one group from its executed notebook: `folder/stem.<format>`."""
    opened = open_study(study, language=language, seed=seed, run=run)
    found = load_group(Path(run), by, group)
    document = build_group_document(opened.study, opened.findings, found, Path(executed), language)
    write_report(document, formats, Path(folder), stem)


def analyse_study(*, study: str, seed: int, languages: Sequence[Language], earlier: str, folder: str) -> str:
    """Put a study's findings and results into `folder`; findings kept in `earlier` are taken if they fit.

    Returns
    -------
    The key of the findings.
    """
    plan = load_study(find_study(study))
    findings = current_findings(plan, seed, Path(earlier), lambda step, of: None)
    check_texts(plan, findings, languages)
    save_bundle(findings, Path(folder) / "bundle")
    write_results(findings, Path(folder))
    return findings.provenance.key


def render_own(
    *, title: str, executed: str, language: Language, formats: Sequence[str], folder: str, stem: str
) -> bool:
    """Write a report of what the user's own notebook shows of ours; False, and nothing, if it shows nothing."""
    blocks = notebook_blocks(Path(executed), language)
    if all(isinstance(block, Prose) for block in blocks):
        return False
    document = Document(language=language, title=title, date=datetime.date.today(), blocks=blocks)
    write_report(document, formats, Path(folder), stem)
    return True
