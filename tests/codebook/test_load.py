# ruff: noqa: E501 - tables of cases hold whole sentences
from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from cxresearch.codebook import load_codebook
from cxresearch.codebook.load import COLUMNS
from cxresearch.errors import Problem, StudyError
from cxresearch.language import Label
from tests.codebook.tables import codebook_from

HEAD = "name;source;role;scale;reversed;min;max;missing;options;label_fi;label_en;informant;kind;target\n"


def problems(rows: str, head: str = HEAD) -> list[Problem]:
    with pytest.raises(StudyError) as caught:
        codebook_from(head + rows)
    for problem in caught.value.problems:
        assert problem.row("fi").keys() == problem.row("en").keys()
    return list(caught.value.problems)


def only(rows: str, head: str = HEAD) -> Problem:
    found = problems(rows, head)
    assert len(found) == 1, [problem.code for problem in found]
    return found[0]


def test_a_row_becomes_a_variable() -> None:
    found = codebook_from(
        "Name;source;ROLE;scale;reversed;min;max;missing;label_fi;label_en;question_fi;informant;"
        "stage;moment;touchpoint;channel;phase;kind;target\n"
        "q1;pulse;item;lead;kyllä;1;5,5;99|N/A;Johtaminen;Leadership;Minua johdetaan;customer+employee;"
        "use;visit;desk;face;during;behaviour;4.5"
    ).variables[0]
    assert (found.name, found.source, found.role, found.scale, found.line) == ("q1", "pulse", "item", "lead", 2)
    assert (found.reversed, found.minimum, found.maximum, found.target) == (True, 1.0, 5.5, 4.5)
    assert found.missing == ("99", "N/A")
    assert (found.label, found.question) == (Label("Johtaminen", "Leadership"), Label("Minua johdetaan", ""))
    assert found.informant == "employee+customer"
    assert (found.stage, found.moment, found.touchpoint) == ("use", "visit", "desk")
    assert (found.channel, found.phase, found.kind) == ("face", "during", "behaviour")


def test_options_become_a_mapping_and_tell_the_range() -> None:
    found = codebook_from(HEAD + "q5;p;item;;;;;;1=a|2=b|2=b2|4=c|=idk|=na;nimi;name").variables[0]
    assert found.options == {1.0: ("a",), 2.0: ("b", "b2"), 4.0: ("c",), None: ("idk", "na")}
    assert (found.minimum, found.maximum) == (1.0, 4.0)


@pytest.mark.parametrize("text", ["yes", "true", "kyllä", "1", "Kyllä ", "TRUE"])
def test_yes_in_two_languages(text: str) -> None:
    assert codebook_from(HEAD + f"q;p;item;s;{text};1;5;;;n;n").variables[0].reversed


@pytest.mark.parametrize("text", ["no", "false", "ei", "0", "", "FALSE"])
def test_no_in_two_languages(text: str) -> None:
    assert not codebook_from(HEAD + f"q;p;item;s;{text};1;5;;;n;n").variables[0].reversed


def test_empty_rows_are_skipped_and_lines_kept() -> None:
    found = codebook_from(HEAD + ";;;\nteam;p;unit")
    assert [(variable.name, variable.line) for variable in found.variables] == [("team", 3)]


