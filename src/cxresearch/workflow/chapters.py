"""Executed notebooks and the author's texts as the report's blocks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import nbformat

from cxresearch.errors import Problem, StudyError
from cxresearch.exhibits.blocks import BLOCK_MIME, Block, Prose, from_json
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Language, format_value, interval
from cxresearch.statistic import Estimate
from cxresearch.study import Study
from cxresearch.study.check_hypotheses import RESERVED

_PLACEHOLDER = re.compile(r"\{([a-z][\w.]*\.[\w.]+|n_units)(?::(\w+))?\}")


def notebook_blocks(executed: Path, language: Language) -> tuple[Block, ...]:
    """The blocks of one executed notebook: its Markdown cells and what its code cells show.

    A cell tagged `lang-fi` or `lang-en` belongs to that language, an untagged one to both; a cell tagged
    `notebook-only` is not part of the report. A heading that is referred to has its id in the cell's metadata, as
    `{"cxresearch": {"section": "sec-data"}}`.
    """
    blocks: list[Block] = []
    for cell in nbformat.read(executed, as_version=4).cells:
        tags = set(cell.metadata.get("tags", ()))
        others = {f"lang-{other}" for other in LANGUAGES if other != language}
        if "notebook-only" in tags or tags & others:
            continue
        if cell.cell_type == "markdown":
            blocks.append(Prose(_with_section(cell)))
        elif cell.cell_type == "code":
            shown = (output.get("data", {}).get(BLOCK_MIME) for output in cell.outputs)
            blocks.extend(from_json(block) for block in shown if block)
    return tuple(blocks)


def _with_section(cell: nbformat.NotebookNode) -> str:
    """A Markdown cell's source, its first heading bearing the section id of the cell's metadata."""
    source: str = cell.source
    section = cell.metadata.get("cxresearch", {}).get("section")
    first, *rest = source.splitlines(keepends=True) or [""]
    return f"{first.rstrip()} {{#{section}}}\n{''.join(rest)}" if section and first.startswith("#") else source


BOUNDED = ("pearson", "spearman", "weighted", "disattenuated", "permutation", "alpha", "icc1", "icc2")
"""Last parts of terms whose values lie between -1 and 1, which English writes without a leading zero."""


def _bounded(found: Estimate) -> bool:
    return found.term.rpartition(".")[2] in BOUNDED


def _value(found: Estimate, language: Language) -> str:
    return format_value(found.estimate, "r2" if _bounded(found) else "d2", language)


def _interval(found: Estimate, language: Language) -> str | None:
    if found.conf_low is None or found.conf_high is None:
        return None
    return interval(found.conf_low, found.conf_high, language, bounded=_bounded(found))


def _known(value: float | None, form: str, language: Language) -> str | None:
    return None if value is None else format_value(value, form, language)


_WRITERS: dict[str, Callable[[Estimate, Language], str | None]] = {
    "": _value,
    "ci": _interval,
    "p": lambda found, language: _known(found.p_value, "p", language),
    "units": lambda found, language: _known(found.n_units, "n", language),
}


def fill_values(text: str, findings: Findings, language: Language, *, file: str) -> str:
    """Put results into an author's text: `{h1.pearson}`, `{h1.pearson:ci}`, `{h1.pearson:p}`, `{h1.pearson:units}`.

    Raises
    ------
    StudyError
        If the text names a statistic that the run does not have or could not estimate.
    """
    problems: list[Problem] = []

    def fill(match: re.Match[str]) -> str:
        term, form = match[1], match[2] or ""
        found = findings.estimate(term)
        written = _WRITERS[form](found, language) if found is not None and form in _WRITERS else None
        if written is None:
            near = difflib.get_close_matches(term, findings.results, n=3)
            line = text[: match.start()].count("\n") + 1
            details = {"nearest": ", ".join(near) or "–", "forms": ", ".join(f":{name}" for name in _WRITERS if name)}
            problems.append(
                Problem(code="workflow.unknown_value", file=file, line=line, value=match[0], details=details)
            )
            return match[0]
        return written

    filled = _PLACEHOLDER.sub(fill, text)
    if problems:
        raise StudyError(problems)
    return filled


def foreseeable_problems(study: Study) -> list[Problem]:
    """Values in the author's texts that no run of the study can have: unknown forms, names of no result's kind."""
    known = {*study.spec.hypotheses, *RESERVED}
    problems = []
    for path in sorted((study.folder / "text").glob("*/*.md")):
        text, shown = path.read_text(encoding="utf-8-sig", errors="replace"), path.relative_to(study.folder).as_posix()
        for match in _PLACEHOLDER.finditer(text):
            if match[1].split(".")[0] not in known or (match[2] or "") not in _WRITERS:
                line = text[: match.start()].count("\n") + 1
                forms = ", ".join(f":{name}" for name in _WRITERS if name)
                details = {"nearest": ", ".join(sorted(known)), "forms": forms}
                problems.append(
                    Problem(code="workflow.unknown_value", file=shown, line=line, value=match[0], details=details)
                )
    return problems


def author_text(study: Path, language: Language, chapter: str, findings: Findings) -> tuple[Prose, ...]:
    """The author's `text/<language>/<chapter>.md`, with its values filled in; nothing if there is none.

    Raises
    ------
    StudyError
        If it is not UTF-8, or names a value that the run does not have.
    """
    path = study / "text" / language / f"{chapter}.md"
    if not path.is_file():
        return ()
    shown = path.relative_to(study).as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as failure:
        raise StudyError(Problem(code="workflow.text_not_utf8", file=shown)) from failure
    return (Prose(fill_values(text, findings, language, file=shown)),)
