from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.topics import registry
from cxresearch.workflow.topics.estimators import estimators
from tests.workflow.tiny_study import Tiny, tiny

SLOPES = ("cr2", "wild", "cluster_bootstrap", "gee", "wls", "fixed_effects")


@pytest.fixture(autouse=True)
def _only_this_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "TOPICS", {"estimators": estimators})


def found(made: Tiny, folder: Path) -> Mapping[str, Result]:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, study.spec.seed)).results


def test_a_mean_has_slopes_and_no_categories(tmp_path: Path) -> None:
    results = found(tiny(14), tmp_path)
    for part in SLOPES:
        slope, standard = results[f"h1.{part}"], results[f"h1.{part}.std"]
        assert isinstance(slope, Estimate) and isinstance(standard, Estimate)
        assert slope.n_units == 14
        assert standard.p_value == slope.p_value
    assert results["h1.mixed.std"].p_value == results["h1.mixed"].p_value
    assert results["h1.wls"].estimate == pytest.approx(results["h1.mixed"].estimate, rel=1e-9)
    assert results["h1.fixed_effects"].estimate == pytest.approx(results["h1.within"].estimate, rel=1e-9)
    assert not {term.split(".")[1] for term in results if term.startswith("h1.")} & {"ordinal", "logit", "glmm"}


def test_a_share_has_logistic_models(tmp_path: Path) -> None:
    made = tiny(14)
    made.replace("    item: satisfied", "    item: satisfied\n    metric: csat\n    top: [4, 5]")
    results = found(made, tmp_path)
    for part in ("logit", "glmm"):
        slope, ratio = results[f"h1.{part}"], results[f"h1.{part}.odds_ratio"]
        assert isinstance(slope, Estimate) and isinstance(ratio, Estimate)
        assert ratio.conf_low < ratio.estimate < ratio.conf_high
    assert isinstance(results["h1.glmm.sd"], Estimate)
    assert "h1.ordinal" not in results


def test_a_recommendation_has_its_ordinal_model(tmp_path: Path) -> None:
    made = tiny(14)
    made.replace("    item: satisfied", "    item: satisfied\n    metric: nps")
    made.recode("satisfied,guests,item,,,1,5,9,", "satisfied,guests,item,,,0,10,99,")
    for row in made.guests:
        row["satisfied"] = str(2 * int(row["satisfied"]))
    results = found(made, tmp_path)
    assert isinstance(results["h1.ordinal"], Estimate)
    assert results["h1.ordinal"].estimate > 0
    assert isinstance(results["h1.ordinal.sd"], Estimate)
    assert "h1.logit" not in results


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    first, second = (found(tiny(8), tmp_path / name) for name in ("a", "b"))
    assert {term: first[term] for term in first if ".wild" in term or ".cluster_bootstrap" in term} == {
        term: second[term] for term in second if ".wild" in term or ".cluster_bootstrap" in term
    }


def test_fewer_units_than_the_main_analysis_takes_have_no_results(tmp_path: Path) -> None:
    results = found(tiny(3), tmp_path)
    for part in SLOPES:
        assert isinstance(results[f"h1.{part}"], NotEstimable)
        assert results[f"h1.{part}"].reason == "linkage.too_few_units"