OK = ";n;n"
CASES = [
    (";p;unit", "codebook.name_empty", 2, "name", "has no variable name. Write the column's name"),
    ("x;;unit", "codebook.source_empty", 2, "source", "does not say which source “x” belongs to. Write under “source”"),
    ("x;p;", "codebook.role_empty", 2, "role", "does not say what “x” is for. Write a role, such as item"),
    ("x;p;itme", "codebook.unknown_role_near", 2, "role", "“itme” is not a role. Did you mean “item”?"),
    ("x;p;zzzz", "codebook.unknown_role", 2, "role", "“zzzz” is not a role. Choose one of these: unit, period, res"),
    (f"x;p;item;s;maybe;1;5;;{OK}", "codebook.bad_flag", 2, "reversed", "“maybe” under “reversed” is neither yes nor no"),
    (f"x;p;score;s;;one;5;;{OK}", "codebook.bad_number", 2, "min", "“one” under “min” is not a number. Write a number such"),
    (f"x;p;item;s;;5;1;;{OK}", "codebook.min_not_below_max", 2, "min", "least answer of “x” (5) is not below the greatest (1)"),
    (f"x;p;item;s;;1;;;{OK}", "codebook.range_missing", 2, "max", "The item “x” has no value under “max”. Write the least"),
    (f"x;p;score;s;yes;;;;{OK}", "codebook.reversed_without_range", 2, "reversed", "“x” is declared reversed, but its range"),
    ("x;p;item;s;;1;5;;;n;", "codebook.label_missing", 2, "label_en", "“x” has no name for readers under “label_en”. Write a"),
    ("x;p;covariate;;;;;;;;n", "codebook.label_missing", 2, "label_fi", "“x” has no name for readers under “label_fi”"),
    ("x;p;item;s;;1;5;;oops;n;n", "codebook.bad_option", 2, "options", "options “oops” cannot be read. List the options parted by |"),
    ("x;p;item;s;;1;5;;1=a|b=c;n;n", "codebook.bad_option", 2, "options", "options “1=a|b=c” cannot be read"),
    ("x;p;item;s;;1;5;;1=a;n;n", "codebook.too_few_options", 2, "options", "“x” has fewer than two response options"),
    ("x;p;item;s;;1;5;;1=a|9=b;n;n", "codebook.option_out_of_range", 2, "options", "option 9 of “x” lies outside its range"),
    ("x;p;score;s;;1;5;;1=a|2=b;n;n", "codebook.options_of_no_item", 2, "options", "“x” has response options, but its role is score"),
    (f"x;p;item;s;;1;5;;{OK};boss", "codebook.bad_informant", 2, "informant", "“boss” under “informant” does not name who"),
    (f"x;p;item;s;;1;5;5|9;{OK}", "codebook.missing_in_range", 2, "missing", "code 5 means no answer, yet it is a valid answer between 1 and 5"),
    (f"x;p;item;s;;1;5;;{OK};;;7", "codebook.target_out_of_range", 2, "target", "The target 7 of “x” lies outside its range"),
    (f"x;p;covariate;;;;;;{OK};;big", "codebook.covariate_kind", 2, "kind", "“big” is not a kind of covariate. Write number or category"),
    (f"line;p;covariate;;;;;;{OK}", "codebook.reserved_name", 2, "name", "“line” is a name that the program uses itself. Rename"),
    ("x;p;unit\ny;q;unit\nx;p;text", "codebook.duplicate_variable", 4, "name", "“x” is described twice for the same source, the first time on row 2"),
    ("a;p;text\nx;p;item;s;;1;5;;1=a|2=b;n;n", "codebook.option_column_repeated", 3, "options", "“a” counts an option of “x” but is already in use for “a”"),
    ("x;p;item;s;;1;5;;1=a|2=a;n;n", "codebook.option_column_repeated", 2, "options", "“a” counts an option of “x” but is already in use for “x”"),
    ("x;p;unit\ny;p;unit", "codebook.repeated_role", 3, "role", "“p” has a second variable with the role unit: “y”, beside “x”"),
    ("x;p;score_se;s", "codebook.precision_without_score", 2, "scale", "“x” has the role score_se, but its source has no score"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "code", "line", "column", "sentence"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_wrong_row_is_explained(rows: str, code: str, line: int, column: str, sentence: str) -> None:
    problem = only(rows)
    assert (problem.code, problem.file, problem.line, problem.column) == (code, "codebook.csv", line, column)
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"


def test_all_problems_come_at_once_in_the_order_of_lines() -> None:
    found = problems("x;p;item;s;maybe;a;b;;;;\nteam;p;unit\ny;p;itme")
    assert [problem.line for problem in found] == sorted(problem.line or 0 for problem in found)
    assert {problem.code.split(".")[1] for problem in found} == {
        "bad_flag", "bad_number", "range_missing", "label_missing", "unknown_role_near",
    }  # fmt: skip


def test_missing_and_unknown_columns() -> None:
    found = problems("a;b", "name;soruce\n")
    assert [problem.code for problem in found] == ["codebook.missing_header"] * 2
    assert "The codebook has no column “source”. Add it: every codebook has the columns name, source, role." in str(
        StudyError(found)
    )
    near = only("x;p;unit;1", "name;source;role;lable_fi\n")
    assert (
        "“lable_fi” that means nothing to the program. Did you mean “label_fi”?"
        in f"{near.what('en')} {near.remedy('en')}"
    )
    far = only("x;p;unit;1", "name;source;role;comment by Anna\n")
    assert "Delete the column or give it one of the known names: name, source" in far.remedy("en")


def test_an_empty_codebook_and_repeated_columns() -> None:
    assert only(";;;").what("en") == "The codebook codebook.csv describes no variable."
    twice = only("x;p;unit;unit", "name;source;role;Role\n")
    assert twice.what("en") == "The codebook has two columns called “role”."


def test_two_eligible_counts_need_two_informants() -> None:
    both = "x;p;eligible;;;;;;;;;employee\ny;p;eligible;;;;;;;;;customer\nteam;p;unit"
    assert len(codebook_from(HEAD + both).variables) == 3


def test_from_a_file_in_any_dialect(tmp_path: Path) -> None:
    rows = [
        ["name", "source", "role", "scale", "reversed", "min", "max", "missing", "label_fi", "label_en"],
        ["tiimi", "pulssi", "unit", "", "", "", "", "", "", ""],
        ["k1", "pulssi", "item", "johtaminen", "ei", "1", "5", "99", "Lähiesihenkilö", "Supervisor"],
        ["k2", "pulssi", "item", "johtaminen", "kyllä", "1", "5", "99", "Kiire", "Hurry"],
    ]
    comma = tmp_path / "codebook.csv"
    comma.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8-sig")
    semicolon = tmp_path / "fi.csv"
    semicolon.write_bytes("\r\n".join(";".join(row) for row in rows).encode("cp1252"))
    excel = tmp_path / "codebook.xlsx"
    book = Workbook()
    for row in rows:
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])  # type: ignore[union-attr]
    book.save(excel)
    found = [load_codebook(path, path.name) for path in (comma, semicolon, excel)]
    assert found[0].variables == found[1].variables == found[2].variables
    assert found[0].variables[2].label == Label("Kiire", "Hurry")
    assert found[0].file == "codebook.csv"
    assert len({book.sha256 for book in found}) == 3


def test_the_columns_are_those_of_the_design() -> None:
    assert len(COLUMNS) == 22
    assert COLUMNS[:3] == ("name", "source", "role")
