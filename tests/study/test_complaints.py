from __future__ import annotations

from pathlib import Path

import pytest

from cxresearch.errors import Problem, StudyError
from cxresearch.study import load_study
from cxresearch.study.complaints import without_secrets
from tests.study.conftest import Make, codes


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(StudyError) as raised:
        load_study(folder)
    return raised.value.problems


CASES = [
    (("unit: {", "units: {"), "unknown_key_near", "units", 3, "The key units is not known. Did you mean unit?"),
    (
        ("period: none", "period: none\nxyzzy: 1"),
        "unknown_key",
        "xyzzy",
        5,
        "The key xyzzy is not known. Remove it or use one of these: study, title, subtitle, authors, ",
    ),
    (
        ("    grain: respondents\n", ""),
        "missing_key",
        "sources.staff.grain",
        6,
        "The key sources.staff.grain is missing or empty.",
    ),
    (
        ("    side: employee", "    side:"),
        "missing_key",
        "sources.staff.side",
        7,
        "The key sources.staff.side is missing or empty.",
    ),
    (
        ('title: { fi: "Konttorit", en: "Branches" }', 'title: { fi: "Konttorit" }'),
        "missing_language",
        "title.en",
        2,
        "The text title.en is missing in English (en). Give every text in both languages, fi and en.",
    ),
    (
        ('title: { fi: "Konttorit", en: "Branches" }', "title: Branches"),
        "wrong_type",
        "title",
        2,
        "The value of title should be a section of keys, indented below it.",
    ),
    (
        ("period: none", "period: week"),
        "not_allowed",
        "period",
        4,
        "“week” is not a possible value of period. Choose one of these: none, as_is, year, quarter, month.",
    ),
    (
        ("period: none", 'period: none\nseed: "1"'),
        "wrong_type",
        "seed",
        5,
        "The value of seed should be a whole number.",
    ),
    (("period: none", "period: none\nseed: true"), "wrong_type", "seed", 5, "should be a whole number"),
    (("period: none", "period: none\nseed: 1.5"), "wrong_type", "seed", 5, "should be a whole number"),
    (("period: none", "period: none\nseed: -1"), "less_than_bound", "seed", 5, "is too small. Give at least 0."),
    (
        ("period: none", "period: none\nseed: 4294967296"),
        "not_less_than_bound",
        "seed",
        5,
        "is too large. Give less than 4294967296.",
    ),
    (
        ("period: none", "period: none\ncriteria: { min_alpha: 0,5 }"),
        "unknown_key",
        "criteria.5",
        5,
        "The key criteria.5 is not known.",
    ),
    (
        ("period: none", 'period: none\ncriteria: { min_alpha: "0,5" }'),
        "wrong_type",
        "criteria.min_alpha",
        5,
        "should be a number (decimal point, no quotes).",
    ),
    (
        ("period: none", "period: none\ncriteria:\n  min_alpha: yes"),
        "wrong_type",
        "criteria.min_alpha",
        6,
        "should be a number",
    ),
    (
        ("period: none", "period: none\ncriteria:\n  min_alpha: .nan"),
        "wrong_type",
        "criteria.min_alpha",
        6,
        "should be a number",
    ),
    (
        ("period: none", "period: none\ncriteria:\n  min_alpha: 1.2"),
        "more_than_bound",
        "criteria.min_alpha",
        6,
        "is too large. Give at most 1.",
    ),
    (
        ("period: none", "period: none\ncriteria:\n  level: 95"),
        "not_less_than_bound",
        "criteria.level",
        6,
        "is too large. Give less than 1.",
    ),
    (
        ("period: none", "period: none\ncriteria:\n  smallest_effect: 0"),
        "not_more_than_bound",
        "criteria.smallest_effect",
        6,
        "is too small. Give more than 0.",
    ),
    (("period: none", "period: none\ndate: 21.11.2026"), "wrong_type", "date", 5, "a date such as 2026-11-21"),
    (("period: none", "period: none\nauthors: Ada"), "wrong_type", "authors", 5, "a list such as [first, second]"),
    (
        ("period: none", "period: none\nprivacy:\n  free_text: yes"),
        "wrong_type",
        "privacy.free_text",
        6,
        "should be true or false",
    ),
    (
        ("  nps:\n", "  Own NPS:\n"),
        "bad_identifier",
        "measures.Own NPS",
        20,
        "“Own NPS” cannot be an id. Begin with a small letter a–z",
    ),
    (
        ("study: branches", "study: My branches"),
        "bad_study_name",
        "study",
        1,
        "“My branches” cannot be the name of a study.",
    ),
    (('fi: "Konttorit"', 'fi: " "'), "empty_text", "title.fi", 2, "The text title.fi is empty."),
]


