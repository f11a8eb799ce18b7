"""`cxresearch plan`: from results, from ordinary values, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from cxresearch import cli
from cxresearch.inference.unit_planning import SurveyDesign
from cxresearch.workflow.planned import ORDINARY, plan_survey
from tests.workflow.tiny_study import snapshot, tiny

RESULTS = {
    "unit.leadership.icc1": 0.2,
    "unit.csat.icc1": 0.1,
    "h1.plan.answers.ex": 6,
    "h1.plan.answers.cx": 10,
    "response.leadership.rate": 0.5,
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return tiny(4).write(tmp_path / "data" / "tiny")


def with_results(study: Path) -> SurveyDesign:
    folder = study.parent.parent / "reports" / "tiny" / "results"
    folder.mkdir(parents=True)
    pd.DataFrame(RESULTS.items(), columns=["term", "estimate"]).to_csv(folder / "estimates.csv", index=False)
    return SurveyDesign(icc_e=0.2, icc_c=0.1, employees=6, customers=10, response_rate=0.5)


def test_without_results_ordinary_values_are_planned_with(study: Path) -> None:
    plan = plan_survey(study)
    assert plan.design == ORDINARY
    assert (plan.hypothesis, plan.latent, plan.power) == ("", 0.30, 0.80)
    assert len(plan.table) == 16


def test_results_are_planned_with(study: Path) -> None:
    design = with_results(study)
    plan = plan_survey(study, latent=0.25, power=0.9)
    assert (plan.design, plan.hypothesis) == (design, "h1")
    own = plan.table[(plan.table.employees == 6) & (plan.table.customers == 10)]
    assert own.units.iloc[0] == design.units_needed(0.25, 0.9)


def test_given_values_replace_results(study: Path) -> None:
    with_results(study)
    plan = plan_survey(study, icc_e=0.3, icc_c=0.05, employees=(5,), customers=(7, 9))
    assert (plan.design.icc_e, plan.design.icc_c, plan.hypothesis) == (0.3, 0.05, "")
    assert plan.table[["employees", "customers"]].to_numpy().tolist() == [[5, 7], [5, 9]]


def run(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str = "en"):
    monkeypatch.setenv("CXRESEARCH_LANGUAGE", language)
    monkeypatch.setattr(sys, "argv", ["cxresearch", *words])
    code: object = 0
    try:
        cli.main()
    except SystemExit as stopped:
        code = stopped.code or 0
    shown = capsys.readouterr()
    return code, " ".join(shown.out.split()), " ".join(shown.err.split())


def test_the_command_shows_and_writes_nothing(study: Path, monkeypatch, capsys) -> None:
    before = snapshot(study.parent.parent)
    code, out, _ = run(["plan", str(study)], monkeypatch, capsys)
    assert code == 0
    assert "Units needed for a latent correlation of .30 with a power of 80%" in out
    assert "does not rest on results of this study" in out
    assert snapshot(study.parent.parent) == before


def test_the_command_speaks_finnish_of_its_results(study: Path, monkeypatch, capsys) -> None:
    with_results(study)
    code, out, _ = run(["plan", str(study)], monkeypatch, capsys, "fi")
    assert code == 0
    assert "ICC(1) ja vastaajamäärät ovat hypoteesin H1 tuloksista." in out


def test_the_table_is_written_where_asked(study: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    path = tmp_path / "plan.csv"
    assert run(["plan", str(study), "--out", str(path)], monkeypatch, capsys)[0] == 0
    assert list(pd.read_csv(path).columns) == ["employees", "customers", "observed", "units"]


@pytest.mark.parametrize(
    ("words", "english", "finnish"),
    [
        (["--employees", "5,x"], "The list “5,x” of employees is not understood.", "luetteloa ”5,x” ei voi tulkita."),
        (["--customers", ","], "of customers is not understood.", "Valinnan customers luetteloa"),
        (["--rho", "1.5"], "The value 1.5 of rho is out of range.", "Valinnan rho arvo 1.5 ei ole sallitulla välillä."),
        (["--hypothesis", "h9"], "The study has no hypothesis h9.", "Tutkimuksessa ei ole hypoteesia h9."),
        (["--out", "no/such/folder/x.csv"], "The plan cannot be written", "Suunnitelmaa ei voi kirjoittaa"),
    ],
)
def test_what_it_refuses(words, english: str, finnish: str, study: Path, monkeypatch, capsys) -> None:
    for language, sentence in (("en", english), ("fi", finnish)):
        code, _, err = run(["plan", str(study), *words], monkeypatch, capsys, language)
        assert code == 1
        assert sentence in err
