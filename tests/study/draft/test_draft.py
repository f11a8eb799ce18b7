from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from cxresearch.codebook import Variable
from cxresearch.errors import OutputError, StudyError
from cxresearch.study import Study, check_study, draft_study, load_study

GOLDEN = Path(__file__).parent / "golden"


def drafted(folder: Path, employee: list[Path], customer: list[Path]) -> Study:
    draft_study(folder, employee, customer)
    study = load_study(folder)
    assert [problem.what("en") for problem in check_study(study)] == []
    return study


def roles(study: Study, source: str) -> dict[str, str]:
    return {variable.name: variable.role for variable in study.codebook.of_source(source)}


def variable(study: Study, source: str, name: str) -> Variable:
    (found,) = study.codebook.named(name, source)
    return found


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", ["study.yml", "codebook.csv"])
def test_golden(exports: Path, language: str, name: str) -> None:
    draft_study(exports, [exports / "raw" / "staff.csv"], [exports / "raw" / "guests.csv"], language=language)
    assert (exports / name).read_bytes() == (GOLDEN / language / name).read_bytes()


def test_the_draft_understands_the_exports(exports: Path) -> None:
    study = drafted(exports, [exports / "raw" / "staff.csv"], [exports / "raw" / "guests.csv"])
    assert study.spec.study == "konttorit-2026"
    assert study.spec.sources["employees"].path == "raw/staff.csv"
    assert roles(study, "employees") == {
        "Vastaaja": "respondent", "Toimipaikka": "unit", "Vastausaika": "timestamp", "Sukupuoli": "covariate",
        **{f"q{k}": "item" for k in range(1, 9)}, "Palvelusvuodet": "covariate", "Avoin palaute": "text",
        "Email": "ignore", "Kysely": "ignore", "Tyhjä": "ignore",
    }  # fmt: skip
    scales = {name: variable(study, "employees", name).scale for name in (f"q{k}" for k in range(1, 9))}
    assert list(scales.values()) == ["q"] * 4 + ["q_b"] * 4
    turned = [v.name for v in study.codebook.variables if v.reversed]
    assert turned == ["q3", "q8"]
    assert variable(study, "employees", "q2").missing == ("99",)
    assert variable(study, "customers", "tp_b").missing == ("N/A",)
    ranges = {n: (v.minimum, v.maximum) for n in ("NPS", "CSAT", "CES") for v in study.codebook.named(n)}
    assert ranges == {"NPS": (0, 10), "CSAT": (1, 5), "CES": (1, 7)}
    metrics = {name: measure.metric for name, measure in study.spec.measures.items()}
    assert metrics == {"q": "mean", "q_b": "mean", "nps": "nps", "csat": "csat", "ces": "ces", "tp": "mean"}
    assert study.spec.measures["csat"].top == (4, 5)
    assert (study.spec.hypotheses["h1"].ex, study.spec.hypotheses["h1"].cx) == ("q", "nps")


