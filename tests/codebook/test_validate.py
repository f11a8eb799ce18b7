# ruff: noqa: E501 - tables of cases hold whole sentences
from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.codebook import Responses, validate
from cxresearch.errors import DataError, Problem
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.losses import Loss
from cxresearch.readers import Missing
from tests.codebook.tables import UNIT, book, raw, spec, variable

ITEM = variable("q1")


def problems(columns: dict[str, list[Any]], *variables: Any, declared: Any = None, **more: Any) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        validate(raw(columns, **more), book(*variables), declared or spec())
    for problem in caught.value.problems:
        assert problem.what("fi") != problem.what("en")
        assert problem.remedy("fi") != problem.remedy("en")
    return list(caught.value.problems)


def only(columns: dict[str, list[Any]], *variables: Any, **more: Any) -> Problem:
    found = problems(columns, *variables, **more)
    assert len(found) == 1, [problem.what("en") for problem in found]
    return found[0]


def text(problem: Problem) -> str:
    return f"{problem.what('en')} {problem.remedy('en')}"


def loss(found: Responses, reason: str) -> Loss:
    matching = [loss for loss in found.losses if loss.reason == reason]
    assert len(matching) == 1, [loss.reason for loss in found.losses]
    return matching[0]


def sentences(found: Responses) -> list[str]:
    for language in LANGUAGES:
        written = [render(Phrase(f"losses.{loss.reason}", loss.details), language) for loss in found.losses]
    return written


def test_a_clean_file_becomes_responses() -> None:
    table = raw({"team": ["A", "b"], "id": ["7", "8"], "q1": ["1", " 5 "], "age": ["30", ""], "w": ["1.5", "2"],
                 "sex": ["f", "M"], "open": ["secret", ""]})  # fmt: skip
    codebook = book(
        UNIT, variable("id", "respondent"), ITEM, variable("age", "covariate"), variable("w", "weight"),
        variable("sex", "covariate"), variable("open", "text"),
    )  # fmt: skip
    found = validate(table, codebook, spec())
    assert list(found.frame) == ["unit", "period", "respondent", "line", "frequency", "q1", "age", "w", "sex"]
    assert found.frame["unit"].tolist() == ["a", "b"]
    assert found.unit_names == {"a": "A", "b": "b"}
    assert found.frame["line"].tolist() == [2, 3]
    assert found.frame["frequency"].tolist() == [1, 1]
    assert found.frame["q1"].tolist() == [1.0, 5.0]
    assert found.frame["age"].tolist()[0] == 30
    assert np.isnan(found.frame["age"][1])
    assert found.frame["sex"].tolist() == ["f", "M"]
    assert found.periods == ("",)
    assert found.variables == codebook.variables
    assert sentences(found) == ["Yksi avovastausten sarake jätettiin pois lukematta: open."] or loss(
        found, "text_dropped"
    )
    assert "secret" not in found.frame.to_csv()


def test_typed_cells_of_spreadsheets() -> None:
    table = raw({"team": [12.0, 12, "12"], "q1": [1, 2.0, "3,0"], "when": [datetime.datetime(2025, 3, 1), "3/2025", None]},
                decimal="")  # fmt: skip
    found = validate(table, book(UNIT, ITEM, variable("when", "timestamp")), spec(granularity="month"))
    assert found.frame["unit"].tolist() == ["12", "12"]
    assert found.frame["q1"].tolist() == [1.0, 2.0]
    assert found.periods == ("2025-03",)
    assert loss(found, "missing_period").n_rows == 1


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("3,0", ",", 3.0),
        ("3.25", ".", 3.25),
        ("+4", ".", 4.0),
        ("４", ".", 4.0),
        ("2e0", ".", 2.0),
        (" 5\u00a0", ",", 5.0),
    ],
)
def test_numbers_as_exports_write_them(cell: str, decimal: str, value: float) -> None:
    found = validate(raw({"team": ["a"], "q1": [cell]}, decimal=decimal), book(UNIT, ITEM), spec())
    assert found.frame["q1"].tolist() == [value]