@pytest.mark.parametrize(("change", "code", "column", "line", "sentence"), CASES)
def test_each_message(make: Make, change: tuple[str, str], code: str, column: str, line: int, sentence: str) -> None:
    problems = problems_of(make(change))
    found = {problem.column: problem for problem in problems}
    assert column in found, codes(problems)
    problem = found[column]
    assert problem.code == f"study.{code}"
    assert (problem.file, problem.line) == ("study.yml", line)
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"
    assert problem.what("fi") != problem.what("en")
    assert problem.remedy("fi") != problem.remedy("en")


def test_the_finnish_sentences_read_as_sentences(make: Make) -> None:
    folder = make(
        ('title: { fi: "Konttorit", en: "Branches" }', 'title: { en: "Branches" }'),
        ("period: none", "period: week\nseed: 1.5\nunits: 3"),
    )
    told = {problem.column: f"{problem.what('fi')} {problem.remedy('fi')}" for problem in problems_of(folder)}
    assert told == {
        "title.fi": "Teksti title.fi puuttuu: sitä ei ole annettu suomeksi (fi). Anna jokainen teksti molemmilla"
        " kielillä (fi ja en).",
        "period": "”week” ei ole avaimen period mahdollinen arvo. Valitse jokin näistä: none, as_is, year, quarter,"
        " month.",
        "seed": "Avaimen seed arvo on väärää tyyppiä; odotettiin: kokonaisluku. Korjaa arvo. Siihen kuuluu"
        " kokonaisluku.",
        "units": "Avainta units ei tunneta. Tarkoititko: unit?",
    }


def test_all_problems_of_both_files_come_at_once_in_the_order_of_the_file(make: Make) -> None:
    folder = make(
        ("study: branches", "study: My branches"),
        ("period: none", "period: week\nperiod: none"),
        ("metric: nps", "metric: NPS"),
        codebook=[(";item;lead;1;5;;Kuuntelu", ";itemm;lead;1;5;;Kuuntelu")],
    )
    problems = problems_of(folder)
    assert codes(problems)[:4] == ["duplicate_key", "bad_study_name", "not_allowed", "not_allowed"]
    assert {problem.file for problem in problems} == {"study.yml", "codebook.csv"}


def test_empty_sections(make: Make) -> None:
    folder = make()
    text = (folder / "study.yml").read_text(encoding="utf-8")
    (folder / "study.yml").write_text(text[: text.index("hypotheses:")] + "hypotheses: {}\n", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.what("en") == "The section hypotheses is empty."


def test_the_value_is_shown_as_it_was_written(make: Make) -> None:
    (problem,) = problems_of(make(("period: none", "period: none\nseed: 0x_F.5")))
    assert problem.value == "0x_F.5"


@pytest.mark.parametrize(
    "reading",
    [
        "read: { format: database, url: 'postgresql://ada:hunter2@host/db' }",
        "read: { url: ['postgresql://ada:hunter2@host/db'] }",
        "read: 'postgresql://ada:hunter2@host/db'",
        "url: 'postgresql://ada:hunter2@host/db'",
        "read: { urll: 'postgresql://ada:hunter2@host/db' }",
        "read: { format: 'postgresql://ada:hunter2@host/db' }",
        "read: { format: 'mysql://host/db?password=hunter2' }",
        "read: { url: 'postgresql://ada:hunter2@host/db'",
    ],
)
def test_a_password_is_never_shown(make: Make, reading: str) -> None:
    folder = make(("    path: raw/staff.csv\n", f"    path: raw/staff.csv\n    {reading}\n"))
    with pytest.raises(StudyError) as raised:
        load_study(folder)
    shown = [str(problem.row(language)) for problem in raised.value.problems for language in ("fi", "en")]
    assert not any("hunter2" in text for text in [*shown, str(raised.value), repr(raised.value)])
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:p@ss/w:rd@host/db", "postgresql://ada:…@host/db"),
        ("mysql://host/db?user=a&password=b&x=1", "mysql://host/db?user=a&password=…&x=1"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("raw/staff.csv", "raw/staff.csv"),
    ],
)
def test_without_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
