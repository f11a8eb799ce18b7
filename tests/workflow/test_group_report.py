"""The report of a group, from data full of traps: nothing of another group in it, and nothing that is withheld."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_output

from cxresearch.errors import ParameterError
from cxresearch.exhibits.blocks import BLOCK_MIME, Figure, from_json
from cxresearch.language import LANGUAGES, Language
from cxresearch.report import Document, render_report
from cxresearch.workflow.group_document import build_group_document
from cxresearch.workflow.group_session import OpenGroup, begin_group, open_group
from cxresearch.workflow.groups.kept import load_groups
from cxresearch.workflow.places import notebooks_folder, results_folder
from tests.workflow.conftest import FEW_CUSTOMERS, FEW_EMPLOYEES, NAMES, trapped

NOTEBOOK = notebooks_folder() / "batch" / "group_report.ipynb"
CALL = re.compile(r"report\.(\w+)\(\)")
TOPICS = (
    "screening", "nonresponse", "reliability", "dimensions", "common_method", "comparisons", "decisions", "latent",
    "mixed", "estimators", "cross_lagged", "mechanism", "drivers", "specifications", "honesty", "synthesis", "planning",
)  # fmt: skip
GROUPS = 'groups:\n  size:\n    label: { fi: "kokoluokka", en: "size class" }\n    pattern: "^(Tiimi \\\\d)"\n'


def executed(report: OpenGroup, folder: Path) -> Path:
    """The notebook with what its calls show, without a kernel."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        for name in CALL.findall(cell.source) if cell.cell_type == "code" else ():
            blocks = getattr(report, name)().blocks()
            cell.outputs = [new_output("display_data", data={BLOCK_MIME: block.to_json()}) for block in blocks]
    path = folder / f"{report.group.by}-{report.screen.language}.ipynb"
    nbformat.write(notebook, path)
    return path


def said(document: Document) -> str:
    """Everything a reader could read, without drawings' outlines."""
    parts: list[Any] = [document.title, document.subtitle, [abstract.text for abstract in document.abstracts]]
    blocks = [*document.blocks, *(block for appendix in document.appendices for block in appendix.blocks)]
    for block in blocks:
        values = block.to_json()
        drawing = values.pop("svg", "")
        parts += [values, re.findall(r'data-text="([^"]*)"', drawing)]
    return json.dumps(parts, ensure_ascii=False).replace("\\\\", "")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = trapped()
    made.replace("hypotheses:\n", f"{GROUPS}analyses: {{ leave_out: [{', '.join(TOPICS)}] }}\nhypotheses:\n")
    return made.write(tmp_path_factory.mktemp("groups") / "data" / "tiny")


def opened(study: Path, by: str, group: str, language: Language = "fi") -> OpenGroup:
    return open_group(study, by=by, group=group, language=language)


def names_of(study: Path, by: str) -> list[str]:
    """Names of the groups that may be shown."""
    opened(study, by, "")
    listed = load_groups(results_folder(study) / "batch" / by, by)
    assert listed is not None
    return [entry.name for entry in listed.released]


@pytest.mark.slow
@pytest.mark.parametrize("by", ["unit", "size", "period"])
def test_no_other_group_is_named_anywhere(study: Path, tmp_path: Path, by: str) -> None:
    shown = names_of(study, by)
    assert len(shown) > 1
    for name, language in zip(
        [shown[0], shown[-1], *(one for one in shown if one in NAMES)], cycle(LANGUAGES), strict=False
    ):
        report = opened(study, by, name, language)
        document = build_group_document(
            report.study, report.findings, report.group, executed(report, tmp_path), language
        )
        text = said(document)
        assert " ".join(name.split())[:40] in text
        own = {name, *report.group.members}
        for other in {*shown, FEW_EMPLOYEES, FEW_CUSTOMERS} - own if by != "period" else ():
            assert other not in text.replace(name, ""), (name, other)


@pytest.mark.slow
def test_a_unit_with_hostile_name_is_written_in_all_forms(study: Path, tmp_path: Path) -> None:
    for name in NAMES[:2]:
        report = opened(study, "unit", name)
        document = build_group_document(report.study, report.findings, report.group, executed(report, tmp_path), "fi")
        made = render_report(document, ("html", "docx", "pdf"))
        assert "<script>alert" not in made["html"].decode()
        assert made["pdf"].startswith(b"%PDF") and made["docx"].startswith(b"PK")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_drawings_with_alternative_texts(study: Path, tmp_path: Path, language: Language) -> None:
    report = opened(study, "unit", "", language)
    path = executed(report, tmp_path)
    shown = [
        from_json(output["data"][BLOCK_MIME])
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
    ]
    figures = [block for block in shown if isinstance(block, Figure)]
    assert 3 <= len(figures) <= 6
    assert all(figure.alt and figure.svg and not figure.png_base64 for figure in figures)
    assert len({figure.id for figure in figures}) == len(figures)


@pytest.mark.slow
def test_the_screen_shows_what_the_report_holds(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = opened(study, "unit", "", "en")
    for name in CALL.findall("".join(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells)):
        shown = getattr(report, name)()
        shown._ipython_display_()
        assert shown.tidy() is not None
    assert capsys.readouterr().err == ""
    assert not report.tidy().empty


@pytest.mark.slow
def test_groups_are_made_anew_only_where_they_do_not_fit(study: Path) -> None:
    opened(study, "unit", "")
    kept = results_folder(study) / "batch" / "unit" / "groups" / "unit" / "groups.json"
    before = kept.stat().st_mtime_ns
    opened(study, "unit", "")
    assert kept.stat().st_mtime_ns == before
    kept.write_text(kept.read_text(encoding="utf-8").replace('"key": "', '"key": "0'), encoding="utf-8")
    opened(study, "unit", "")
    assert '"key": "0' not in kept.read_text(encoding="utf-8") or kept.stat().st_mtime_ns != before


@pytest.mark.slow
def test_an_unknown_group_or_kind_is_refused(study: Path) -> None:
    given = {"study": str(study), "language": "en", "by": "unit", "group": FEW_EMPLOYEES, "seed": 0, "run": ""}
    with pytest.raises(ParameterError) as refused:
        begin_group(given)
    assert FEW_CUSTOMERS not in refused.value.text("en")
    with pytest.raises(ParameterError, match="team"):
        begin_group({**given, "by": "team", "group": ""})


@pytest.mark.slow
def test_a_group_without_anything_still_reads(study: Path, tmp_path: Path) -> None:
    report = opened(study, "unit", "")
    bare = replace(
        report.group,
        results={},
        **{name: getattr(report.group, name).iloc[:0] for name in ("trend", "others", "pairs", "items")},
    )
    empty = replace(report, group=bare)
    document = build_group_document(report.study, report.findings, bare, executed(empty, tmp_path), "fi")
    assert "Ryhmästä ei voida näyttää yhtään mittaritulosta." in said(document)