def test_thousands_may_be_parted_by_blanks_and_minus_may_be_a_dash() -> None:
    table = raw({"team": ["a", "b"], "x": ["12\u00a0345,5", "\N{MINUS SIGN}3"]}, decimal=",")
    assert validate(table, book(UNIT, variable("x", "covariate")), spec()).frame["x"].tolist() == [12345.5, -3.0]


def test_missing_codes_user_missing_ranges_and_blanks_are_no_answer() -> None:
    item = variable("q1", missing=("99", "N/A", "-"))
    table = raw({"team": ["a"] * 9, "q1": ["99", 99.0, "n/a ", "-", "", None, 7, 8, 3]},
                user_missing={"q1": (Missing(7, 8),)})  # fmt: skip
    found = validate(table, book(UNIT, item), spec())
    assert found.frame["q1"].isna().tolist() == [True] * 8 + [False]
    assert loss(found, "declared_missing").details["count"] == 6
    assert "6 cells held codes" in render(
        Phrase("losses.declared_missing", loss(found, "declared_missing").details), "en"
    )


NUMBER_CASES = [
    ("N/A", "unknown_missing_code", "“q1” holds “N/A” where a number should be; it looks like a code for no answer. If so"),
    ("En osaa sanoa", "unknown_missing_code", "looks like a code for no answer"),
    ("45 %", "percent", "“q1” holds “45 %”, a number with a per cent sign. Export plain numbers"),
    ("3,5", "other_decimal", "“q1” holds “3,5”, but the decimal sign of this file is “.”. Use one decimal sign"),
    ("#DIV/0!", "spreadsheet_error", "“q1” holds the spreadsheet error #DIV/0!. Mend the formula"),
    ("Strongly agree", "words", "“q1” holds the words “Strongly agree” where a number should be. Export the codes"),
    ("5 - Strongly agree", "words", "the words “5 - Strongly agree”"),
    ("3;4", "not_a_number", "“q1” holds “3;4”, which is not a number. Correct the value"),
    ("inf", "words", "the words “inf”"),
    ("TRUE", "words", "the words “TRUE”"),
    ("6", "out_of_range", "“q1” holds 6, but its answers lie between 1 and 5. Correct the answer"),
    ("99", "missing_number", "“q1” holds 99, which its range does not allow; it looks like a code for no answer. If so"),
    ("-1", "missing_number", "holds -1, which its range does not allow"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "code", "sentence"), NUMBER_CASES, ids=[case[0] for case in NUMBER_CASES])
def test_a_cell_that_is_no_valid_answer_is_explained(cell: str, code: str, sentence: str) -> None:
    problem = only({"team": ["a", "b"], "q1": ["3", cell]}, UNIT, ITEM)
    assert (problem.code, problem.file, problem.line, problem.column) == (f"data.{code}", "survey.csv", 3, "q1")
    assert problem.value == cell
    assert sentence in text(problem)


def test_a_truth_value_is_not_the_number_one() -> None:
    for cells in ([1, True], [True, 1]):
        assert only({"team": ["a", "b"], "q1": cells}, UNIT, ITEM).code == "data.words"


def test_more_than_twenty_rows_of_a_kind_are_one_problem() -> None:
    cells = ["6"] * 15 + ["7"] * 10 + ["3"]
    problem = only({"team": ["a"] * 26, "q1": cells}, UNIT, ITEM)
    assert problem.what("en") == (
        "“q1” holds 6 | 7 on 25 rows, but its answers lie between 1 and 5 (rows 2, 3, 4, 5, 6, …)."
    )
    assert problem.what("fi") == (
        "Sarakkeessa ”q1” on 25 rivillä 6 | 7, mutta vastausten vaihteluväli on 1–5 (rivit 2, 3, 4, 5, 6, …)."
    )
    assert len(problems({"team": ["a"] * 20, "q1": ["6"] * 20}, UNIT, ITEM)) == 20


def test_labels_instead_of_codes_are_listed() -> None:
    cells = ["Agree", "Strongly agree", "Disagree"] * 8
    problem = only({"team": ["a"] * 24, "q1": cells}, UNIT, ITEM)
    assert problem.what("en") == (
        "“q1” holds words instead of numbers on 24 rows: Agree | Disagree | Strongly agree (rows 2, 3, 4, 5, 6, …)."
    )


