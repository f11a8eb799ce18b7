"""What a whole run leaves behind: nobody's answers, no trap that springs, and files that agree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cxresearch.errors import DataError
from cxresearch.study import load_study
from cxresearch.workflow import run as run_module
from cxresearch.workflow.notebooks import Job
from cxresearch.workflow.places import chapter_notebooks
from cxresearch.workflow.run import Run, run_study
from cxresearch.workflow.store import FRAMES, load_bundle, save_bundle
from tests.workflow.conftest import FEW_CUSTOMERS, FEW_EMPLOYEES, FORMULA, NAMES, SCRIPT, SMALLEST, UNEVEN
from tests.workflow.tiny_study import CANARY, snapshot

pytestmark = pytest.mark.slow

THRESHOLD = 5
FEW_MEANS = {FEW_EMPLOYEES: 4 / 3, FEW_CUSTOMERS: 5 / 4}
"""Means of the units below the threshold, over both periods; the first is each period's too."""
SAME = 1e-9
"""Means of the same answers differ by rounding only."""


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text that the files of a run hold: what is packed is unpacked."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as archive:
                for part in archive.namelist():
                    yield f"{name}/{part}", archive.read(part).decode("utf-8", "replace")
        elif path.suffix == ".parquet":
            yield name, pd.read_parquet(path).to_csv()
            yield name, path.read_bytes().decode("latin-1")
        elif path.suffix == ".pdf":
            yield name, path.read_bytes().decode("latin-1")
            if shutil.which("pdftotext"):
                done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
                yield f"{name} as text", done.stdout.decode("utf-8")
        elif path.is_file():
            yield name, path.read_text(encoding="utf-8")


def numbers(folder: Path) -> Iterator[tuple[str, float]]:
    """Every number in the machine-readable files of a run."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path).select_dtypes("number")
            yield from ((name, float(value)) for value in frame.to_numpy(dtype=np.float64).ravel())
        elif path.suffix in (".json", ".csv", ".ipynb", ".html"):
            text = re.sub(r"data:[^\"')]*", "", path.read_text(encoding="utf-8"))
            yield from ((name, float(found)) for found in re.findall(r"-?\d+\.\d{5,17}(?!\d)", text))


def test_every_form_is_there_in_every_language(whole: Run) -> None:
    assert set(whole.reports) == {(language, form) for language in ("fi", "en") for form in ("html", "pdf", "docx")}
    assert all(path.stat().st_size > 10_000 for path in whole.reports.values())
    assert {path.name for path in whole.folder.iterdir()} == {
        "bundle", "results", "notebooks", "fi", "en", "manifest.json",
    }  # fmt: skip


def test_free_text_is_in_no_file(whole: Run) -> None:
    assert {name for name, text in texts(whole.folder) if CANARY in text} == set()


@pytest.mark.parametrize("unit", [FEW_EMPLOYEES, FEW_CUSTOMERS])
def test_a_small_unit_is_named_in_no_file(whole: Run, unit: str) -> None:
    spellings = {unit.casefold(), json.dumps(unit)[1:-1].casefold(), unit.encode("utf-8").decode("latin-1").casefold()}
    assert {name for name, text in texts(whole.folder) if any(s in text.casefold() for s in spellings)} == set()


@pytest.mark.parametrize("unit", [FEW_EMPLOYEES, FEW_CUSTOMERS])
def test_a_small_units_mean_is_in_no_file(whole: Run, unit: str) -> None:
    found = {name for name, number in numbers(whole.folder) if abs(number - FEW_MEANS[unit]) < SAME}
    assert found == set()


def test_an_ordinary_units_mean_is_found(whole: Run) -> None:
    """The search that finds no small unit's mean finds those that are shown."""
    shown = whole.findings.linked.set_index("unit").loc["Tiimi 01", "ex"]
    assert {name for name, number in numbers(whole.folder) if abs(number - shown) < SAME} >= {"bundle/linked.parquet"}


def test_ordinary_units_are_shown(whole: Run) -> None:
    linked = whole.findings.linked
    assert {"Tiimi 01", UNEVEN, *NAMES} <= set(linked["unit"])
    assert (linked[["ex_n", "cx_n"]] >= THRESHOLD).all(axis=None)


