"""Files counted on disk give the results of the same files in memory: every statistic of the run.

The staff answer in two periods under their codes, so that their answers belong together; guests have no codes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.codebook.narrowing import is_counted
from cxresearch.findings import Findings
from cxresearch.statistic import Estimate
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.reading import read_study
from cxresearch.workflow.screened import screened, screenings
from tests.workflow.tiny_study import Tiny, tiny, written

EQUAL = 1e-9
"""Sums over rows in another order."""
ROTATED = 1e-7
"""A rotation that stops when its steps are small."""
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


def demanding() -> Tiny:
    """Guests in two files, with weights, who are named, answer again, click straight through and belong to classes.

    Two measures of a hypothesis stand side by side in their files, and one item is a marker.
    """
    made, rng = tiny(24), np.random.default_rng(6)
    rows = [dict(row) for row in made.guests for _ in range(2)]
    for place, row in enumerate(rows):
        own = float(row["satisfied"])
        of_scale = np.tile(rng.normal(0, 0.9, SCALES), LONG // SCALES)
        answers = np.clip(np.rint(0.5 * own + 1.5 + of_scale + rng.normal(0, 0.7, LONG)), 1, 5).astype(int)
        if place % 15 == 0:
            answers[:] = 3
        row |= {f"v{item}": "9" if rng.random() < 0.01 else str(answer) for item, answer in enumerate(answers, 1)}
        row |= {"w": str(rng.choice([0.5, 1.0, 2.0])), "class": str(rng.choice(["a", "b"])), "id": ""}
        row |= {"m": str(rng.integers(1, 6))}
    for place in range(30):
        rows[2 * place]["id"] = f"again{place}"
    again = [row | {"month": row["month"].replace("-01", "-02").replace("-04", "-05")} for row in rows[0:60:2]]
    rows += again + [
        row | {"month": row["month"].replace("-02", "-03").replace("-05", "-06"), "satisfied": "1"} for row in again
    ]
    rows += [dict(row) for row in rows if not row["id"]]
    made.guests = [row for place, row in enumerate(rows) if place % 3]
    made.raw["raw/web.csv"] = written(row for place, row in enumerate(rows) if place % 3 == 0)
    header, *lines = made.codebook.replace("label_en\n", "label_en,touchpoint\n", 1).splitlines()
    lines = [f"{line}," for line in lines if ",comment," not in line]
    of_guests = [f"{name},guests,{role},,,,,,{name},{name}," for name, role in OWN.items()]
    of_guests += ["m,guests,item,,,1,5,9,M,M,"]
    of_guests += [
        f"v{item},guests,item,visit{(item - 1) % SCALES},,1,5,9,Kohta {item},Point {item},{item if item < 4 else ''}"
        for item in range(1, LONG + 1)
    ]
    lines += of_guests
    lines += [line.replace(",guests,", ",web,", 1) for line in lines if ",guests," in line]
    made.codebook = "\n".join([header, *lines]) + "\n"
    web = "label: { fi: Verkko, en: Web }\n"
    made.replace(
        "measures:\n",
        f"  web:\n    side: customer\n    grain: respondents\n    path: raw/web.csv\n    {web}measures:\n",
    )
    scales = "".join(f"  visit{k}: {{ label: {{ fi: Käynti, en: Visit }}, scale: visit{k} }}\n" for k in range(SCALES))
    made.replace("hypotheses:\n", f"{scales}hypotheses:\n")
    made.replace(
        "resampling:",
        "  h2:\n    statement: { fi: Toinen., en: Second. }\n    ex: leadership\n    cx: visit0\n"
        "    mediators: [visit1]\n"
        "analyses: { groups: [class], marker: m, leave_out: [planning, synthesis, cross_lagged] }\nresampling:",
    )
    return made


LONG, SCALES = 12, 3
"""Items that guests answer, and how many scales they make."""
OWN = {"w": "weight", "class": "covariate", "id": "respondent"}


@pytest.fixture(scope="module", params=[widened, demanding], ids=lambda make: make.__name__)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, Findings]:
    found = []
    for memory in ("in", "out"):
        made = request.param()
        for name in ("staff", "guests", "web"):
            if f"raw/{name}.csv" in made.study:
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
            near = ROTATED if term.endswith(".omega_h") else EQUAL
            assert held == pytest.approx(wanted, rel=near, abs=near), term
        else:
            assert found == expected


def test_the_verdicts_are_the_same(both: tuple[Findings, Findings]) -> None:
    inside, outside = both
    assert [verdict.verdict for verdict in inside.verdicts] == [verdict.verdict for verdict in outside.verdicts]
    for one, other in zip(inside.verdicts, outside.verdicts, strict=True):
        assert [(ground.code, ground.met) for ground in one.grounds] == [(g.code, g.met) for g in other.grounds]
        for ground, same in zip(one.grounds, other.grounds, strict=True):
            assert dict(same.values) == pytest.approx(dict(ground.values), rel=EQUAL, abs=EQUAL)


def test_what_was_answered_is_counted_alike(both: tuple[Findings, Findings]) -> None:
    for name in ("answers", "missing", "distributions"):
        pd.testing.assert_frame_equal(*(getattr(found, name) for found in both), rtol=EQUAL)


def test_the_guests_are_counted_and_narrowed(tmp_path: Path) -> None:
    made = demanding()
    made.replace("path: raw/guests.csv", "path: raw/guests.csv\n    read: { memory: out }")
    study = load_study(made.write(tmp_path / "tiny"))
    data = read_study(study)
    (_, guests, _) = data.responses.values()
    assert is_counted(guests)
    named = guests.frame[guests.frame["respondent"] != ""]
    assert (named["frequency"] == 1).all() and named.duplicated(["unit", "period", "respondent"]).any()
    one = data.over("guests", ["satisfied"])
    assert 3 * len(one.frame) < 2 * len(guests.frame)
    left = screened(study, data, "strict")
    assert left.responses["guests"] is guests
    flagged = screenings(study, data)["guests"]
    assert left.over("guests", ["satisfied"]).frame["frequency"].sum() == flagged.count(flagged.kept("strict"))
    assert 0 < flagged.count(flagged.flagged()) < flagged.count(flagged.strict())
