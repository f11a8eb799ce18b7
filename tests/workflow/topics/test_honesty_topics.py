"""Specification curve, honesty, synthesis and planning of a small study: numbers, sentences and privacy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.exhibits import ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.honesty import honesty as honesty_shown
from cxresearch.exhibits.planning import planning as planning_shown
from cxresearch.exhibits.specifications import specifications as specifications_shown
from cxresearch.exhibits.synthesis import synthesis as synthesis_shown
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.aggregating import unit_measure
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.reading import read_study
from cxresearch.workflow.topics import registry
from cxresearch.workflow.topics.honesty import honesty
from cxresearch.workflow.topics.latent import latent
from cxresearch.workflow.topics.planning import planning
from cxresearch.workflow.topics.specifications import specifications
from cxresearch.workflow.topics.synthesis import synthesis
from cxresearch.workflow.unit_means import unit_means
from tests.workflow.tiny_study import Tiny, tiny

TOPICS = {"specifications": specifications, "honesty": honesty, "synthesis": synthesis, "planning": planning}
SHOWN = {
    "specifications": specifications_shown,
    "honesty": honesty_shown,
    "synthesis": synthesis_shown,
    "planning": planning_shown,
}


def analysed(made: Tiny, folder: Path) -> Findings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "TOPICS", TOPICS)
        study = load_study(made.write(folder))
        return analyse(study, provenance(study, study.spec.seed))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return analysed(tiny(24), tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return analysed(tiny(3), tmp_path_factory.mktemp("small"))


def words(findings: Findings, topic: str, language: str) -> str:
    blocks = [render_exhibit(item, language) for item in SHOWN[topic](findings) if isinstance(item, ProseSpec)]
    return " ".join(block.markdown for block in blocks).replace("\N{NO-BREAK SPACE}", " ")  # type: ignore[union-attr]


def test_the_declared_specification_is_the_main_regression(found: Findings) -> None:
    declared, slope = found.estimate("h1.specifications.declared"), found.estimate("h1.ols.std")
    assert declared is not None and slope is not None
    assert declared.estimate == pytest.approx(slope.estimate, abs=1e-9)


def test_specifications_hold_no_single_unit(found: Findings) -> None:
    assert "unit" not in found.frame("specifications")
    assert (found.frame("specifications").n_units >= 10).all()


def test_honest_results_are_there(found: Findings) -> None:
    factor = found.estimate("h1.bayes_factor")
    assert factor is not None and factor.n_units == 24 and factor.n_customers
    assert found.estimate("h1.bayes_factor.prior_width").estimate == pytest.approx(1 / 3)
    assert found.estimate("h1.cross_validation.customer").n_units == 24
    wrong, right = (found.estimate(f"h1.permutation.customer_level{end}") for end in ("", ".units"))
    assert wrong.p_value <= right.p_value
    low, high = (found.estimate(f"h1.leave_one_period_out.{end}") for end in ("low", "high"))
    assert low.estimate <= high.estimate


def test_two_waves_have_no_synthesis(found: Findings) -> None:
    missing = found.result("synthesis.h1")
    assert isinstance(missing, NotEstimable)
    assert missing.reason == "honesty.too_few_parts"
    assert "there are 2" in words(found, "synthesis", "en")
    assert "nyt niitä on 2" in words(found, "synthesis", "fi")


def test_the_prior_evidence_is_always_told(small: Findings) -> None:
    for language in LANGUAGES:
        tables = [item.id for item in synthesis_shown(small) if isinstance(item, TableSpec)]
        assert tables == ["tbl-prior"]
        assert "[-@tbl-prior]" in words(small, "synthesis", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", SHOWN)
def test_everything_can_be_shown(found: Findings, small: Findings, topic: str, language: str) -> None:
    for findings in (found, small):
        blocks = [render_exhibit(item, language) for item in SHOWN[topic](findings)]
        assert blocks
        assert words(findings, topic, language).strip()


def test_what_cannot_be_computed_is_said_once(small: Findings) -> None:
    assert "only one way" in words(small, "specifications", "en")
    assert "vain yhdellä tavalla" in words(small, "specifications", "fi")
    unknown = {
        term: NotEstimable(term=term, reason="honesty.icc_unknown") if ".plan." in term else result
        for term, result in small.results.items()
    }
    without = replace(small, results=unknown)
    assert words(without, "planning", "en").startswith("The next survey cannot be planned from these data.")
    assert words(without, "planning", "en").count("how many answered in each of them") == 1
    assert words(without, "planning", "fi").startswith("Seuraavaa kyselyä ei voida suunnitella")


def test_a_topic_left_out_says_so(tmp_path: Path) -> None:
    made = tiny(8)
    made.replace("resampling:", "analyses: { leave_out: [specifications, honesty, synthesis, planning] }\nresampling:")
    findings = analysed(made, tmp_path)
    assert words(findings, "specifications", "en") == "The study leaves the specification curve out."
    assert words(findings, "honesty", "fi") == "Nämä analyysit on jätetty pois tästä tutkimuksesta."
    assert words(findings, "planning", "en") == "The study leaves planning out."
    assert words(findings, "synthesis", "en").startswith("The study leaves the synthesis out.")


def test_unit_means_are_those_of_the_main_analysis(tmp_path: Path) -> None:
    study = load_study(tiny(8).write(tmp_path))
    data = read_study(study)
    for measure in study.spec.measures:
        for periods in ((), ("2025-Q1",)):
            expected = unit_measure(study, data, measure, periods).overall.frame
            expected = expected[expected["mean"].notna()]
            shown = unit_means(study, data, measure, study.spec.measures[measure], periods)
            assert shown.index.tolist() == expected["unit"].tolist()
            assert shown["mean"].to_numpy() == pytest.approx(expected["mean"].to_numpy(), abs=1e-12)
            assert shown["n"].to_numpy() == pytest.approx(expected["n"].to_numpy())


def test_groups_of_units_are_combined(tmp_path: Path) -> None:
    made = tiny(24)
    rng = np.random.default_rng(3)
    regions = {row["team"]: f"alue {rng.integers(3)}" for row in made.guests}
    for row in made.guests:
        row["region"] = regions[row["team"]]
    made.replace("resampling:", "analyses: { synthesis_by: region }\nresampling:")
    made.codebook += "region,guests,covariate,,,,,,Alue,Region\n"
    findings = analysed(made, tmp_path)
    mean = findings.estimate("synthesis.h1")
    assert isinstance(mean, Estimate)
    assert set(findings.frame("synthesis").part) == {"alue 0", "alue 1", "alue 2"}
    assert "(variable: Region)" in words(findings, "synthesis", "en")
    assert "(muuttuja: Alue)" in words(findings, "synthesis", "fi")


def test_planning_grid_holds_no_unit(found: Findings) -> None:
    frame = found.frame("planning")
    assert list(frame.columns) == ["hypothesis", "employees", "customers", "observed", "units"]
    assert pd.api.types.is_integer_dtype(frame.units)


def test_a_latent_main_result_is_told_without_each_period(tmp_path: Path) -> None:
    made = tiny(14)
    made.replace("    cx: csat", "    cx: csat\n    primary: latent")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "TOPICS", {"latent": latent, "honesty": honesty})
        study = load_study(made.write(tmp_path))
        findings = analyse(study, provenance(study, study.spec.seed))
    low, high = (findings.estimate(f"h1.leave_one_period_out.{end}") for end in ("low", "high"))
    main = findings.estimate("h1.latent")
    assert low is not None and high is not None and main is not None
    assert low.estimate - 0.15 < main.estimate < high.estimate + 0.15
    assert low.estimate != findings.estimate("h1.pearson").estimate