def test_units_by_period_below_the_threshold_have_no_values(whole: Run) -> None:
    panels = pd.read_parquet(whole.folder / "bundle" / "panels.parquet")
    values = panels.columns.difference(["measure", "unit", "period"])
    hidden = panels[panels["n"].isna()]
    assert not (panels["n"] < THRESHOLD).any()
    assert hidden[values].isna().all(axis=None)
    uneven = panels[(panels["unit"] == UNEVEN) & (panels["measure"] == "csat")]
    assert list(uneven["mean"].isna()) == [True, True], "one period less the whole would give the other"
    assert panels["mean"].notna().mean() > 0.7


def test_what_is_hidden_cannot_be_worked_out_from_the_totals(whole: Run) -> None:
    """Totals less what is shown leave groups of the threshold at least, in each period and altogether."""
    findings = whole.findings
    for measure in findings.spec.measures:
        shown = findings.panels[(findings.panels["measure"] == measure) & findings.panels["n"].notna()]
        for period in ("2025-Q1", "2025-Q2"):
            total = findings.estimate(f"period.{measure}.{period}")
            left = total.n_respondents - shown.loc[shown["period"] == period, "n"].sum()
            assert left == 0 or left >= THRESHOLD, (measure, period)
    for side, measure in (("ex", "leadership"), ("cx", "csat")):
        left = findings.estimate(f"measure.{measure}").n_respondents - findings.linked[f"{side}_n"].sum()
        assert left >= THRESHOLD, measure


