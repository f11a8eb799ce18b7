from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cxresearch.inference.clusters.fixed_effects import fixed_effects
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import r_values

EXACT = 1e-9
"""Closed forms on both sides."""


@pytest.fixture(scope="module")
def panel(reference: Path) -> pd.DataFrame:
    wide = pd.read_csv(reference / "data" / "gen_panel.csv")
    parts = [
        pd.DataFrame({"unit": wide.unit_id, "period": t, "ex": wide[f"ex{t}"], "cx": wide[f"cx{t}"]})
        for t in range(1, 5)
    ]
    long = pd.concat(parts, ignore_index=True)
    kept = long[long.unit.isin(wide.unit_id[:30])].reset_index(drop=True)
    return kept.drop([0, 32, 63, 94, 35]).reset_index(drop=True)


def fitted(panel: pd.DataFrame, correction) -> Estimate:
    (found,) = fixed_effects(panel.unit, panel.period, panel.cx, panel.ex, ["fe"], level=0.95, correction=correction)
    assert isinstance(found, Estimate)
    return found


def test_gaps_and_all_equals_dummies_in_clubsandwich(panel: pd.DataFrame, reference: Path) -> None:
    r = r_values(reference)["fixed_effects"]
    found = fitted(panel, "cr2")
    assert found.estimate == pytest.approx(r["coef"], rel=EXACT)
    assert found.std_error == pytest.approx(r["CR2"]["SE"], rel=EXACT)
    assert found.df == pytest.approx(r["CR2"]["df_Satt"], rel=EXACT)
    assert found.p_value == pytest.approx(r["CR2"]["p_Satt"], rel=EXACT)
    assert fitted(panel, "cr1s").std_error == pytest.approx(r["CR1S"]["SE"], rel=EXACT)
    assert (found.n_units, found.n_respondents) == (30, len(panel))


def test_cr1s_equals_dummies_in_statsmodels(panel: pd.DataFrame) -> None:
    dummies = pd.get_dummies(panel[["unit", "period"]].astype(str), drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([panel[["ex"]], dummies], axis=1))
    groups = pd.factorize(panel.unit)[0]
    peer = sm.OLS(panel.cx, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    found = fitted(panel, "cr1s")
    assert found.estimate == pytest.approx(peer.params["ex"], rel=EXACT)
    assert found.std_error == pytest.approx(peer.bse["ex"], rel=EXACT)
    assert (found.conf_low, found.conf_high) == pytest.approx(tuple(peer.conf_int().loc["ex"]), rel=EXACT)


def test_units_with_one_row_order_and_level_do_not_matter(panel: pd.DataFrame) -> None:
    alone = pd.DataFrame({"unit": ["lonely"], "period": [2], "ex": [9.0], "cx": [1.0]})
    more = pd.concat([panel, alone]).sample(frac=1, random_state=np.random.default_rng(3)).reset_index(drop=True)
    levels = pd.Series(np.random.default_rng(4).normal(size=31), index=more.unit.unique())
    more["ex"] += 100 * more.unit.map(levels)
    plain, moved = fitted(panel, "cr2"), fitted(more, "cr2")
    assert moved.estimate == pytest.approx(plain.estimate, rel=1e-8)
    assert moved.std_error == pytest.approx(plain.std_error, rel=1e-8)
    assert moved.n_units == 30


def test_a_predictor_that_does_not_move_is_named(panel: pd.DataFrame) -> None:
    still = panel.unit.map(pd.Series(np.arange(30.0), index=panel.unit.unique()))
    found = fixed_effects(
        panel.unit, panel.period, panel.cx, np.column_stack([panel.ex, still]), ["fe", "still"], level=0.95
    )
    assert found[0] == fitted(panel, "cr2").named("fe")
    assert isinstance(found[1], NotEstimable) and found[1].reason == "models.no_change"


def test_one_row_per_unit_has_no_within() -> None:
    (found,) = fixed_effects(["a", "b", "c"], [1, 1, 1], [1.0, 2, 3], [1.0, 2, 4], ["fe"], level=0.95)
    assert isinstance(found, NotEstimable) and found.reason == "linkage.too_few_units"


def test_a_predictor_that_only_follows_the_periods_is_collinear(panel: pd.DataFrame) -> None:
    (found,) = fixed_effects(panel.unit, panel.period, panel.cx, panel.period * 1.0, ["fe"], level=0.95)
    assert isinstance(found, NotEstimable) and found.reason == "linkage.collinear"
