from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.measurement.two_level_omega import two_level_omega
from cxresearch.moments import item_moments

LAVAAN = 6e-3
"""lavaan lets residual variances between units be negative, which moves omegas in the third decimal."""


@pytest.fixture(scope="module")
def employees(reference: Path) -> pd.DataFrame:
    rows = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    rows[["ex_04", "ex_10"]] = 6 - rows[["ex_04", "ex_10"]]
    return rows.assign(unit=pd.factorize(rows.unit_id, sort=True)[0])


def omegas(rows: pd.DataFrame, items: list[str], n_units: int = 60) -> dict:
    found = two_level_omega(item_moments(rows.unit, rows[items], n_units), term="scale.s")
    return {result.term.rpartition(".")[2]: result for result in found}


@pytest.mark.parametrize("name", ["S1", "S3"])
def test_omegas_equal_semtools(employees, reference, name) -> None:
    expected = json.loads((reference / "latent_witness.json").read_text())["factors"][name]
    first = {"S1": 1, "S3": 9}[name]
    found = omegas(employees, [f"ex_{place:02d}" for place in range(first, first + 4)])
    for part, value in zip(("omega_within", "omega_between"), expected["omega_observed"], strict=True):
        assert found[part].estimate == pytest.approx(value, abs=LAVAAN)
        assert found[part].conf_low < found[part].estimate < found[part].conf_high <= 1
        assert (found[part].n_units, found[part].n_items) == (60, 4)
    assert found["two_level_fit"].df == 4 and found["two_level_fit"].p_value > 0.05
    assert "latent.improper" in found["omega_between"].health


def test_the_interval_within_agrees_with_the_models_own_error(employees) -> None:
    found = omegas(employees, [f"ex_{place:02d}" for place in range(1, 5)])
    assert found["omega_within"].std_error == pytest.approx(0.0145, rel=0.5), "the delta method's, from lavaan"


def test_no_omega_is_above_one(employees) -> None:
    found = omegas(employees, [f"ex_{place:02d}" for place in range(5, 9)])["omega_between"]
    assert 0.95 < found.estimate <= 1 and "latent.improper" in found.health
    assert found.conf_low is None or found.conf_low < found.estimate < found.conf_high <= 1


@pytest.mark.parametrize(
    ("items", "units", "reason"),
    [
        (["ex_01", "ex_02"], 60, "latent.too_few_items"),
        (["ex_01", "ex_02", "ex_03", "ex_04"], 12, "latent.too_few_units"),
    ],
)
def test_too_little_says_so(employees, items, units, reason) -> None:
    found = omegas(employees[employees.unit < units], items)
    assert {result.reason for result in found.values()} == {reason}


def test_a_scale_of_units_can_be_weaker_than_that_of_people() -> None:
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(80), 15)
    people = rng.normal(size=1200)[:, None] * 0.9 + rng.normal(size=(1200, 4)) * 0.5
    between = rng.normal(size=80)[:, None] * 0.2 + rng.normal(size=(80, 4)) * 0.4
    rows = pd.DataFrame(people + between[unit], columns=list("abcd")).assign(unit=unit)
    found = omegas(rows, list("abcd"), 80)
    assert found["omega_within"].estimate > 0.9
    assert found["omega_between"].estimate < 0.75


def test_no_order_of_people_or_units_matters(employees) -> None:
    items = [f"ex_{place:02d}" for place in range(1, 5)]
    rng = np.random.default_rng(1)
    renamed = rng.permutation(60)
    moved = employees.assign(unit=renamed[employees.unit]).sample(frac=1, random_state=2)
    first, second = omegas(employees, items), omegas(moved, items)
    for part, found in first.items():
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            expected = getattr(found, name)
            assert getattr(second[part], name) == (expected and pytest.approx(expected, rel=1e-6)), (part, name)