ROLE_CASES = [
    ("weight", {}, "0", "weight_not_positive", "The weight “x” is 0; a weight is greater than 0."),
    ("weight", {}, "", "weight_missing", "The weight “x” is missing on row 3."),
    ("score_n", {"scale": "s"}, "2.5", "not_a_count", "“x” holds 2.5, but people are counted in whole numbers from 0."),
    ("eligible", {}, "-3", "not_a_count", "“x” holds -3, but people are counted"),
    ("score_se", {"scale": "s"}, "-0.1", "standard_error_negative", "The standard error “x” is -0.1; it cannot be below 0."),
    ("response_rate", {}, "45", "rate_in_percent", "The response rate “x” is 45, which looks like per cent. Write 100 under “max”"),
    ("response_rate", {"maximum": 100.0}, "145", "not_a_rate", "The response rate “x” is 145, which no share can be."),
    ("covariate", {"minimum": 0.0}, "-5", "below_minimum", "“x” holds -5, but its least value is 0."),
    ("covariate", {"maximum": 10.0}, "50", "above_maximum", "“x” holds 50, but its greatest value is 10."),
    ("covariate", {"kind": "number"}, "tall", "words", "“x” holds the words “tall”"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "more", "cell", "code", "sentence"), ROLE_CASES, ids=[f"{c[0]}-{c[3]}" for c in ROLE_CASES]
)
def test_each_role_has_its_numbers(role: str, more: dict[str, Any], cell: str, code: str, sentence: str) -> None:
    score = variable("s1", "score", scale="s")
    problem = only({"team": ["a", "b"], "s1": ["1", "2"], "x": ["1", cell]}, UNIT, score, variable("x", role, **more))
    assert problem.code == f"data.{code}"
    assert problem.line == 3
    assert sentence in text(problem)


def test_rates_in_per_cent_become_shares() -> None:
    table = raw({"team": ["a", "b"], "s": ["1", "2"], "rr": ["40", "100"]})
    codebook = book(UNIT, variable("s", "score"), variable("rr", "response_rate", maximum=100.0))
    assert validate(table, codebook, spec(grain="unit_scores")).frame["rr"].tolist() == [0.4, 1.0]


def test_a_number_in_few_cells_makes_a_category_and_in_most_a_number() -> None:
    few = validate(
        raw({"team": list("abc"), "x": ["1", "old", " OLD"]}), book(UNIT, variable("x", "covariate")), spec()
    )
    assert few.frame["x"].tolist() == ["1", " OLD".strip(), "OLD"]
    assert only({"team": list("abc"), "x": ["1", "2", "old"]}, UNIT, variable("x", "covariate")).code == "data.words"
    forced = book(UNIT, variable("x", "covariate", kind="category"))
    assert validate(raw({"team": list("abc"), "x": ["1", "2", ""]}), forced, spec()).frame["x"].isna().tolist() == [
        False, False, True,
    ]  # fmt: skip


def test_value_labels_name_categories() -> None:
    table = raw({"team": ["a", "b"], "x": [1.0, 2.0]}, value_labels={"x": {1.0: "Office", 2.0: "Remote"}})
    assert validate(table, book(UNIT, variable("x", "covariate")), spec()).frame["x"].tolist() == ["Office", "Remote"]


def test_columns_are_found_but_for_blanks_and_misspelt_ones_get_a_hint() -> None:
    found = validate(raw({"team": ["a"], "q1  ": ["3"], "extra": ["x"]}), book(UNIT, ITEM), spec())
    assert found.frame["q1"].tolist() == [3.0]
    assert render(Phrase("losses.columns_unused", loss(found, "columns_unused").details), "en") == (
        "The column “extra” is not in the codebook and was not used."
    )
    near = only({"team": ["a"], "Q_1": ["3"]}, UNIT, ITEM)
    assert text(near) == (
        "The file has no column “q1”, which the codebook describes. Did you mean “Q_1”? Correct the name in the codebook."
    )
    far = only({"team": ["a"], "zzz": ["3"]}, UNIT, ITEM)
    assert "Columns that the codebook does not use: zzz" in far.remedy("en")


