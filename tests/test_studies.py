"""The packaged study folders agree with their data, and the data say what plain arithmetic says."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from cxresearch.codebook import Responses
from cxresearch.language import LANGUAGES
from cxresearch.study import Study, check_plan, load_study, same_source
from cxresearch.workflow.reading import read_study
from tests.conftest import ROOT

STUDIES = ("example", "nyc-schools")
CITED = re.compile(r"@([a-z]+[0-9]*)")
ROUNDED = 5e-7
"""The witnesses are written with six decimals."""
EXACT = 1e-12
"""The same arithmetic in another order."""

WITNESSES_2016 = {
    ("tch_sat", "par_sat"): (1845, 0.392171),
    ("tch_sat", "stu_sat"): (1118, 0.466467),
    ("tch_sat", "p_q5d"): (1845, 0.312916),
    ("colab", "p_q5b"): (1854, 0.428322),
    ("colab", "p_q5d"): (1854, 0.311284),
    ("colab", "touchpoints"): (1854, 0.434550),
    ("eff_leaders", "touchpoints"): (1854, 0.433189),
    ("eff_leaders", "p_q5d"): (1854, 0.372262),
    ("trust", "par_sat"): (1854, 0.592348),
}
"""Number of schools and Pearson's r in the files of 2016."""
WITNESSES_2017 = {
    ("colab", "touchpoints"): (1542, 0.387657),
    ("eff_leaders", "touchpoints"): (1542, 0.404535),
}


@pytest.fixture(scope="module", params=STUDIES)
def study(request: pytest.FixtureRequest) -> Study:
    return load_study(ROOT / "data" / request.param)


def test_plan_and_codebook_agree(study: Study) -> None:
    assert [problem.what("en") for problem in check_plan(study)] == []
    assert study.spec.study == study.folder.name


def test_every_text_is_there_in_both_languages(study: Study) -> None:
    for variable in study.codebook.variables:
        for language in LANGUAGES:
            assert getattr(variable.label, language), variable
            if variable.role in ("item", "score") and variable.informant != "process":
                assert getattr(variable.question, language), variable


def test_every_touchpoint_has_its_place_on_the_path(study: Study) -> None:
    placed = [v for v in study.codebook.variables if v.scale in ("touchpoints", "parent_touchpoints")]
    assert placed
    for variable in placed:
        assert all((variable.stage, variable.moment, variable.touchpoint, variable.phase, variable.kind))
        assert variable.phase in ("before", "during", "after")
        assert variable.kind in ("behaviour", "process", "product", "environment")


def test_the_authors_texts_cite_what_the_bibliography_has() -> None:
    entries = (ROOT / "src" / "cxresearch" / "report" / "references.bib").read_text(encoding="utf-8")
    known = set(re.findall(r"^@\w+\{([^,\s]+),", entries, re.MULTILINE))
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "data").rglob("text/*/*.md")
    }
    assert texts
    assert {
        name: sorted(set(CITED.findall(text)) - known)
        for name, text in texts.items()
        if set(CITED.findall(text)) - known
    } == {}


@pytest.mark.parametrize("chapter", ["introduction", "theory", "discussion"])
def test_both_languages_cite_the_same_and_fill_in_the_same(chapter: str) -> None:
    texts = [
        (ROOT / "data" / "example" / "text" / one / f"{chapter}.md").read_text(encoding="utf-8") for one in LANGUAGES
    ]
    cited, filled = (
        [sorted(found(text)) for text in texts] for found in (CITED.findall, re.compile(r"\{[^}]*\}").findall)
    )
    assert cited[0] == cited[1]
    assert filled[0] == filled[1]
    assert texts[0].count("\n\n") == texts[1].count("\n\n")


@pytest.fixture(scope="module")
def example() -> Mapping[str, Responses]:
    return read_study(load_study(ROOT / "data" / "example")).responses


def test_the_example_reads_whole(example: Mapping[str, Responses]) -> None:
    quarters = [f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]
    for name, found in example.items():
        assert found.frame["unit"].nunique() == 40, name
        assert sorted(found.frame["period"].unique()) == quarters, name
        assert not {loss.reason for loss in found.losses} & {"missing_unit", "missing_period", "blank_rows"}
    assert len(example["deliveries"].frame) == len(example["teams"].frame) == 40 * 8


def test_the_examples_answers_are_the_simulated_ones(example: Mapping[str, Responses]) -> None:
    truth = json.loads((ROOT / "data" / "example" / "truth.json").read_text(encoding="utf-8"))
    nps = example["projects"].frame["nps"].dropna()
    assert 100 * ((nps >= 9).mean() - (nps <= 6).mean()) == pytest.approx(truth["nps"]["nps"], abs=5)
    persons = (
        example["pulse"].frame.drop_duplicates(["unit", "period", "respondent"]).groupby(["unit", "period"]).size()
    )
    asked = example["teams"].frame.set_index(["unit", "period"])["koko"]
    assert (persons <= asked.loc[persons.index]).all()
    once_in_three_months = 1 - (1 - truth["employee_response"]) ** 3
    assert persons.sum() / asked.sum() == pytest.approx(once_in_three_months, abs=0.02)


