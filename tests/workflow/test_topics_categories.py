from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from cxresearch.study import load_study
from cxresearch.workflow.covariates import categories_of
from cxresearch.workflow.reading import read_study
from tests.conftest import ROOT


def test_declared_categories_have_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(ROOT / "data" / "example", folder)
    study = load_study(folder)
    found = categories_of(study, read_study(study))
    assert set(found) == {"alue", "toimintatapa"}
    regions = pd.read_csv(folder / "raw" / "tiimit.csv", sep=None, engine="python", encoding="utf-8-sig")["alue"]
    assert found["alue"] == tuple(sorted(regions.dropna().astype(str).unique()))


def test_a_category_of_few_people_stays_unnamed(tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(ROOT / "data" / "example", folder)
    plan = (folder / "study.yml").read_text(encoding="utf-8")
    plan = plan.replace("moderators: [arvo_keur]", "moderators: [toimiala]").replace(
        "min_respondents: 5", "min_respondents: 1000000"
    )
    (folder / "study.yml").write_text(plan, encoding="utf-8")
    study = load_study(folder)
    assert set(categories_of(study, read_study(study))["toimiala"]) == {""}
