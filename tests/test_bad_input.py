"""Whatever is wrong with the input: a sentence that says so, exit code 1, and earlier results as they were."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from cxresearch.cli import main
from cxresearch.errors import CxError
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.reading import read_study
from cxresearch.workflow.run import run_study
from tests.workflow.tiny_study import Spoil, Tiny, snapshot, team, tiny, written

BASE = tiny(6)
EARLIER = {"en/tiny-en.html": b"earlier report", "results/estimates.csv": b"term\n", "bundle/findings.json": b"{}"}

Wrong = Callable[[Spoil], CxError]


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wrong:
    """Spoil the valid study, run it, hold the promises of every bad input against it, and give the failure back."""
    monkeypatch.setenv("CXRESEARCH_LANGUAGE", "en")

    def run(spoil: Spoil) -> CxError:
        made = deepcopy(BASE)
        spoil(made)
        study = made.write(tmp_path / "data" / "tiny")
        results = tmp_path / "reports" / "tiny"
        for name, content in EARLIER.items():
            (results / name).parent.mkdir(parents=True, exist_ok=True)
            (results / name).write_bytes(content)
        before = snapshot(tmp_path)
        with pytest.raises(CxError) as failed:
            run_study(study, languages=("en",), formats=("html",))
        command = ["cxresearch", "run", str(study), "--language", "en", "--format", "html"]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 1
        told = " ".join(capsys.readouterr().err.split())
        for problem in failed.value.problems:
            english, finnish = problem.row("en"), problem.row("fi")
            assert " ".join(english["what"].split()) in told and " ".join(english["remedy"].split()) in told
            assert finnish["what"] and finnish["remedy"] and finnish["what"] != english["what"]
        assert "Traceback" not in told
        assert snapshot(tmp_path) == before
        return failed.value

    return run


def workbook(made: Tiny) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(list(made.staff[0]))
    for row in made.staff:
        sheet.append(list(row.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def header_only(made: Tiny) -> None:
    made.raw["raw/staff.csv"] = written(made.staff).split(b"\n")[0] + b"\n"


def cut_workbook(made: Tiny) -> None:
    made.replace("raw/staff.csv", "raw/staff.xlsx")
    made.raw["raw/staff.xlsx"] = workbook(made)[:-900]


def emptied_workbook(made: Tiny) -> None:
    made.replace("raw/staff.csv", "raw/staff.xlsx")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    made.raw["raw/staff.xlsx"] = file.getvalue()


def twin_columns(made: Tiny) -> None:
    made.raw["raw/staff.csv"] = written(made.staff).replace(b"lead2", b"lead1", 1)


def other_names(made: Tiny) -> None:
    for row in made.guests:
        row["team"] = f"Myymälä {row['team']}"


def answers(value: str) -> Spoil:
    def spoil(made: Tiny) -> None:
        for row in made.guests:
            row["satisfied"] = value

    return spoil


def one_answer(value: str) -> Spoil:
    return lambda made: made.guests[3].update(satisfied=value)


def turned_item(made: Tiny) -> None:
    for row in made.staff:
        row["lead3"] = str(6 - int(row["lead3"]))


def alias_bomb(made: Tiny) -> None:
    made.study = "a: &a [x, x, x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a, *a]" for n in range(9)) + "\n" + made.study


CASES: dict[str, tuple[Spoil, str]] = {
    "missing file": (
        lambda made: made.replace("raw/staff.csv", "raw/nowhere.csv"),
        "The file “raw/nowhere.csv” does not exist.",
    ),
    "empty file": (
        lambda made: made.raw.update({"raw/staff.csv": b""}),
        "The file raw/staff.csv is empty (0 bytes).",
    ),
    "header only": (header_only, "The file raw/staff.csv has column names but not a single row of data."),
    "wrong delimiter": (
        lambda made: made.replace("path: raw/staff.csv", "path: raw/staff.csv\n    read: { delimiter: ';' }"),
        "With the delimiter “;” the file has only one column, “team,month,person,lead1,lead2,lead3,comment”.",
    ),
    "truncated xlsx": (
        cut_workbook,
        "The file raw/staff.xlsx is damaged or was cut short: it cannot be read as Excel (Cannot detect file format).",
    ),
    "duplicate columns": (twin_columns, "The column name “lead1” occurs more than once (columns 4, 5)."),
    "duplicate respondent": (
        lambda made: made.staff.append(dict(made.staff[0])),
        "Respondent “p1-0” has several rows in one period: rows 2, 74.",
    ),
    "no common units": (
        other_names,
        "No unit has both employee and customer results (employee measure: Leadership; customer measure: "
        "Satisfaction). Employee units: 6, for example Tiimi 01, Tiimi 02, Tiimi 03; customer units: 6, for example "
        "Myymälä Tiimi 01, Myymälä Tiimi 02, Myymälä Tiimi 03.",
    ),
    "one unit": (
        lambda made: made.staff.__setitem__(slice(None), [r for r in made.staff if r["team"] == team(1)]),
        "Only one unit has both employee and customer results (employee measure: Leadership; customer measure: "
        "Satisfaction), so there is nothing to compare. Employee units: 1; customer units: 6.",
    ),
    "all units below the threshold": (
        lambda made: made.replace("resampling", "privacy: { min_respondents: 50 }\nresampling"),
        "Units in both the employee and the customer results: 6 (employee measure: Leadership; customer measure: "
        "Satisfaction). Fewer than two of them have enough answers on both sides in the chosen periods; the least is "
        "50 on each side.",
    ),
    "all coded missing": (
        answers("9"),
        "Nobody has answered “satisfied”: every cell is empty or a code for no answer.",
    ),
    "all blank": (answers(""), "Nobody has answered “satisfied”: every cell is empty or a code for no answer."),
    "outside the range": (one_answer("7"), "“satisfied” holds 7, but its answers lie between 1 and 5."),
    "unknown missing code": (
        one_answer("99"),
        "“satisfied” holds 99, which its range does not allow; it looks like a code for no answer.",
    ),
    "unknown missing word": (
        one_answer("n/a"),
        "“satisfied” holds “n/a” where a number should be; it looks like a code for no answer.",
    ),
    "a million characters": (
        one_answer("4" * 10**6),
        f"“satisfied” holds “{'4' * 79}…”, which is not a number.",
    ),
    "reversed item not declared": (
        turned_item,
        "The item “lead3” runs against the other items of the scale “lead”: it correlates −.53 with their sum (n = "
        "72).",
    ),
    "no time": (
        lambda made: made.staff[4].update(month="spring"),
        "“spring” under “month” is not a time.",
    ),
    "alias bomb": (alias_bomb, "study.yml uses a YAML anchor or alias (& or *): “a”."),
    "tag": (
        lambda made: made.replace("study: tiny", "study: !!python/object/apply:os.system ['true']"),
        "study.yml uses a YAML tag: “tag:yaml.org,2002:python/object/apply:os.system”.",
    ),
    "near key": (lambda made: made.replace("authors:", "author:"), "The key author is not known."),
    "unknown key": (
        lambda made: made.replace("period: quarter", "period: quarter\nzebra: 1"),
        "The key zebra is not known.",
    ),
    "wrong type": (
        lambda made: made.replace("permutations: 99", "permutations: many"),
        "The value of resampling.permutations should be a whole number.",
    ),
    "column that is not there": (
        lambda made: made.recode("lead2,staff", "leed2,staff"),
        "The file has no column “leed2”, which the codebook describes.",
    ),
    "variable without a name in a language": (
        lambda made: made.recode("Tuki,Support", "Tuki,"),
        "“lead2” has no name for readers under “label_en”.",
    ),
    "label without a language": (
        lambda made: made.replace('fi: "Johtaminen", ', ""),
        "The text measures.leadership.label.fi is missing in Finnish (fi).",
    ),
    "no codebook": (
        lambda made: made.replace("period: quarter", "period: quarter\ncodebook: other.csv"),
        "The file other.csv does not exist.",
    ),
    "path out of the study": (
        lambda made: made.replace("raw/staff.csv", "../../staff.csv"),
        "The path “../../staff.csv” leads out of the study folder.",
    ),
    "text that is not UTF-8": (
        lambda made: made.raw.update({"text/en/introduction.md": "Äly".encode("latin-1")}),
        "The text text/en/introduction.md is not UTF-8.",
    ),
    "value that the run does not have": (
        lambda made: made.texts.update({"text/en/discussion.md": "It was clear.\n\nIt was {h1.person}."}),
        "The text names {h1.person}, which the run does not have or could not estimate.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_says_what_is_wrong_and_changes_nothing(wrong: Wrong, case: str) -> None:
    spoil, sentence = CASES[case]
    failure = wrong(spoil)
    assert sentence in [problem.what("en") for problem in failure.problems]


def test_a_truncated_spss_file(wrong: Wrong, tmp_path: Path) -> None:
    file = tmp_path / "whole.sav"
    pyreadstat.write_sav(pd.DataFrame({"team": ["a"] * 500, "lead1": [1.0] * 500}), file)

    def spoil(made: Tiny) -> None:
        made.replace("raw/staff.csv", "raw/staff.sav")
        made.raw["raw/staff.sav"] = file.read_bytes()[:400]

    assert (
        wrong(spoil)
        .problems[0]
        .what("en")
        .startswith("The file raw/staff.sav is damaged or was cut short: it cannot be read as SPSS")
    )


def test_a_workbook_without_its_parts(wrong: Wrong) -> None:
    assert (
        wrong(emptied_workbook)
        .problems[0]
        .what("en")
        .startswith("The file raw/staff.xlsx is damaged or was cut short: it cannot be read as Excel")
    )


def test_every_problem_of_every_source_is_told_at_once(wrong: Wrong) -> None:
    def spoil(made: Tiny) -> None:
        made.guests[3]["satisfied"] = "7"
        made.staff[4]["month"] = "spring"
        made.staff[5]["lead1"] = "66"

    assert {problem.where() for problem in wrong(spoil).problems} == {
        "raw/staff.csv:6 (month)",
        "raw/staff.csv:7 (lead1)",
        "raw/guests.csv:5 (satisfied)",
    }


def test_unlinkable_measures_are_told_once_each(wrong: Wrong) -> None:
    def spoil(made: Tiny) -> None:
        other_names(made)
        again = made.study[made.study.index("  h1:") : made.study.index("resampling")]
        made.replace("resampling", again.replace("h1:", "h2:") + "resampling")

    assert [problem.code for problem in wrong(spoil).problems] == ["workflow.no_common_units"]


def test_a_long_unit_name_is_cut_in_the_message(wrong: Wrong) -> None:
    def spoil(made: Tiny) -> None:
        for row in made.guests:
            row["team"] = "x" * 5_000

    assert len(wrong(spoil).problems[0].what("en")) < 500


def analysed(made: Tiny, folder: Path):  # type: ignore[no-untyped-def]
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, 1))


def test_a_constant_item_is_told_and_leaves_the_hypothesis_untestable(tmp_path: Path) -> None:
    made = deepcopy(BASE)
    answers("4")(made)
    found = analysed(made, tmp_path)
    assert [loss.details["value"] for loss in found.losses if loss.reason == "constant_item"] == ["4"]
    assert [verdict.verdict for verdict in found.verdicts] == ["not_testable"]


def test_spellings_of_a_unit_are_merged_and_counted(tmp_path: Path) -> None:
    made = deepcopy(BASE)
    spellings = ["TIIMI 01", "Tiimi\u00a001", " Tiimi  01 ", "tiimi 01"]
    for spelling, row in zip(spellings, [row for row in made.guests if row["team"] == team(1)], strict=False):
        row["team"] = spelling
    found = analysed(made, tmp_path)
    (merged,) = (loss for loss in found.losses if loss.reason == "spellings_merged")
    assert (merged.where, merged.details["count"]) == ("guests", 1)
    assert found.linked["unit"].nunique() == 6
    assert found.linked.equals(analysed(BASE, tmp_path / "plain").linked)


def test_a_million_characters_of_free_text_do_no_harm(tmp_path: Path) -> None:
    made = deepcopy(BASE)
    made.guests[0]["comment"] = "=" + "ä" * 10**6
    study = load_study(made.write(tmp_path))
    assert "comment" not in read_study(study).responses["guests"].frame
