"""What a run found: complete, explained in both languages, the same when kept and when written, and never too small."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.statistic import COLUMNS, Estimate, NotEstimable
from cxresearch.study import Study, load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.results import write_results
from cxresearch.workflow.store import FRAMES, load_bundle, save_bundle
from tests.conftest import ROOT
from tests.drawn import is_drawn
from tests.workflow_numbers.builder import analysed, answers, respondents, unit_scores, write_study

THRESHOLD = 5


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(ROOT / "data" / "example")


@pytest.fixture(scope="module")
def found(study: Study) -> Findings:
    return analyse(study, provenance(study, study.spec.seed))


def explained(key: str, values: dict[str, object]) -> None:
    for language in LANGUAGES:
        assert render(Phrase(key, values), language)


def test_a_result_is_found_by_its_term(found: Findings) -> None:
    alpha = found.estimate("scale.leadership.alpha")
    assert alpha is not None and alpha is found.result("scale.leadership.alpha")
    assert found.estimate("scale.nothing.alpha") is None
    missing = found.result("scale.nothing.alpha")
    assert isinstance(missing, NotEstimable) and missing.reason == "not_computed"
    explained(f"reasons.{missing.reason}", {})


def test_results_under_a_prefix_are_whole_names(found: Findings) -> None:
    terms = [result.term for result in found.under("h1.lagged")]
    assert "h1.lagged.reverse" in terms and "h1.lagged" not in terms
    assert all(result.term.startswith("h1.") for result in found.under("h1"))


def test_every_result_stands_under_its_own_term(found: Findings) -> None:
    assert [term for term, result in found.results.items() if term != result.term] == []


def test_every_method_health_and_reason_is_explained(found: Findings) -> None:
    for result in found.results.values():
        if isinstance(result, NotEstimable):
            explained(f"reasons.{result.reason}", dict(result.details))
            continue
        if result.method:
            explained(f"methods.{result.method}", {})
        for code in result.health:
            explained(f"health.{code}", {})


def test_every_loss_notice_and_verdict_is_explained(found: Findings) -> None:
    for loss in found.losses:
        explained(f"losses.{loss.reason}", dict(loss.details))
    for notice in found.notices:
        assert all(notice.what(language) and notice.remedy(language) for language in LANGUAGES)
    for verdict in found.verdicts:
        for phrase in (verdict.word(), verdict.sentence()):
            assert all(render(phrase, language) for language in LANGUAGES)


@pytest.mark.parametrize("part", ["pearson", "ols", "mixed", "lagged", "within", "control.parking.difference"])
def test_intervals_hold_their_estimates(found: Findings, part: str) -> None:
    for hypothesis in ("h1", "h2"):
        result = found.estimate(f"{hypothesis}.{part}")
        assert result is not None and result.conf_low is not None and result.conf_high is not None
        assert result.conf_low < result.estimate < result.conf_high
        assert result.p_value is not None and 0 <= result.p_value <= 1


def test_nothing_below_the_threshold_is_shown(tmp_path: Path) -> None:
    ex, cx = answers(1, periods=("2024", "2025")), answers(101, periods=("2024", "2025"))
    few = (ex["unit"] == "Unit 00") & (ex["period"] == "2024") & (ex.groupby(["unit", "period"]).cumcount() > 2)
    sources = {"staff": respondents("employee", ex[~few], "ex"), "guests": respondents("customer", cx, "cx")}
    found = analysed(tmp_path, sources, period="year", privacy={"min_respondents": THRESHOLD})
    shown = found.panels
    assert shown["n"].dropna().min() >= THRESHOLD
    assert found.linked[["ex_n", "cx_n"]].min().min() >= THRESHOLD
    cell = shown[(shown["measure"] == "ex") & (shown["unit"] == "Unit 00") & (shown["period"] == "2024")]
    assert cell["mean"].notna().sum() == 0


def test_no_frame_names_a_person(found: Findings) -> None:
    for name in FRAMES:
        frame: pd.DataFrame = getattr(found, name)
        assert not {"respondent", "vastaaja", "projekti", "line"} & set(frame.columns)
    told = json.dumps([asdict(loss) for loss in found.losses], default=str)
    assert "T1017" not in told and "P14741" not in told


def test_kept_findings_are_the_same(study: Study, found: Findings, tmp_path: Path) -> None:
    save_bundle(found, tmp_path)
    kept = load_bundle(study, found.provenance.key, tmp_path)
    assert kept is not None
    assert dict(kept.results) == dict(found.results) and list(kept.results) == list(found.results)
    assert (kept.verdicts, kept.provenance) == (found.verdicts, found.provenance)
    assert [asdict(loss) for loss in kept.losses] == json.loads(json.dumps([asdict(loss) for loss in found.losses]))
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(found, name), check_dtype=False)


@pytest.mark.parametrize("spoil", ["key", "layout", "gone", "broken"])
def test_findings_of_another_run_are_not_taken(study: Study, found: Findings, tmp_path: Path, spoil: str) -> None:
    save_bundle(found, tmp_path)
    kept = tmp_path / "findings.json"
    values = json.loads(kept.read_text(encoding="utf-8"))
    if spoil == "key":
        values["provenance"]["key"] = "0"
    if spoil == "layout":
        values["layout"] += 1
    kept.write_text("{" if spoil == "broken" else json.dumps(values), encoding="utf-8")
    if spoil == "gone":
        (tmp_path / "panels.parquet").unlink()
    assert load_bundle(study, found.provenance.key, tmp_path) is None


def test_written_results_are_exact(found: Findings, tmp_path: Path) -> None:
    write_results(found, tmp_path)
    told = pd.read_csv(tmp_path / "results" / "estimates.csv")
    assert list(told.columns) == list(COLUMNS)
    assert list(told["term"]) == list(found.results)
    for row in told.itertuples():
        result = found.results[str(row.term)]
        if isinstance(result, Estimate):
            assert row.estimate == result.estimate and (result.p_value is None or row.p_value == result.p_value)
        else:
            assert row.reason == result.reason and math.isnan(float(row.estimate))  # type: ignore[arg-type]
    verdicts = json.loads((tmp_path / "results" / "verdicts.json").read_text(encoding="utf-8"))
    assert [verdict["verdict"] for verdict in verdicts] == [verdict.verdict for verdict in found.verdicts]


def test_the_key_is_of_everything_that_may_change_a_number(study: Study, tmp_path: Path) -> None:
    base = provenance(study, study.spec.seed)
    assert provenance(study, study.spec.seed) == base
    assert provenance(study, study.spec.seed + 1).key != base.key
    for file, old, new in (
        ("study.yml", "min_units: 20", "min_units: 21"),
        ("codebook.csv", "Hyödyllinen palaute", "Palaute"),
        ("raw/tiimit.csv", "2024Q1,8", "2024Q1,9"),
        ("unit-aliases.csv", "Kustannuslaskenta Oulu", "Laskenta Oulu"),
    ):
        copy = tmp_path / file.replace("/", "-")
        shutil.copytree(study.folder, copy)
        text = (copy / file).read_text(encoding="utf-8")
        assert old in text
        (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        assert provenance(load_study(copy), study.spec.seed).key != base.key, file


def test_the_seed_changes_the_draws_alone(tmp_path: Path) -> None:
    ex, cx = answers(2), answers(102)
    folder = write_study(
        tmp_path, {"staff": respondents("employee", ex, "ex"), "guests": unit_scores("customer", cx, "cx")}
    )
    small = load_study(folder)
    one, same, other = (analyse(small, provenance(small, seed)) for seed in (1, 1, 2))
    assert dict(one.results) == dict(same.results)
    changed = {term for term, result in one.results.items() if result != other.results[term]}
    assert changed
    assert {term for term in changed if not is_drawn(term)} == set()


def test_findings_are_not_changed_by_a_reader(found: Findings) -> None:
    with pytest.raises(AttributeError):
        found.verdicts = ()  # type: ignore[misc]
    assert replace(found, verdicts=()).results is found.results
