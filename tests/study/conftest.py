"""A small valid study that each test spoils in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxresearch.errors import Problem
from cxresearch.study import Study, load_study

STUDY = """\
study: branches
title: { fi: "Konttorit", en: "Branches" }
unit: { fi: "konttori", en: "branch" }
period: none
sources:
  staff:
    side: employee
    grain: respondents
    path: raw/staff.csv
    label: { fi: "Henkilöstökysely", en: "Staff survey" }
  guests:
    side: customer
    grain: respondents
    path: raw/guests.csv
    label: { fi: "Asiakaskysely", en: "Guest survey" }
measures:
  leadership:
    label: { fi: "Johtaminen", en: "Leadership" }
    scale: lead
  nps:
    label: { fi: "Suosittelu", en: "Recommendation" }
    item: recommend
    metric: nps
  parking:
    label: { fi: "Pysäköinti", en: "Parking" }
    item: parking
hypotheses:
  h1:
    statement: { fi: "Johtaminen näkyy suositteluna.", en: "Leadership shows in recommendation." }
    ex: leadership
    cx: nps
    covariates: [tenure]
    controls: [parking]
"""

CODEBOOK = """\
name;source;role;scale;min;max;options;label_fi;label_en;informant
branch;staff;unit;;;;;;;
lead1;staff;item;lead;1;5;;Kuuntelu;Listening;
lead2;staff;item;lead;1;5;;Tuki;Support;
tenure;staff;covariate;;;;;Palvelusaika;Tenure;
branch;guests;unit;;;;;;;
recommend;guests;item;;0;10;;Suosittelu;Recommendation;
parking;guests;item;;1;5;;Pysäköinti;Parking;
"""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a study folder: `make((old, new), …, codebook=[(old, new), …])` replaces text of the valid study."""

    def write(*changes: tuple[str, str], codebook: list[tuple[str, str]] | None = None) -> Path:
        folder = tmp_path / "branches"
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        for name in ("staff", "guests"):
            (folder / "raw" / f"{name}.csv").write_text("branch\nA\n", encoding="utf-8")
        for name, text, edits in (("study.yml", STUDY, changes), ("codebook.csv", CODEBOOK, codebook or [])):
            for old, new in edits:
                assert text.count(old) >= 1, f"{old!r} is not in the valid {name}"
                text = text.replace(old, new, 1)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def study(make: Make) -> Study:
    """The valid study."""
    return load_study(make())


def codes(problems: tuple[Problem, ...] | list[Problem]) -> list[str]:
    """The codes of problems, without the topic."""
    return [problem.code.removeprefix("study.") for problem in problems]
