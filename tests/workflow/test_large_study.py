"""Files counted on disk give the results of the same files in memory: every statistic of the run.

The staff answer in two periods under their codes, so that their answers belong together; guests have no codes.
"""

from __future__ import annotations

import numpy as np
import pytest

from cxresearch.findings import Findings
from cxresearch.statistic import Estimate
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from tests.workflow.tiny_study import Tiny, tiny

EQUAL = 1e-9
"""Sums over rows in another order."""
VALUES = (
    *("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"),
    *("n_units", "n_respondents", "n_employees", "n_customers", "n_items"),
)


def widened() -> Tiny:
    """Guests who also answer six items that go together, so that pairs of synonyms are found."""
    made, rng = tiny(24), np.random.default_rng(5)
    made.guests = [dict(row) for row in made.guests for _ in range(3)]
    for row in made.guests:
        own = int(row["satisfied"])
        for place in range(1, 7):
            row[f"g{place}"] = str(int(np.clip(own + rng.integers(-1, 2), 1, 5))) if rng.random() > 0.02 else "9"
    lines = "".join(f"g{place},guests,item,visit,,1,5,9,Kohta {place},Point {place}\n" for place in range(1, 7))
    made.codebook += lines
    made.replace("hypotheses:\n", '  visit: { label: { fi: "Käynti", en: "Visit" }, scale: visit }\nhypotheses:\n')
    return made


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, Findings]:
    found = []
    for memory in ("in", "out"):
        made = widened()
        for name in ("staff", "guests"):
            made.replace(f"path: raw/{name}.csv", f"path: raw/{name}.csv\n    read: {{ memory: {memory} }}")
        study = load_study(made.write(tmp_path_factory.mktemp(memory) / "tiny"))
        found.append(analyse(study, provenance(study, 1)))
    return found[0], found[1]


def test_every_statistic_is_the_same(both: tuple[Findings, Findings]) -> None:
    inside, outside = both
    assert set(inside.results) == set(outside.results)
    assert len(inside.results) > 150
    for term, expected in inside.results.items():
        found = outside.results[term]
        assert type(found) is type(expected), term
        if isinstance(expected, Estimate) and isinstance(found, Estimate):
            wanted = {name: getattr(expected, name) for name in VALUES if getattr(expected, name) is not None}
            held = {name: getattr(found, name) for name in VALUES if getattr(found, name) is not None}
            assert held == pytest.approx(wanted, rel=EQUAL, abs=EQUAL), term
        else:
            assert found == expected


def test_the_verdicts_are_the_same(both: tuple[Findings, Findings]) -> None:
    inside, outside = both
    assert inside.verdicts == outside.verdicts