def test_every_guess_is_marked(exports: Path) -> None:
    draft = draft_study(exports, [exports / "raw" / "staff.csv"], [exports / "raw" / "guests.csv"])
    book = pd.read_csv(exports / "codebook.csv", sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert (book["note"] != "").all()
    assert {guess.variable for guess in draft.guesses} == set(book["name"])
    assert sorted(path.name for path in draft.files) == [".study.schema.json", "codebook.csv", "study.yml"]
    plan = (exports / "study.yml").read_text(encoding="utf-8")
    assert plan.startswith("# yaml-language-server: $schema=.study.schema.json\n")
    assert plan.count("# guessed: ") >= 10


def test_excel_and_spss_give_the_same_draft(exports: Path, staff: pd.DataFrame, guests: pd.DataFrame) -> None:
    raw = exports / "raw"
    staff.to_excel(raw / "staff.xlsx", index=False)
    plain = guests.rename(columns=str.lower).assign(tp_b=pd.to_numeric(guests["tp_b"], errors="coerce").fillna(99))
    pyreadstat.write_sav(
        plain,
        raw / "guests.sav",
        column_labels={"nps": "Kuinka todennäköisesti suosittelisit meitä ystävälle?", "tp_b": "Palvelun sujuvuus"},
        variable_value_labels={"csat": {n: str(n) for n in range(1, 6)}},
        missing_ranges={"tp_b": [99]},
    )
    study = drafted(exports, [raw / "staff.xlsx"], [raw / "guests.sav"])
    assert roles(study, "employees")["q1"] == "item"
    assert variable(study, "customers", "tp_b").label.fi == "Palvelun sujuvuus"
    assert (variable(study, "customers", "tp_b").minimum, variable(study, "customers", "tp_b").maximum) == (1, 10)
    assert study.spec.measures["nps"].metric == "nps"


def test_generated_reference_files(shared: Path, tmp_path: Path) -> None:
    data = shared / "refvalues" / "data"
    study = drafted(tmp_path / "gen", [data / "gen_employees_raw.csv"], [data / "gen_customers.csv"])
    items = [v for v in study.codebook.of_source("employees") if v.role == "item"]
    assert [v.name for v in items] == [f"ex_{k:02d}" for k in range(1, 13)]
    assert {(v.minimum, v.maximum, v.missing) for v in items} == {(1, 5, ("99",))}
    assert [v.name for v in items if v.reversed] == ["ex_04", "ex_10"]
    assert roles(study, "customers")["unit_id"] == "unit"
    assert study.spec.sources["employees"].path == (data / "gen_employees_raw.csv").as_posix()


def test_two_banks_without_a_common_unit(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "bank"
    study = drafted(tmp_path / "bank", [data / "climate.csv"], [data / "csibank.csv"])
    scales = {v.scale for v in study.codebook.of_source("employees") if v.role == "item"}
    assert scales == {"empo", "imag", "pay", "work", "lead", "sat", "loy"}
    assert roles(study, "customers")["Region"] == "unit"
    assert "No column shares values with the other side" in (tmp_path / "bank" / "study.yml").read_text("utf-8")


def test_unit_scores_and_counts_of_schools(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "nyc-schools"
    study = drafted(tmp_path / "nyc", [data / "total_2016_score.csv"], [data / "parent_2016_score.csv"])
    assert {name: source.grain for name, source in study.spec.sources.items()} == {
        "employees": "unit_scores",
        "customers": "counts",
    }
    item = variable(study, "customers", "p_q5b")
    assert dict(item.options) == {
        1: ("p_q5b_vd",), 2: ("p_q5b_d",), 3: ("p_q5b_s",), 4: ("p_q5b_vs",), None: ("p_q5b_idk",),
    }  # fmt: skip
    assert item.scale == "p_q5"
    assert variable(study, "customers", "p_q5e").role == "ignore"
    assert variable(study, "employees", "par_sat").informant == "customer"
    assert "par_sat" not in study.spec.measures
    assert "tch_sat" in study.spec.measures


def test_two_waves_take_their_periods_from_the_names_of_the_files(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "nyc-schools"
    study = drafted(
        tmp_path / "waves",
        [data / "total_2016_score.csv", data / "total_2017_score.csv"],
        [data / "parent_2016_score.csv", data / "parent_2017_score.csv"],
    )
    assert study.spec.period == "as_is"
    assert [source.period for source in study.spec.sources.values()] == ["2016", "2017", "2016", "2017"]
    assert study.spec.measures["colab"].standardise == "within_period"
    assert study.spec.sources["total_2017_score"].label.fi == "Henkilöstökysely 2017"


def test_a_named_unit_is_taken(exports: Path, staff: pd.DataFrame) -> None:
    raw = exports / "raw"
    shutil.copy(raw / "staff.csv", raw / "again.csv")
    draft_study(exports, [raw / "staff.csv"], [raw / "again.csv"], unit="Sukupuoli")
    assert roles(load_study(exports), "customers")["Sukupuoli"] == "unit"


def test_an_unknown_unit_is_told_for_each_file(exports: Path) -> None:
    raw = exports / "raw"
    with pytest.raises(StudyError, match=r"guests\.csv has no column “Toimipaikka”") as raised:
        draft_study(exports, [raw / "staff.csv"], [raw / "guests.csv"], unit="Toimipaikka")
    assert len(raised.value.problems) == 1


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_no_unit_and_no_answers(tmp_path: Path) -> None:
    numbers = write(tmp_path / "numbers.csv", "x1,x2\n" + "".join(f"{n % 5 + 1},{n % 4 + 1}\n" for n in range(20)))
    names = write(tmp_path / "names.csv", "team,remark\n" + "".join(f"{'AB'[n % 2]},ok\n" for n in range(20)))
    with pytest.raises(StudyError, match=r"No column of .*numbers\.csv looks like the name of a unit"):
        draft_study(tmp_path / "a", [numbers], [names])
    with pytest.raises(StudyError, match=r"No column of .*names\.csv looks like an answer"):
        draft_study(tmp_path / "b", [names], [names])
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


def test_unreadable_files_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        draft_study(tmp_path / "a", [tmp_path / "x.csv", tmp_path / "y.csv"], [])
    assert len(raised.value.problems) == 3
    assert "Name at least one export of each side" in str(raised.value)


@pytest.mark.parametrize("taken", ["study.yml", "codebook.csv", ".study.schema.json"])
def test_nothing_is_replaced(exports: Path, taken: str) -> None:
    (exports / taken).write_text("mine", encoding="utf-8")
    before = sorted(path.name for path in exports.iterdir())
    with pytest.raises(OutputError, match=r"is already there\. Choose another name"):
        draft_study(exports, [exports / "raw" / "staff.csv"], [exports / "raw" / "guests.csv"])
    assert (exports / taken).read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in exports.iterdir()) == before


def test_names_that_are_whole_questions(tmp_path: Path) -> None:
    questions = (
        "Esimieheni kuuntelee minua",
        "Saan tukea työssäni",
        "Tiedän, mitä minulta odotetaan",
        "Viihdyn työssäni",
    )
    frame = pd.DataFrame({"Tiimi": [f"T{n % 6}" for n in range(60)], "Tutkinto": [n % 4 + 1 for n in range(60)]})
    for place, name in enumerate(questions):
        frame[name] = [(n * (place + 1)) % 5 + 1 for n in range(60)]
    file = tmp_path / "staff.csv"
    frame.to_csv(file, index=False)
    study = drafted(tmp_path / "study", [file], [file])
    assert {variable(study, "employees", name).scale for name in questions} == {"items_1_5"}
    assert variable(study, "employees", "Tutkinto").role == "covariate"
    assert variable(study, "employees", questions[2]).label.fi == questions[2]


def test_the_same_item_on_both_sides_makes_two_measures(tmp_path: Path) -> None:
    frame = pd.DataFrame({"team": [f"T{n % 6}" for n in range(66)], "nps": [n % 11 for n in range(66)]})
    file = tmp_path / "answers.csv"
    frame.to_csv(file, index=False)
    spec = drafted(tmp_path / "study", [file], [file]).spec
    assert {name: (m.scale, m.metric) for name, m in spec.measures.items()} == {
        "nps_employee": ("nps_employee", "nps"),
        "nps_customer": ("nps_customer", "nps"),
    }


HOSTILE = "=cmd|' /C calc'!A0", 'he said "no": # {x} & *y', "a\tb", "-5", "@sum", "ä" * 200, "_1", "Q: one\u2028two"


def test_hostile_column_names_stay_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"team": [f"T{n % 6}" for n in range(60)]})
    for place, name in enumerate(HOSTILE):
        frame[name] = [(n * (place + 2)) % 5 + 1 for n in range(60)]
    (tmp_path / "raw").mkdir()
    frame.to_csv(tmp_path / "raw" / "a: b # c.csv", index=False)
    file = tmp_path / "raw" / "a: b # c.csv"
    study = drafted(tmp_path / "--- !!x", [file], [file])
    assert {v.name for v in study.codebook.of_source("employees")} == {"team", *(" ".join(n.split()) for n in HOSTILE)}
    cells = (tmp_path / "--- !!x" / "codebook.csv").read_text(encoding="utf-8-sig").splitlines()
    assert not any(line.startswith(("=", "@", "+")) for line in cells)
