"""Mechanism and alternatives from panels: the same numbers as from arrays, with counts, sources and periods."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage import LinkedPanel, link, units_of
from cxresearch.linkage.alternatives import metric_alternatives
from cxresearch.linkage.bends import bend_rows, slope_rows
from cxresearch.linkage.mechanism import unit_mediation, unit_moderation, unit_nonlinearity, wave_baseline
from cxresearch.moments import score_moments
from cxresearch.scoring import METRICS
from cxresearch.scoring.alternatives import RECOMMENDATION
from cxresearch.statistic import Estimate
from tests.linkage.panels import waves

EXACT = 1e-9
"""R printed ten digits or more."""


@pytest.fixture(scope="module")
def table(reference: Path) -> pd.DataFrame:
    frame = pd.read_csv(reference / "unit_table.csv")
    return frame.assign(TP=frame[[f"tp_{place}" for place in range(1, 7)]].mean(axis=1))


def test_mediation_counts_people_and_names_shared_sources(
    employees: UnitPanel, promoters: UnitPanel, table: pd.DataFrame, reference: Path
) -> None:
    units = units_of(link(employees, promoters))
    rng = np.random.default_rng(1)
    found = {
        result.term: result
        for result in unit_mediation(
            units,
            table.TP.to_numpy(),
            term="h.mediation.tp",
            level=0.95,
            rng=rng,
            n_draws=200,
            mediator_side="customer",
        )
    }
    r = json.loads((reference / "mediation_unit.json").read_text())
    assert found["h.mediation.tp.indirect"].estimate == pytest.approx(r["ab"], rel=EXACT)
    assert found["h.mediation.tp.a"].estimate == pytest.approx(r["a"], rel=EXACT)
    assert (found["h.mediation.tp.b"].n_customers, found["h.mediation.tp.b"].n_employees) == (2593, 793)
    shared = [term for term, result in found.items() if "mechanism.mediator_shares_outcome" in result.health]
    assert shared == ["h.mediation.tp.b", "h.mediation.tp.indirect"]


def test_moderation_holds_covariates_constant(
    employees: UnitPanel, promoters: UnitPanel, region: UnitPanel, table: pd.DataFrame
) -> None:
    units = units_of(link(employees, promoters, [region]))
    with_region = unit_moderation(units, table.ces.to_numpy(), term="h.moderation.ces", level=0.95)
    assert with_region[0].df == 60 - 5
    assert with_region[0].n_customers == 2593
    assert [result.term for result in with_region[1:7:2]] == [f"h.moderation.ces.{x}" for x in ("low", "mean", "high")]


def test_a_covariate_may_be_the_moderator(
    employees: UnitPanel, promoters: UnitPanel, region: UnitPanel, table: pd.DataFrame, reference: Path
) -> None:
    units = units_of(link(employees, promoters, [region]))
    found = unit_moderation(units, table.region.to_numpy(float), term="h.moderation.region", level=0.95)
    r = json.loads((reference / "mechanism_witness.json").read_text())["interaction"]
    assert (found[0].estimate, found[0].std_error, found[0].df) == pytest.approx((r["coef"], r["se"], 56), rel=EXACT)
    rows = slope_rows(units, table.region.to_numpy(float), 0.95)
    assert rows.slope.iloc[-1] == pytest.approx(found[0].estimate * 3 + rows.slope.iloc[0], rel=1e-9)
    assert (rows.low < rows.slope).all() and (rows.slope < rows.high).all()


def test_curves_of_linked_units(employees: UnitPanel, promoters: UnitPanel) -> None:
    units = units_of(link(employees, promoters))
    rows = bend_rows(units, 0.95, 3.6)
    slope, start = np.polyfit(units.column("ex"), units.column("cx"), 1)
    assert rows.straight.to_numpy() == pytest.approx(start + slope * rows.x.to_numpy(), rel=EXACT)
    assert (rows.low < rows.curve).all() and (rows.curve < rows.high).all()
    assert rows.lines.isna().sum() == 1
    assert bend_rows(units, 0.95, None).lines.isna().all()


def test_bends_of_linked_units(employees: UnitPanel, promoters: UnitPanel, reference: Path) -> None:
    units = units_of(link(employees, promoters))
    found = {r.term: r for r in unit_nonlinearity(units, term="h", level=0.95, at=3.4)}
    r = json.loads((reference / "mechanism_witness.json").read_text())
    assert found["h.quadratic"].estimate == pytest.approx(r["quadratic"]["coef"], rel=1e-8)
    assert found["h.two_lines.low"].std_error == pytest.approx(r["two_lines"]["se"][0], rel=EXACT)
    assert found["h.spline.knot"].estimate == 3.4
    assert set(found) == {"h.quadratic", "h.two_lines.low", "h.two_lines.high", "h.two_lines.break",
                          "h.spline", "h.spline.low", "h.spline.high", "h.spline.knot"}  # fmt: skip


def test_starting_points_over_waves(four_waves: LinkedPanel) -> None:
    found = wave_baseline(four_waves, term="h.baseline", level=0.95, rng=np.random.default_rng(1), n_draws=99)
    assert [result.term for result in found] == [
        f"h.baseline{part}" for part in ("", ".expected", ".corrected", ".moderation")
    ]
    assert isinstance(found[0], Estimate)
    assert (found[0].n_periods, found[0].n_units, found[0].df) == (4, 400, 399)
    assert found[0].conf_high < 0
    assert found[1].reason == found[2].reason == "mechanism.errors_unknown"


def test_known_errors_take_regression_to_the_mean_away() -> None:
    rng = np.random.default_rng(5)
    truth = np.repeat(rng.normal(size=(150, 1)), 3, axis=1)
    cx = truth + rng.normal(scale=0.7, size=(150, 3))
    ex = rng.normal(size=(150, 3))
    customers = waves("cx", "customer", cx)
    known = UnitPanel("cx", "customer", customers.frame.assign(se=0.7))
    linked = link(waves("ex", "employee", ex), known)
    observed, expected, corrected, _ = wave_baseline(
        linked, term="b", level=0.95, rng=np.random.default_rng(1), n_draws=499
    )
    assert observed.conf_high < -0.2
    assert expected.estimate == pytest.approx(1 / 1.49 - 1, abs=0.06)
    assert corrected.conf_low < 0 < corrected.conf_high


def test_one_wave_has_no_starting_point(employees: UnitPanel, promoters: UnitPanel) -> None:
    found = wave_baseline(link(employees, promoters), term="b", level=0.95, rng=np.random.default_rng(1), n_draws=99)
    assert {result.reason for result in found} == {"linkage.one_period"}


def test_metrics_beside_each_other(reference: Path, table: pd.DataFrame) -> None:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    codes = pd.factorize(rows.unit_id, sort=True)[0]
    scores = {
        name: score_moments(codes, function(rows.nps.to_numpy(float)), 60) for name, function in RECOMMENDATION.items()
    }
    nps = score_moments(codes, METRICS["nps"].scores(rows.nps), 60)
    found = {r.term: r for r in metric_alternatives(nps, scores, table.EX, term="alternatives.nps", level=0.95)}
    r = json.loads((reference / "linkage.json").read_text())["unit"]
    assert found["alternatives.nps.reference.reliability"].estimate == pytest.approx(r["ICC2_npc"], rel=1e-8)
    assert found["alternatives.nps.reference.correlation"].estimate == pytest.approx(r["r_EX_NPS"], rel=1e-8)
    assert found["alternatives.nps.mean.reliability"].estimate == pytest.approx(
        icc2_by_hand(rows.nps, rows.unit_id), rel=1e-9
    )
    difference = found["alternatives.nps.mean.difference"]
    gap = found["alternatives.nps.reference.correlation"].estimate - found["alternatives.nps.mean.correlation"].estimate
    assert difference.estimate == pytest.approx(gap, rel=1e-9)
    assert difference.method == "linkage.zou"
    assert "alternatives.nps.reference.difference" not in found


def icc2_by_hand(score: pd.Series, unit: pd.Series) -> float:
    means, sizes = score.groupby(unit).mean(), score.groupby(unit).size()
    between = (sizes * (means - score.mean()) ** 2).sum() / (len(means) - 1)
    within = ((score - means[unit].to_numpy()) ** 2).sum() / (len(score) - len(means))
    return float((between - within) / between)