def test_ignored_and_free_text_columns_need_not_exist() -> None:
    codebook = book(UNIT, ITEM, variable("gone", "ignore"), variable("open", "text"))
    assert validate(raw({"team": ["a"], "q1": ["3"]}), codebook, spec()).frame["q1"].tolist() == [3.0]


STRUCTURE_CASES = [
    ({"source": "surveys"}, (UNIT, ITEM), "codebook.no_source_near", "does not describe the source “surveys”. The codebook has “survey”"),
    ({"source": "zzz"}, (UNIT, ITEM), "codebook.no_source", "Sources in the codebook: survey."),
    ({}, (ITEM,), "codebook.no_unit", "The source “survey” has no variable with the role unit."),
    ({}, (UNIT,), "codebook.nothing_to_analyse", "has nothing to analyse: no item, score or covariate."),
    ({"grain": "unit_scores"}, (UNIT, ITEM), "codebook.item_in_unit_scores", "“q1” is an item, but the rows of “survey” are scores"),
    ({"grain": "counts"}, (UNIT, ITEM), "codebook.options_missing", "“q1” has no response options, but the rows of “survey” are counts"),
    ({}, (UNIT, variable("q1", options={1.0: ("team",), 5.0: ("q1",)})), "codebook.options_unexpected", "“q1” has response options, but the rows of “survey” are single respondents."),
    ({"granularity": "year"}, (UNIT, ITEM), "data.no_period", "The study follows periods, but the source “survey” does not tell them."),
    ({"granularity": "year", "period": "spring"}, (UNIT, ITEM), "data.fixed_period_unreadable", "The period “spring” in study.yml is not a time. Write it like 2025"),
    ({"granularity": "month", "period": "2025"}, (UNIT, ITEM), "data.fixed_period_too_coarse", "is coarser than the periods of the study. Write it like 2025-03"),
    ({"granularity": "month", "period": "3/4/2025"}, (UNIT, ITEM), "data.fixed_period_ambiguous", "can be read in two ways, day or month first."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "variables", "code", "sentence"), STRUCTURE_CASES, ids=[c[2] for c in STRUCTURE_CASES]
)
def test_a_source_that_does_not_fit_its_codebook(declared: Any, variables: Any, code: str, sentence: str) -> None:
    columns = {"team": ["a"], "q1": ["3"]}
    problem = only(columns, *variables, declared=spec(**declared))
    assert problem.code == code
    assert sentence in text(problem)


def test_a_period_told_twice() -> None:
    problem = only(
        {"team": ["a"], "q1": ["3"], "when": ["2025"]}, UNIT, ITEM, variable("when", "period"),
        declared=spec(granularity="year", period="2025"),
    )  # fmt: skip
    assert "study.yml says “2025” for every row, and the codebook gives the role period to “when”." in text(problem)


@pytest.mark.parametrize(
    ("cell", "granularity", "sentence"),
    [
        ("soon", "month", "“soon” under “when” is not a time. Correct the values, for example 2025-03;"),
        ("3/4/2025", "month", "“3/4/2025” under “when” can be read in two ways, day or month first"),
        ("2024", "quarter", "“2024” under “when” is coarser than the periods of the study. Give times like 2025-Q1"),
    ],
)
def test_a_period_that_cannot_be_read(cell: str, granularity: Any, sentence: str) -> None:
    problem = only(
        {"team": ["a", "b"], "q1": ["3", "4"], "when": ["2025-01-01", cell]}, UNIT, ITEM, variable("when", "period"),
        declared=spec(granularity=granularity),
    )  # fmt: skip
    assert problem.line == 3
    assert sentence in text(problem)


def test_without_rows_there_is_nothing_to_validate() -> None:
    assert only({"team": [], "q1": []}, UNIT, ITEM).what("en") == "The file survey.csv has column names but no rows."
    assert only({"team": ["", None], "q1": ["3", "4"]}, UNIT, ITEM).what("en") == (
        "No row of survey.csv names a unit and a period."
    )


def test_nobody_answered() -> None:
    problem = only({"team": ["a", "b"], "q1": ["", ""], "q2": ["1", "2"]}, UNIT, ITEM, variable("q2"))
    assert problem.what("en") == "Nobody has answered “q1”: every cell is empty or a code for no answer."


