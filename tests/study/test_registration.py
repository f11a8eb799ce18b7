from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from cxresearch.errors import StudyError
from cxresearch.study import load_study
from cxresearch.study.registration import REGISTERED, deviating
from cxresearch.workflow.register import register
from tests.study.conftest import Make

DAY = datetime.date(2026, 3, 1)


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_unchanged_plan_has_no_deviations(make: Make) -> None:
    folder = make()
    assert load_study(folder).registration is None
    assert register(load_study(folder), DAY) == folder / REGISTERED
    found = load_study(folder).registration
    assert found is not None
    assert (found.date, found.deviations, found.data_present) == (DAY, (), True)
    assert found.sha256 == load_study(folder).sha256


def test_every_change_of_the_analysis_is_told_with_both_values(make: Make) -> None:
    folder = make()
    register(load_study(folder), DAY)
    change(folder, "study.yml", "covariates: [tenure]", "covariates: [tenure]\n    primary: ols")
    change(folder, "codebook.csv", "lead2;staff;item;lead;1;5", "lead2;staff;item;lead;1;7")
    change(folder, "study.yml", "Leadership shows in recommendation.", "Leadership shows.")
    study = load_study(folder)
    assert study.registration is not None
    told = {(one.key, one.before, one.after) for one in study.registration.deviations}
    assert told == {("hypotheses.h1.primary", "pearson", "ols"), ("codebook.staff.lead2.maximum", "5.0", "7.0")}
    assert deviating(study.spec, study.codebook, study.registration.deviations) == {"h1"}


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("    item: parking\n", "    item: parking\n    target: 4\n", set()),
        ("measures:\n", "criteria:\n  min_units: 30\nmeasures:\n", {"h1"}),
        ("measures:\n", "seed: 5\nmeasures:\n", set()),
    ],
)
def test_a_hypothesis_deviates_only_by_what_it_rests_on(make: Make, old: str, new: str, touched: set[str]) -> None:
    folder = make()
    register(load_study(folder), DAY)
    change(folder, "study.yml", old, new)
    study = load_study(folder)
    assert study.registration is not None
    assert deviating(study.spec, study.codebook, study.registration.deviations) == touched


def test_it_is_registered_once_and_never_with_guesses(make: Make) -> None:
    folder = make()
    register(load_study(folder), DAY)
    with pytest.raises(StudyError, match="already has a registered plan"):
        register(load_study(folder), DAY)


def test_a_registered_plan_that_was_changed_is_refused(make: Make) -> None:
    folder = make()
    register(load_study(folder), DAY)
    change(folder / REGISTERED, "study.yml", "covariates: [tenure]", "covariates: []")
    with pytest.raises(StudyError, match="not the one that was registered"):
        load_study(folder)


def test_a_damaged_record_is_refused(make: Make) -> None:
    folder = make()
    register(load_study(folder), DAY)
    (folder / REGISTERED / "record.json").write_text(json.dumps({"date": "soon"}), encoding="utf-8")
    with pytest.raises(StudyError, match="missing or damaged"):
        load_study(folder)


def test_it_says_whether_data_were_there(make: Make) -> None:
    folder = make()
    for path in (folder / "raw").iterdir():
        path.unlink()
    register(load_study(folder), DAY)
    found = load_study(folder).registration
    assert found is not None
    assert not found.data_present
