from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cxresearch.findings import Findings
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.topics import registry
from cxresearch.workflow.topics.mixed import SLOPES, mixed
from tests.workflow.tiny_study import Tiny, team, tiny


@pytest.fixture(autouse=True)
def _only_this_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "TOPICS", {"mixed": mixed})


def found(made: Tiny, folder: Path) -> Findings:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, study.spec.seed))


def served(made: Tiny, seed: int = 5) -> Tiny:
    """Customers with the employee who served them: half a point better per point of the employee's own score."""
    rng = np.random.default_rng(seed)
    made.recode("satisfied,guests,item", "server,guests,served_by,,,,,,Palvelija,Served by\nsatisfied,guests,item")
    scores: dict[str, list[float]] = {}
    for row in made.staff:
        scores.setdefault(row["person"], []).append(np.mean([int(row[f"lead{place}"]) for place in (1, 2, 3)]))
    of_unit: dict[str, list[str]] = {}
    for row in made.staff:
        of_unit.setdefault(row["team"], []).append(row["person"])
    for row in made.guests:
        people = sorted(set(of_unit[row["team"]]))
        person = people[int(rng.integers(len(people)))]
        level = 0.5 * float(np.mean(scores[person])) + 1.8 + rng.normal(0, 0.7)
        row |= {"server": person, "satisfied": str(int(np.clip(np.rint(level), 1, 5)))}
    return made


def test_two_periods_have_shares_and_slopes_within_and_between(tmp_path: Path) -> None:
    results = found(tiny(14), tmp_path).results
    shares = [results[f"variance.csat.{part}"] for part in ("unit", "period", "respondent")]
    assert sum(share.estimate for share in shares) == pytest.approx(1)
    assert all(share.conf_low <= share.estimate <= share.conf_high for share in shares)
    within, between, difference = (results[f"h1.within_between.{part}"] for part in ("within", "between", "difference"))
    assert difference.estimate == pytest.approx(between.estimate - within.estimate)
    assert within.method == "mixed.period_within_between"
    assert (within.n_units, within.n_periods) == (14, 2)
    slope = results["h1.random_slope"]
    assert slope == NotEstimable(
        term="h1.random_slope", reason="mixed.too_few_periods", details={"count": 2, "needed": 3}
    )


def test_customers_who_tell_who_served_them_are_nested_in_employees(tmp_path: Path) -> None:
    results = found(served(tiny(20)), tmp_path).results
    within = results["h1.within_between.within"]
    assert isinstance(within, Estimate)
    assert within.method == "mixed.employee_within_between"
    assert within.conf_low < 0.5 < within.conf_high
    assert within.conf_low > 0
    assert (within.n_units, within.n_customers) == (20, 200)
    assert within.n_employees <= 120
    assert "variance.csat.period" not in results
    assert results["variance.csat.employee"].n_customers == 200


def test_customers_of_strangers_have_a_reason(tmp_path: Path) -> None:
    made = served(tiny(10))
    for row in made.guests:
        row["server"] = "nobody"
    results = found(made, tmp_path).results
    assert results["h1.within_between.within"].reason == "mixed.nobody_served"


def test_slopes_of_small_units_are_not_in_the_frame(tmp_path: Path) -> None:
    made = four_periods(tiny(12))
    made.staff = [row for row in made.staff if row["team"] != team(3) or row["person"].endswith(("-0", "-1"))]
    findings = found(made, tmp_path)
    frame = findings.frame("mixed_slopes")
    assert list(frame.columns) == list(SLOPES)
    assert len(frame) == 10, "another unit is withheld with the small one, which could be worked out otherwise"
    assert team(3) not in set(frame["unit"])
    assert isinstance(findings.results["h1.random_slope"], Estimate)
    assert findings.results["h1.random_slope.sd"].conf_low >= 0


def four_periods(made: Tiny) -> Tiny:
    """The same people again half a year later, with other answers."""
    rng = np.random.default_rng(1)
    for rows, names in ((made.staff, ("lead1", "lead2", "lead3")), (made.guests, ("satisfied",))):
        later = []
        for row in rows:
            month = {"2025-01": "2025-07", "2025-04": "2025-10"}[row["month"]]
            shift = rng.integers(-1, 2)
            changed = {name: str(int(np.clip(int(row[name]) + shift, 1, 5))) for name in names}
            later.append(row | {"month": month} | changed)
        rows += later
    return made


def test_too_few_units_have_no_multilevel_models(tmp_path: Path) -> None:
    results = found(tiny(3), tmp_path).results
    assert results["h1.within_between.within"].reason == "linkage.too_few_units"
    assert results["h1.random_slope"].reason == "linkage.too_few_units"