def test_units_withheld_for_the_sake_of_others_are_counted(whole: Run) -> None:
    (withheld,) = (loss for loss in whole.findings.losses if loss.reason == "workflow.not_shown")
    assert SMALLEST not in set(whole.findings.linked["unit"])
    pearson = whole.findings.estimate("h1.pearson")
    assert pearson.n_units == len(whole.findings.linked) + withheld.n_units
    assert "not shown" in (whole.folder / "en" / "tiny-en.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_no_script_of_the_input_reaches_the_page(whole: Run, language: str) -> None:
    page = (whole.folder / language / f"tiny-{language}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    assert not any("alert" in script.get_text() for script in soup.find_all("script"))
    assert not soup.find_all(lambda tag: any(name.startswith("on") for name in tag.attrs))
    if language == "en":
        assert SCRIPT in soup.get_text()


def test_no_script_of_the_input_runs_in_a_notebook(whole: Run) -> None:
    for path in sorted((whole.folder / "notebooks").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", ()):
                for kind in ("text/html", "text/markdown", "image/svg+xml"):
                    shown = output.get("data", {}).get(kind, "")
                    bare = re.sub(r"\\(.)", "", shown)
                    assert "<script" not in bare.lower(), path


def test_the_machine_readable_results_hold_no_formula(whole: Run) -> None:
    table = pd.read_csv(whole.folder / "results" / "estimates.csv", dtype=str, keep_default_na=False)
    assert not table.apply(lambda column: column.str.match(r"^[=+@]|^-[^\d.]|.*<script")).any(axis=None)
    assert FORMULA not in (whole.folder / "results" / "estimates.csv").read_text(encoding="utf-8")


def test_no_file_is_named_by_the_input(whole: Run) -> None:
    plain = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)
    names = [path.name for path in whole.folder.rglob("*")]
    assert all(plain.fullmatch(name) and len(name) < 60 for name in names)
    assert not any(
        name.casefold().startswith(("con", "x.", "unfinished", ".")) and name != "conclusions" for name in names
    )
    assert {path.name for path in whole.folder.parent.parent.iterdir()} == {"data", "reports"}


def test_no_notebook_names_the_unfinished_run(whole: Run) -> None:
    for path in sorted((whole.folder / "notebooks").rglob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        assert ".unfinished" not in text
        notebook = nbformat.read(path, as_version=4)
        assert Path(notebook.metadata["papermill"]["parameters"]["run"]).resolve() == whole.folder
        (injected,) = (c for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", ()))
        namespace: dict[str, object] = {}
        exec(injected.source, namespace)
        assert namespace["run"] == notebook.metadata["papermill"]["parameters"]["run"]


@pytest.fixture
def one_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of the conclusions' notebook only."""
    monkeypatch.setattr(run_module, "chapter_notebooks", lambda: chapter_notebooks()[-1:])


def study_of(whole: Run) -> Path:
    return whole.folder.parent.parent / "data" / "tiny"


def test_an_equal_run_takes_the_kept_findings_and_changes_no_number(
    whole: Run, one_notebook: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(whole.folder)
    monkeypatch.setattr(run_module, "analyse", lambda *given: pytest.fail("analysed again"))
    steps: list[str] = []
    again = run_study(
        study_of(whole), languages=("en",), formats=("html",), progress=lambda step, of: steps.append(step)
    )
    after = snapshot(whole.folder)
    assert steps[0] == "kept"
    for name in (
        "results/estimates.csv",
        "results/verdicts.json",
        "manifest.json",
        *(f"bundle/{f}.parquet" for f in FRAMES),
    ):
        assert after[name] == before[name], name
    assert after["bundle/findings.json"] == before["bundle/findings.json"]
    assert after["fi/tiny-fi.pdf"] == before["fi/tiny-fi.pdf"], "reports of other languages stay"
    assert again.findings.linked.equals(whole.findings.linked)


def test_data_that_change_during_the_run_stop_it(whole: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that finds other data keeps other findings; reports of two kinds of findings must not appear."""

    def other_findings(jobs: Sequence[Job], *given: object, **options: object) -> None:
        bundle = Path(jobs[0].parameters["run"]) / "bundle" / "findings.json"
        bundle.write_text(bundle.read_text(encoding="utf-8").replace(whole.findings.provenance.key, "0" * 64))

    before = snapshot(whole.folder)
    monkeypatch.setattr(run_module, "run_notebooks", other_findings)
    monkeypatch.setattr(run_module, "_without_machine", lambda *given: None)
    with pytest.raises(DataError, match="changed while the run was under way"):
        run_study(study_of(whole), languages=("en",), formats=("html",))
    assert snapshot(whole.folder) == before


def test_another_folder_is_made_from_scratch_with_the_same_numbers(
    whole: Run, one_notebook: None, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    other = run_study(study_of(whole), languages=("en",), formats=("html",), out=str(tmp_path / "here" / "deep" / "er"))
    assert other.folder == tmp_path / "here" / "deep" / "er"
    ours, theirs = (folder / "results" / "estimates.csv" for folder in (other.folder, whole.folder))
    assert ours.read_bytes() == theirs.read_bytes()
    assert [path.name for path in (other.folder / "notebooks" / "en").iterdir()] == [chapter_notebooks()[-1].name]


def test_findings_come_back_from_the_bundle_as_they_were(whole: Run, tmp_path: Path) -> None:
    study, findings = load_study(study_of(whole)), whole.findings
    save_bundle(findings, tmp_path)
    back = load_bundle(study, findings.provenance.key, tmp_path)
    assert back is not None
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(findings, name), check_exact=True)
    assert list(back.results) == list(findings.results)
    assert back.results == findings.results
    assert (back.verdicts, back.losses, back.sources) == (findings.verdicts, findings.losses, findings.sources)
    assert back.notices == findings.notices and back.provenance == findings.provenance


def test_a_bundle_of_another_run_is_not_taken(whole: Run, tmp_path: Path) -> None:
    study = load_study(study_of(whole))
    save_bundle(whole.findings, tmp_path)
    assert load_bundle(study, "0" * 64, tmp_path) is None
    assert load_bundle(study, whole.findings.provenance.key, tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["findings.json", *(f"{frame}.parquet" for frame in FRAMES)])
@pytest.mark.parametrize("harm", ["cut", "gone", "other"])
def test_a_damaged_bundle_is_not_taken(whole: Run, tmp_path: Path, name: str, harm: str) -> None:
    study = load_study(study_of(whole))
    save_bundle(whole.findings, tmp_path)
    path = tmp_path / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100] if harm == "cut" else b'{"layout": 1}')
    assert load_bundle(study, whole.findings.provenance.key, tmp_path) is None
