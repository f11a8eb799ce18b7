"""Factor models and panel models of a study: terms, clusters, groups, and what has too little to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.linkage import LinkedPanel
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import Study, load_study
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.reading import ReadStudy, read_study
from cxresearch.workflow.topics.context import Context
from cxresearch.workflow.topics.cross_lagged import cross_lagged
from cxresearch.workflow.topics.dimensions import dimensions
from cxresearch.workflow.topics.factor_data import FactorData, factor_data

EXAMPLE = Path(__file__).parents[3] / "data" / "example"


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(EXAMPLE)


@pytest.fixture(scope="module")
def data(study: Study) -> ReadStudy:
    return read_study(study)


def small(data: ReadStudy, source: str, periods: int) -> ReadStudy:
    """The study with one source, cut to its first periods."""
    responses = data.responses[source]
    frame = responses.frame[responses.frame["period"].isin(responses.periods[:periods])]
    return replace(data, responses={source: replace(responses, frame=frame.reset_index(drop=True))})


def found(study: Study, data: ReadStudy, linked: Mapping[str, LinkedHypothesis] | None = None) -> dict[str, Result]:
    context = Context(study, data, {}, linked or {}, {}, 1)
    made = cross_lagged(context) if linked is not None else dimensions(context)
    return {result.term: result for result in made.results}


def test_a_surveys_scales_are_factors(study: Study, data: ReadStudy) -> None:
    results = found(study, small(data, "pulse", 2))
    chi2 = results["cfa.pulse.chi2"]
    assert isinstance(chi2, Estimate)
    assert (chi2.df, chi2.n_items) == (41, 11)
    assert chi2.method == "sem.mlr_fiml_clustered"  # answers are missing, and people of one team answer alike
    loading, reversed_item = results["cfa.pulse.loading.joht_1"], results["cfa.pulse.loading.tyo_3"]
    assert isinstance(loading, Estimate) and isinstance(reversed_item, Estimate)
    assert loading.estimate > 0.5 < reversed_item.estimate  # reversed items are turned first
    assert isinstance(results["cfa.pulse.correlation.leadership.own_work"], Estimate)
    single = results["cfa.pulse.one_factor.cfi"]
    assert isinstance(single, Estimate) and single.estimate < 0.9
    reached = results["invariance.pulse.period.reached"]
    groups = results["invariance.pulse.period.groups"]
    assert isinstance(reached, Estimate) and reached.estimate >= 2  # the simulation makes all periods alike
    assert isinstance(groups, Estimate) and groups.estimate == 2


def test_declared_groups_are_compared_and_numbers_are_none(study: Study, data: ReadStudy) -> None:
    analyses = study.spec.analyses.model_copy(update={"groups": ("toimiala", "arvo_keur")})
    declared = replace(study, spec=study.spec.model_copy(update={"analyses": analyses}))
    results = found(declared, small(data, "projects", 3))
    assert isinstance(results["invariance.projects.toimiala.reached"], Estimate)
    refused = results["invariance.projects.arvo_keur.reached"]
    assert isinstance(refused, NotEstimable)
    assert refused.reason == "sem.many_groups"
    assert "cfa.projects.one_factor.chi2" not in results  # one scale is one factor already


def test_groups_that_are_too_small_are_not_compared(study: Study, data: ReadStudy) -> None:
    cut = small(data, "projects", 3)
    frame = cut.responses["projects"].frame.groupby("period").head(60)
    one = replace(cut, responses={"projects": replace(cut.responses["projects"], frame=frame)})
    refused = found(study, one)["invariance.projects.period.reached"]
    assert isinstance(refused, NotEstimable)
    assert (refused.reason, refused.details["needed"]) == ("sem.one_group", 100)


def test_counts_have_no_factor_model(study: Study, data: ReadStudy) -> None:
    counted = replace(data.responses["projects"], grain="counts")
    results = found(study, replace(data, responses={"projects": counted}))
    assert list(results) == ["cfa.projects.chi2"]
    refused = results["cfa.projects.chi2"]
    assert isinstance(refused, NotEstimable)
    assert refused.reason == "measurement.grain_counts"


def _factor_data(study: Study, data: ReadStudy, frame: pd.DataFrame) -> FactorData:
    made = factor_data(study, replace(data.responses["pulse"], frame=frame), "t")
    assert isinstance(made, FactorData)
    return made


def test_clusters_are_units_or_people_or_nobody(study: Study, data: ReadStudy) -> None:
    frame = data.responses["pulse"].frame
    assert _n(_factor_data(study, data, frame)) == 40
    few = frame[frame["unit"].isin(frame["unit"].unique()[:5])]
    assert _n(_factor_data(study, data, few)) == few["respondent"].nunique()
    once = few.drop_duplicates("respondent")
    assert _factor_data(study, data, once).clusters is None


def _n(made: FactorData) -> int:
    assert made.clusters is not None
    return len(np.unique(made.clusters))


def _linked(n_units: int, n_periods: int) -> LinkedHypothesis:
    rng = np.random.default_rng(2)
    level = rng.normal(size=(n_units, 1))
    scores = [level + rng.normal(size=(n_units, n_periods)) for _ in range(2)]
    periods = [f"2024-Q{place + 1}" for place in range(n_periods)]
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"u{place:03d}" for place in range(n_units)], n_periods),
            "period": np.tile(periods, n_units),
            "ex": scores[0].ravel(),
            "cx": scores[1].ravel(),
        }
    )
    panel = LinkedPanel("leadership", "nps", "employee", "customer", frame, (), tuple(periods))
    return LinkedHypothesis((), pd.DataFrame(), (), panel, panel, {})


def test_a_panel_of_units_by_period(study: Study, data: ReadStudy) -> None:
    results = found(study, data, {"h1": _linked(120, 4)})
    forward = results["h1.riclpm.y_on_x.std"]
    assert isinstance(forward, Estimate)
    assert (forward.n_units, forward.n_periods) == (120, 4)
    assert isinstance(results["h1.riclpm.y_on_x.2024-Q3"], Estimate)
    assert isinstance(results["h1.clpm.y_on_x.std"], Estimate)
    levels = results["h1.riclpm.levels"]
    assert isinstance(levels, Estimate) and levels.estimate > 0.5


def test_few_units_hold_the_rest_equal_over_periods(study: Study, data: ReadStudy) -> None:
    results = found(study, data, {"h1": _linked(30, 6)})
    forward, test = results["h1.riclpm.y_on_x"], results["h1.riclpm.equal_lags"]
    assert isinstance(forward, Estimate)
    assert "sem.steady" in forward.health and "sem.few_rows_per_parameter" in forward.health
    assert isinstance(test, NotEstimable)
    assert test.reason == "sem.too_few_rows"


def test_two_periods_or_none_make_no_panel(study: Study, data: ReadStudy) -> None:
    for made, reason in ((_linked(60, 2), "sem.too_few_periods"), (_linked(60, 0), "sem.no_panel")):
        results = found(study, data, {"h1": made})
        assert {result.reason for result in results.values() if isinstance(result, NotEstimable)} == {reason}
        assert "h1.riclpm.y_on_x.std" in results