def test_what_is_left_out_is_counted() -> None:
    table = raw(
        {
            "team": ["a", "A ", "", "", "x", "b"],
            "q1": ["3", "3", "", "3", "3", ""],
            "when": ["2025"] * 2 + [""] * 3 + ["2025"],
        }
    )
    codebook = book(UNIT, ITEM, variable("when", "period"))
    found = validate(table, codebook, spec(granularity="year"))
    assert found.frame["unit"].tolist() == ["a", "a", "b"]
    assert {loss.reason: loss.n_rows for loss in found.losses if loss.n_rows} == {
        "blank_rows": 1, "missing_unit": 1, "missing_period": 1,
    }  # fmt: skip
    assert loss(found, "spellings_merged").details == {"count": 1, "spellings": 2}
    assert loss(found, "constant_item").details == {"name": "q1", "value": "3", "count": 2}
    assert sentences(found)


def test_aliases_are_noted() -> None:
    found = validate(
        raw({"team": ["HKI", "Helsinki"], "q1": ["3", "4"]}), book(UNIT, ITEM), spec(aliases={"hki": "Helsinki"})
    )
    assert found.frame["unit"].tolist() == ["helsinki"] * 2
    assert loss(found, "aliases_applied").details == {"count": 1}


PEOPLE = (UNIT, variable("id", "respondent"), ITEM)


def test_a_respondent_with_several_rows() -> None:
    columns = {"team": ["a", "a", "b", "b"], "id": ["1", "2", "2", ""], "q1": ["1", "2", "3", "4"]}
    across = only(columns, *PEOPLE)
    assert across.what("en") == "Respondent “2” has rows in several units in one period: rows 3, 4."
    assert "numbering starts anew in every unit" in across.remedy("en")
    within = only(columns | {"team": ["a"] * 4}, *PEOPLE)
    assert within.what("en") == "Respondent “2” has several rows in one period: rows 3, 4."
    first = validate(raw(columns), book(*PEOPLE), spec(duplicates="keep_first"))
    assert first.frame["line"].tolist() == [2, 3, 5]
    assert loss(first, "duplicates_keep_first").n_rows == 1
    last = validate(raw(columns), book(*PEOPLE), spec(duplicates="keep_last"))
    assert last.frame["line"].tolist() == [2, 4, 5]
    assert sentences(first)
    assert sentences(last)


def test_a_respondent_may_answer_in_every_period() -> None:
    columns = {"team": ["a", "a"], "id": ["1", "1"], "q1": ["1", "2"], "when": ["2024", "2025"]}
    found = validate(raw(columns), book(*PEOPLE, variable("when", "period")), spec(granularity="year"))
    assert found.periods == ("2024", "2025")


def test_a_monthly_pulse_repeats_nobody_in_a_study_by_quarter() -> None:
    columns = {
        "team": ["a"] * 3,
        "id": ["1", "1", "1"],
        "q1": ["1", "2", "3"],
        "when": ["2025-01", "2025-02", "2025-02"],
    }
    people = (*PEOPLE, variable("when", "period"))
    problem = only(columns, *people, declared=spec(granularity="quarter"))
    assert problem.what("en") == "Respondent “1” has several rows in one period: rows 3, 4."
    found = validate(raw(columns), book(*people), spec(granularity="quarter", duplicates="keep_last"))
    assert found.frame["line"].tolist() == [2, 4]


def test_many_repeated_respondents_are_one_problem() -> None:
    ids = [str(number) for number in range(30)] * 2
    problem = only({"team": ["a"] * 60, "id": ids, "q1": ["1", "2"] * 30}, *PEOPLE)
    assert problem.what("en") == (
        "30 respondents have several rows in one period, “0” for one; rows to look at: 32, 33, 34, 35, 36, …."
    )


def test_faults_in_rows_that_the_policy_drops_do_not_count() -> None:
    columns = {"team": ["a", "a"], "id": ["1", "1"], "q1": ["1", "9"]}
    assert len(validate(raw(columns), book(*PEOPLE), spec(duplicates="keep_first")).frame) == 1


COUNTS = variable("q5", options={1.0: ("q5_no",), 5.0: ("q5_yes", "q5_very"), None: ("q5_idk",)})


