from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pytest

from cxresearch.errors import CxError, StudyError
from cxresearch.study import Study, json_schema, load_study
from tests.study.conftest import Make, codes


def test_a_study_knows_its_lines_and_its_fingerprint(study: Study) -> None:
    content = (study.folder / "study.yml").read_bytes()
    assert study.sha256 == hashlib.sha256(content).hexdigest()
    assert study.lines["study"] == 1
    assert study.lines["hypotheses.h1.covariates"] == 32
    assert study.line("hypotheses.h1.periods") == study.lines["hypotheses.h1"]
    assert study.line("nowhere") is None
    assert study.source_file("staff") == study.folder / "raw" / "staff.csv"
    assert len(study.codebook.variables) == 7


def test_numbers_and_dates_that_stand_for_texts_are_texts(make: Make) -> None:
    folder = make(
        ("period: none", "period: as_is\ndate: 2026-11-21\nauthors: [Ada, 007]"),
        ("path: raw/staff.csv", "path: raw/staff.csv\n    period: 2016"),
        ("path: raw/guests.csv", "path: raw/guests.csv\n    period: 2016-01-31"),
        ("covariates: [tenure]", "covariates: [tenure]\n    periods: [2016, 2017-01]"),
    )
    spec = load_study(folder).spec
    assert spec.date == datetime.date(2026, 11, 21)
    assert spec.authors == ("Ada", "007")
    assert spec.sources["staff"].period == "2016"
    assert spec.sources["guests"].period == "2016-01-31"
    assert spec.hypotheses["h1"].periods == ("2016", "2017-01")


def test_whole_numbers_serve_as_numbers_and_quoted_dates_as_dates(make: Make) -> None:
    folder = make(
        ("period: none", 'period: none\ndate: "2026-11-21"'),
        ("scale: lead", "scale: lead\n    target: 4\n    min_share: 1"),
    )
    spec = load_study(folder).spec
    assert spec.date == datetime.date(2026, 11, 21)
    assert spec.measures["leadership"].target == 4.0
    assert spec.measures["leadership"].min_share == 1.0


def test_an_empty_section_with_defaults_is_as_if_absent(make: Make) -> None:
    folder = make(("period: none", "period: none\ncriteria:\n  # min_units: 30\nsubtitle:"))
    spec = load_study(folder).spec
    assert spec.criteria.min_units == 20
    assert spec.subtitle is None


def test_no_is_norway(make: Make) -> None:
    folder = make(
        ("period: none", "period: as_is\nauthors: [no]"),
        ("path: raw/staff.csv", "path: raw/staff.csv\n    period: no"),
    )
    spec = load_study(folder).spec
    assert spec.authors == ("no",)
    assert spec.sources["staff"].period == "no"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"The study folder .*nowhere does not exist\. .* cxresearch new"):
        load_study(tmp_path / "nowhere")


def test_missing_codebook_is_told_with_the_rest(make: Make) -> None:
    folder = make(("study: branches", "study: My branches"), ("period: none", "period: none\ncodebook: book.csv"))
    with pytest.raises(StudyError) as raised:
        load_study(folder)
    assert "bad_study_name" in codes(raised.value.problems)
    assert any(problem.file == "book.csv" for problem in raised.value.problems)


def test_the_codebook_stays_inside_the_folder(make: Make) -> None:
    with pytest.raises(CxError) as raised:
        load_study(make(("period: none", "period: none\ncodebook: ../../etc/passwd")))
    (problem,) = raised.value.problems
    assert problem.line == 5
    assert problem.what("en") == "The path “../../etc/passwd” leads out of the study folder."
    assert problem.what("fi") == "Polku ”../../etc/passwd” johtaa ulos tutkimuskansiosta."


def test_a_column_of_remarks_is_left_alone(make: Make) -> None:
    folder = make()
    lines = (folder / "codebook.csv").read_text(encoding="utf-8").splitlines()
    remarked = [lines[0] + ";Note", *(f"{line};check" for line in lines[1:])]
    (folder / "codebook.csv").write_text("\n".join(remarked), encoding="utf-8")
    assert len(load_study(folder).codebook.variables) == 7


def test_reading_options_reach_the_reader(make: Make) -> None:
    folder = make(
        ("path: raw/staff.csv", "path: raw/staff.csv\n    read: { delimiter: ';', sheet: 2016, header_row: 3 }")
    )
    options = load_study(folder).spec.sources["staff"].read.options()
    assert (options.delimiter, options.sheet, options.header_row, options.url) == (";", "2016", 3, None)


def test_schema_describes_every_key() -> None:
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        for name, field in part["properties"].items():
            assert field.get("description"), f"{part['title']}.{name} has no description"
    assert schema["required"] == ["study", "title", "unit", "sources", "measures", "hypotheses"]
    assert all(part["additionalProperties"] is False for part in parts)