def test_the_examples_teams_show_the_true_links(example: Mapping[str, Responses]) -> None:
    """Teams' means by plain arithmetic: the first link is there, co-operation and parking have none."""
    pulse, projects = example["pulse"].frame, example["projects"].frame
    ex = pulse.groupby("unit")[[name for name in pulse if name[:4] in ("joht", "yht_")]].mean()
    score = projects.assign(
        nps=np.where(projects["nps"].isna(), np.nan, 100 * ((projects["nps"] >= 9) * 1.0 - (projects["nps"] <= 6)))
    )
    cx = score.groupby("unit")[["nps", "ces", "pysakointi"]].mean()
    leadership, cooperation = (ex.filter(like=name).mean(axis=1) for name in ("joht", "yht"))
    assert leadership.corr(cx["nps"]) > 0.4
    assert abs(cooperation.corr(cx["ces"])) < 0.15
    assert abs(leadership.corr(cx["pysakointi"])) < 0.15


@pytest.fixture(scope="module")
def schools(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("data") / "nyc-schools"
    shutil.copytree(ROOT / "data" / "nyc-schools", folder, ignore=shutil.ignore_patterns("raw"))
    (folder / "raw").mkdir()
    for spec in YAML(typ="safe").load(folder / "study.yml")["sources"].values():
        file = folder / spec["path"]
        file.write_bytes((shared / "data" / "nyc-schools" / file.name).read_bytes())
    return load_study(folder)


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def raw(shared: Path, name: str) -> dict[str, dict[str, float]]:
    """A file by school, read by nothing but the csv module: column to number, NaN where there is none."""
    with (shared / "data" / "nyc-schools" / f"{name}_score.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["dbn"].lower(): {key: number(text) for key, text in row.items()} for row in csv.DictReader(file)}


def by_hand(shared: Path, year: int) -> pd.DataFrame:
    """Scores and parents' mean ratings by school."""
    frame = pd.DataFrame.from_dict(raw(shared, f"total_{year}"), orient="index")
    ratings: dict[str, dict[str, float]] = {}
    for dbn, row in raw(shared, f"parent_{year}").items():
        ratings[dbn] = {}
        for item in "abcd":
            counts = [row[f"p_q5{item}_{option}"] for option in ("vd", "d", "s", "vs")]
            if np.nansum(counts) > 0:
                ratings[dbn][f"p_q5{item}"] = sum(k * c for k, c in enumerate(counts, start=1)) / sum(counts)
    parents = pd.DataFrame.from_dict(ratings, orient="index")
    items = [name for name in ("p_q5a", "p_q5b", "p_q5c") if name in parents]
    return frame.join(parents.assign(touchpoints=parents[items].mean(axis=1)))


def link(frame: pd.DataFrame, ex: str, cx: str) -> tuple[int, float]:
    pairs = frame[[ex, cx]].dropna()
    return len(pairs), float(np.corrcoef(pairs.to_numpy().T)[0, 1])


@pytest.mark.parametrize(("year", "witnesses"), [(2016, WITNESSES_2016), (2017, WITNESSES_2017)])
def test_the_schools_files_say_what_was_found_in_them(
    shared: Path, year: int, witnesses: Mapping[tuple[str, str], tuple[int, float]]
) -> None:
    frame = by_hand(shared, year)
    for (ex, cx), (n, r) in witnesses.items():
        assert link(frame, ex, cx) == (n, pytest.approx(r, abs=ROUNDED)), (ex, cx)


def from_responses(responses: Mapping[str, Responses], year: int) -> pd.DataFrame:
    parts = []
    for found in responses.values():
        if found.frame["period"].iloc[0] == str(year):
            frame = found.frame.set_index("unit").drop(columns=["period", "respondent", "line", "frequency"])
            items = sorted({str(name).partition("=")[0] for name in frame if "=" in str(name)})
            for item in items:
                counts = frame[[f"{item}={value}" for value in (1, 2, 3, 4)]].to_numpy()
                total = counts.sum(axis=1)
                frame[item] = np.where(total > 0, counts @ np.arange(1, 5) / np.where(total > 0, total, 1), np.nan)
            parts.append(frame)
    joined = pd.concat([part.loc[:, ~part.columns.str.contains("=")] for part in parts], axis=1)
    joined = joined.loc[:, ~joined.columns.duplicated()]
    return joined.assign(touchpoints=joined[["p_q5a", "p_q5b", "p_q5c"]].mean(axis=1))


@pytest.mark.parametrize(("year", "witnesses"), [(2016, WITNESSES_2016), (2017, WITNESSES_2017)])
def test_the_schools_read_through_the_codebook_say_the_same(
    schools: Study, shared: Path, year: int, witnesses: Mapping[tuple[str, str], tuple[int, float]]
) -> None:
    frame, hand = from_responses(read_study(schools).responses, year), by_hand(shared, year)
    for ex, cx in witnesses:
        n, r = link(hand, ex, cx)
        assert link(frame, ex, cx) == (n, pytest.approx(r, abs=EXACT)), (ex, cx)


def test_rates_in_per_cent_and_in_shares_become_shares(schools: Study) -> None:
    found = read_study(schools).responses
    for name, column in (
        ("teachers_2016", "t_rr"),
        ("teachers_2017", "t_rr"),
        ("parents_2017", "p_rr"),
        ("satisfaction_2016", "p_rr"),
    ):
        rates = found[name].frame[column].dropna()
        assert rates.max() == 1, name
        assert 0.4 < rates.mean() < 0.9, name


def test_only_the_exploratory_hypothesis_of_the_schools_has_a_common_source(schools: Study) -> None:
    common = {name: same_source(schools, name) for name in schools.spec.hypotheses}
    assert [name for name, is_common in common.items() if is_common] == ["h5"]
    assert not schools.spec.hypotheses["h5"].confirmatory


def test_the_packaged_files_hold_no_raw_data_of_others() -> None:
    ignored = (ROOT / "data" / "nyc-schools" / ".gitignore").read_text(encoding="utf-8").split()
    assert "raw/" in ignored