def test_option_counts_become_columns() -> None:
    table = raw({"team": list("abcd"), "q5_no": ["1", "0", "", "2"], "q5_yes": ["2", "3", "", ""], "q5_very": ["1", "0", "", "4"],
                 "q5_idk": ["0", "1", "", "0"]})  # fmt: skip
    found = validate(table, book(UNIT, COUNTS), spec(grain="counts"))
    assert list(found.frame)[5:] == ["q5=1", "q5=5", "q5="]
    assert found.frame["q5=5"].tolist()[:2] == [3.0, 3.0]
    assert len(found.frame) == 4
    assert found.frame.loc[2, ["q5=1", "q5=5", "q5="]].isna().all()
    assert found.frame["q5=5"][3] == 4.0
    assert loss(found, "blank_counts").details == {"name": "q5", "count": 1}
    assert sentences(found)


def test_counts_are_whole_and_units_occur_once() -> None:
    table = {
        "team": ["a", "A"],
        "q5_no": ["1", "0.5"],
        "q5_yes": ["2", "-3"],
        "q5_very": ["1", "0"],
        "q5_idk": ["0", "1"],
    }
    found = problems(table, UNIT, COUNTS, declared=spec(grain="counts"))
    assert [problem.code for problem in found] == ["data.not_a_count", "data.not_a_count", "data.duplicate_unit"]
    assert found[2].what("en") == "Unit “A” has several rows in one period: rows 2, 3."


def test_an_item_that_nobody_counted() -> None:
    table = {"team": ["a"], "q5_no": ["0"], "q5_yes": ["0"], "q5_very": ["0"], "q5_idk": ["7"]}
    assert only(table, UNIT, COUNTS, declared=spec(grain="counts")).code == "data.no_answers"
    chosen = validate(raw(table | {"q5_no": ["4"]}), book(UNIT, COUNTS), spec(grain="counts"))
    assert loss(chosen, "constant_item").details == {"name": "q5", "value": "1", "count": 4}


def test_all_problems_come_at_once() -> None:
    found = problems(
        {"team": ["a", "b"], "q1": ["9", "x,"], "when": ["never", "2025"]},
        UNIT, ITEM, variable("q2"), variable("when", "period"), declared=spec(granularity="year"),
    )  # fmt: skip
    assert {problem.code for problem in found} == {
        "data.missing_column_near", "data.out_of_range", "data.not_a_number", "data.period_unreadable",
    } or {problem.code for problem in found} == {
        "data.missing_column", "data.out_of_range", "data.not_a_number", "data.period_unreadable",
    }  # fmt: skip


CELLS = st.sampled_from(["1", "2", "5", "9", "N/A", "", "x", None, 3.0])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["a", "A", "b ", ""]), CELLS, st.sampled_from(["2024", "2025", "", "?"])), min_size=1
    ),
    seed=st.integers(0, 2**16),
)
def test_the_order_of_rows_makes_no_difference(rows: list[tuple[str, Any, str]], seed: int) -> None:
    codebook = book(UNIT, ITEM, variable("when", "period"))
    order = np.random.default_rng(seed).permutation(len(rows))
    lines = np.arange(2, len(rows) + 2, dtype=np.int64)

    def outcome(places: np.ndarray) -> Any:
        columns = {name: [rows[place][at] for place in places] for at, name in enumerate(("team", "q1", "when"))}
        try:
            return validate(raw(columns, lines=lines[places]), codebook, spec(granularity="year"))
        except DataError as error:
            return [(problem.row("en"), problem.line) for problem in error.problems]

    straight, shuffled = outcome(np.arange(len(rows))), outcome(order)
    if isinstance(straight, Responses):
        pd.testing.assert_frame_equal(straight.frame, shuffled.frame)
        assert straight.losses == shuffled.losses
        assert straight.unit_names == shuffled.unit_names
    else:
        assert straight == shuffled


def test_the_raw_table_is_left_alone() -> None:
    table = raw({"team": ["a"], "q1": ["3"]})
    before = table.frame.copy(deep=True)
    validate(table, book(UNIT, ITEM), spec())
    pd.testing.assert_frame_equal(table.frame, before)
