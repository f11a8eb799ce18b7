"""What groups a study has, what of them is kept, and that no file tells of a few people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cxresearch.errors import CxError, ParameterError, StudyError
from cxresearch.statistic import Estimate
from cxresearch.study import check_study, load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.groups.kept import load_group, load_groups
from cxresearch.workflow.groups.listed import GroupEntry
from cxresearch.workflow.groups.prepare import prepare_groups
from cxresearch.workflow.groups.slugs import slugs
from tests.workflow.groups.test_group_numbers import WARD, prepared
from tests.workflow.tiny_study import Tiny, guests, people, team, tiny

SMALL = "Pikkutiimi"


def with_groups(made: Tiny, groups: str = WARD) -> Tiny:
    made.replace("hypotheses:", f"{groups}hypotheses:")
    return made


def with_a_small_unit() -> Tiny:
    made, rng = with_groups(tiny(8), WARD.replace("(\\d)$", "(\\d|imi$)")), np.random.default_rng(3)
    made.staff += people(SMALL, 3, 3.0, rng, "small")
    made.guests += guests(SMALL, (2, 2), 3.0, rng)
    return made


def test_a_small_unit_gets_no_report_and_is_named_in_none(tmp_path: Path) -> None:
    listed, out = prepared(with_a_small_unit(), tmp_path, "unit")
    assert [entry for entry in listed.groups if not entry.released] == [GroupEntry(id="", name="", released=False)]
    for path in out.rglob("*.json"):
        assert SMALL.lower() not in path.read_text(encoding="utf-8").lower(), path
    for entry in listed.released:
        text = (out / "groups" / "unit" / f"{entry.id}.json").read_text(encoding="utf-8")
        assert SMALL not in text
        for result in load_group(out, "unit", entry.name).results.values():
            assert not isinstance(result, Estimate) or result.n_respondents is None or result.n_respondents >= 5
    assert SMALL.lower() not in (tmp_path / "batch" / "released.json").read_text(encoding="utf-8").lower()
    with pytest.raises(ParameterError) as told:
        load_group(out, "unit", SMALL)
    assert "groups.unknown_group" in told.value.problems[0].code
    assert SMALL not in told.value.text("en").replace(f"“{SMALL}”", "")


def test_the_main_report_hides_what_the_groups_hide(tmp_path: Path) -> None:
    listed, _ = prepared(with_a_small_unit(), tmp_path, "unit")
    study = load_study(tmp_path / "study")
    linked = set(analyse(study, provenance(study, 1)).linked["unit"])
    told = {entry.name for entry in listed.released if "csat" in entry.headline}
    assert SMALL not in told
    assert linked <= told


def test_a_second_wave_adds_to_the_record_and_the_same_data_do_not(tmp_path: Path) -> None:
    made = with_groups(tiny(8))
    later = made.guests
    made.guests = [row for row in later if row["month"] == "2025-01"]
    prepared(made, tmp_path, "unit")
    first = json.loads((tmp_path / "batch" / "released.json").read_text(encoding="utf-8"))
    listed, _ = prepared(made, tmp_path, "ward")
    again = json.loads((tmp_path / "batch" / "released.json").read_text(encoding="utf-8"))
    assert again == first
    assert listed.released
    made.guests = [row for row in later if row["month"] == "2025-01" or row["team"] != team(2)]
    made.guests += guests(team(2), (0, 2), 3.0, np.random.default_rng(1))
    second, _ = prepared(made, tmp_path, "unit")
    entries = json.loads((tmp_path / "batch" / "released.json").read_text(encoding="utf-8"))["releases"]
    assert len(entries) == 2
    few = next(entry for entry in second.groups if entry.name == team(2))
    assert "csat" not in few.headline


def test_a_record_that_cannot_be_read_stops_the_batch(tmp_path: Path) -> None:
    (tmp_path / "batch").mkdir()
    (tmp_path / "batch" / "released.json").write_text("{", encoding="utf-8")
    with pytest.raises(CxError, match="released.json"):
        prepared(tiny(6), tmp_path, "unit")


def test_groups_are_the_same_twice(tmp_path: Path) -> None:
    made = with_groups(tiny(6))
    one, out = prepared(made, tmp_path, "ward")
    study = load_study(tmp_path / "study")
    other = prepare_groups(study, "ward", provenance(study, 1), out)
    assert one == other == load_groups(out, "ward")


COVARIATE = "groups:\n  ward: { label: { fi: piiri, en: ward }, covariate: area }\n"
BAD = {
    "unknown_covariate": ("{ label: { fi: a, en: a }, covariate: arae }", "no covariate"),
    "no_rule": ("{ label: { fi: a, en: a } }", "does not say"),
    "two_rules": ("{ label: { fi: a, en: a }, covariate: x, pattern: '(a)' }", "both"),
    "bad_pattern": ("{ label: { fi: a, en: a }, pattern: '(a' }", "not a regular expression"),
    "pattern_without_group": ("{ label: { fi: a, en: a }, pattern: 'a' }", "no parentheses"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_grouping_that_cannot_be_formed_is_told(tmp_path: Path, name: str) -> None:
    spec, sentence = BAD[name]
    made = with_groups(tiny(4), f"groups:\n  ward: {spec}\n")
    (problem,) = check_study(load_study(made.write(tmp_path)))
    assert problem.code == f"groups.{name}"
    assert sentence in problem.what("en")
    assert problem.line and problem.remedy("fi")


def test_a_reserved_name_is_told(tmp_path: Path) -> None:
    made = with_groups(tiny(4), WARD.replace("ward", "unit", 1))
    assert [problem.code for problem in check_study(load_study(made.write(tmp_path)))] == ["groups.reserved_name"]


@pytest.mark.parametrize(("values", "code"), [("ab", "of_people"), ("", "no_groups")])
def test_a_covariate_that_forms_no_groups_of_units_is_told(tmp_path: Path, values: str, code: str) -> None:
    made = with_groups(tiny(6), COVARIATE)
    made.codebook += "area,guests,covariate,,,,,,Alue,Area\n"
    for place, row in enumerate(made.guests):
        row["area"] = values[place % 2] if values else ""
    with pytest.raises(CxError) as told:
        prepared(made, tmp_path, "unit")
    assert told.value.problems[0].code == f"groups.{code}"


def test_units_without_a_group_are_told(tmp_path: Path) -> None:
    listed, out = prepared(with_groups(tiny(8), WARD.replace("(\\d)$", "([1-6])$")), tmp_path, "ward")
    (loss,) = [loss for loss in load_group(out, "ward", "").withheld if loss.reason == "groups.without_group"]
    assert loss.n_units == 2
    assert [entry.name for entry in listed.groups] == list("123456")


@pytest.mark.parametrize("by", ["wrad", "ward"])
def test_an_unknown_kind_of_group_is_told(tmp_path: Path, by: str) -> None:
    with pytest.raises(ParameterError, match="unit, period|ward"):
        prepared(with_groups(tiny(4)) if by == "wrad" else tiny(4), tmp_path, by)


def test_ids_are_safe_and_different() -> None:
    found = slugs(
        {"a": "Määrä- ja kustannus", "b": "Maara ja kustannus", "c": "CON", "d": "漢字", "e": "x" * 99, "f": "Oulu"}
    )
    assert found["f"] == "oulu"
    assert len(set(found.values())) == 6
    assert all(set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for slug in found.values())
    assert found["c"] != "con"


def test_a_key_that_is_no_part_of_a_grouping_is_told(tmp_path: Path) -> None:
    made = with_groups(tiny(4), WARD.replace("pattern", "patern"))
    with pytest.raises(StudyError):
        load_study(made.write(tmp_path))
