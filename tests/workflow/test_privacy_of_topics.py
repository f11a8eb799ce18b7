"""No analysis tells of fewer people than the threshold, neither by itself nor beside what the others tell."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation.nonresponse import Completion, completion_results, early_late, response_rates
from cxresearch.findings import Findings
from cxresearch.linkage import link
from cxresearch.linkage.dropped import dropped_difference
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.anonymity import describes_few
from tests.workflow.test_anonymity import THRESHOLD, analysed, measure
from tests.workflow.tiny_study import Tiny, guests, people, team, tiny

SMALL_STAFF, SMALL_GUESTS, LARGE_ENOUGH = "Pikkutiimi", "Hiljainen tiimi", "Rajatiimi"
N_UNITS = 12


def around_the_threshold() -> Tiny:
    """Twelve ordinary units, and one each with four employees, with four customers, and with five of both."""
    made, rng = tiny(N_UNITS), np.random.default_rng(3)
    for unit, staff, visits in (
        (SMALL_STAFF, THRESHOLD - 1, (6, 6)),
        (SMALL_GUESTS, 7, (2, 2)),
        (LARGE_ENOUGH, THRESHOLD, (2, 3)),
    ):
        made.staff += people(unit, staff, 1.5, rng, unit)
        made.guests += guests(unit, visits, 1.5, rng)
    for row in made.staff[:3]:
        row["lead2"] = row["lead3"] = "9"
    for row in made.staff[20:60]:
        row["lead1"] = row["lead2"] = row["lead3"] = "3"
    for place, row in enumerate(made.guests):
        row["sector"], row["region"] = ("odd" if place < 2 else "abc"[place % 3]), "xyz"[int(row["team"][-1:] in "123")]
    made.codebook += (
        "sector,guests,covariate,,,,,,Ala,Sector\nregion,guests,covariate,,,,,,Alue,Region\n"
        "age,staff,covariate,,,,,,Vuodet,Years\n"
    )
    for place, row in enumerate(made.staff):
        row["age"] = str(place % 11)
    made.replace("    cx: csat\n", "    cx: csat\n    moderators: [age, sector]\n")
    made.replace("resampling", "analyses: { groups: [sector], synthesis_by: region }\nresampling")
    return made


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return analysed(around_the_threshold(), tmp_path_factory.mktemp("privacy"))


def test_no_result_rests_on_fewer_people(found: Findings) -> None:
    assert [term for term, result in found.results.items() if describes_few(result, THRESHOLD)] == []
    assert len(found.results) > 200


def test_no_row_of_a_frame_rests_on_fewer_people(found: Findings) -> None:
    assert {"unit_differences", "mixed_slopes"} <= set(found.frames)
    for name, frame in {**found.frames, "linked": found.linked, "panels": found.panels}.items():
        for column in ("n", "ex_n", "cx_n", "n_respondents"):
            if column in frame:
                assert not ((frame[column] > 0) & (frame[column] < THRESHOLD)).any(), (name, column)


def test_small_units_are_named_nowhere(found: Findings) -> None:
    for name, frame in {**found.frames, "linked": found.linked, "panels": found.panels}.items():
        written = frame.to_csv()
        assert SMALL_STAFF not in written, name
        assert SMALL_GUESTS not in written, name
    told = " ".join([*found.results, *(str(loss) for loss in found.losses)])
    assert SMALL_STAFF not in told
    assert SMALL_GUESTS not in told


def test_the_units_that_are_counted_are_those_that_are_shown(found: Findings) -> None:
    """Else the rest of the count would be that of the hidden units."""
    for name, rows in found.frames["unit_differences"].groupby("measure"):
        for correction in ("holm", "bh"):
            counted = found.estimate(f"compare.{name}.units.{correction}")
            assert counted is not None
            assert counted.n_units == len(rows)
            assert counted.estimate == (rows[f"p_{correction}"] < 0.05).sum()


def test_flagged_people_are_none_or_enough(found: Findings) -> None:
    shares = [result for term, result in found.results.items() if term.startswith("screening.")]
    assert any(isinstance(one, Estimate) for one in shares)
    for one in shares:
        if isinstance(one, Estimate):
            n = one.n_respondents or 0
            count = round(one.estimate * n)
            assert all(part == 0 or part >= THRESHOLD for part in (count, n - count)), one.term


def told(result: Result) -> bool:
    return isinstance(result, Estimate)


def people_told(results: tuple[Result, ...]) -> dict[str, int]:
    """Numbers of people that the told shares and rates give by themselves."""
    numbers: dict[str, int] = {}
    for result in results:
        if isinstance(result, Estimate):
            name = result.term.rpartition(".")[2]
            n = result.n_respondents or 0
            numbers[name] = n if name.startswith("rr") else round(result.estimate * n)
            if not name.startswith("rr"):
                numbers["started"] = n
    return numbers


PARTS = {"complete": (1, 0, 0), "partial": (0, 1, 0), "broken_off": (0, 0, 1), "started": (1, 1, 1), "rr1": (1, 0, 0),
         "rr2": (1, 1, 0)}  # fmt: skip
SIZES = (0, 2, 4, 5, 40)


@pytest.mark.parametrize("counts", list(itertools.product(SIZES, repeat=3)))
def test_rates_and_shares_together_tell_of_no_few(counts: tuple[int, int, int]) -> None:
    """No sum or difference of two told numbers is a group below the threshold."""
    came = Completion(*(np.array([count]) for count in counts))
    results = (
        *completion_results(came, term="t", threshold=THRESHOLD),
        *response_rates(came, [200.0], term="t", threshold=THRESHOLD),
    )
    numbers = people_told(results)
    equations = np.array([PARTS[name] for name in numbers], dtype=float).reshape(-1, 3)
    for place, (name, count) in enumerate(zip(("complete", "partial", "broken_off"), counts, strict=True)):
        if 0 < count < THRESHOLD:
            wanted = np.eye(3)[place]
            known = np.linalg.matrix_rank(np.vstack([equations, wanted])) == np.linalg.matrix_rank(equations)
            assert not (len(equations) and known), (name, numbers)


def test_early_and_late_quarters_are_large_enough() -> None:
    day, score = np.arange(16.0), np.tile([1.0, 2.0, 4.0, 5.0], 4)
    codes = np.tile([0, 1], 8)
    assert told(early_late(codes, day, score, 2, term="t"))
    hidden = early_late(codes, day, score, 2, term="t", threshold=THRESHOLD)
    assert isinstance(hidden, NotEstimable)
    assert hidden.reason == "nonresponse.few_people"


def test_units_left_out_are_compared_only_if_they_are_enough_people() -> None:
    ex = measure({(unit, ""): 8 for unit in "abcdef"} | {("y", ""): 2, ("z", ""): 2}, "employee").overall
    cx = measure({(unit, ""): 9 for unit in "abcdefyz"}).overall
    linked = link(ex, cx, min_n=THRESHOLD)
    assert set("yz").isdisjoint(linked.frame["unit"])
    hidden = dropped_difference(ex, linked, term="t", level=0.95, threshold=THRESHOLD)
    assert isinstance(hidden, NotEstimable)
    assert hidden.reason == "linkage.few_people_dropped"
    assert told(dropped_difference(cx, linked, term="t", level=0.95, threshold=THRESHOLD))


def test_common_periods_do_not_give_the_others_away(tmp_path: Path) -> None:
    """Employees answered in the second period only, so three customers of the first are the rest of the shown unit."""
    made = tiny(8)
    made.staff = [row for row in made.staff if row["month"] == "2025-04"]
    made.guests = [row for row in made.guests if row["team"] != team(3)]
    made.guests += guests(team(3), (3, 7), 3, np.random.default_rng(5))
    found = analysed(made, tmp_path)
    assert found.estimate("h1.n") is not None
    assert team(3) not in set(found.linked["unit"])
    panel = found.panels[found.panels["measure"] == "csat"]
    assert panel["mean"].isna().all()


def test_a_moderator_known_from_few_people_is_unknown(tmp_path: Path) -> None:
    made = around_the_threshold()
    for row in made.staff:
        if row["team"] == team(1) and not row["person"].endswith("-0"):
            row["age"] = ""
        elif row["team"] == team(1):
            row["age"] = "90"
    slopes = analysed(made, tmp_path).frames["moderation"]
    assert pd.to_numeric(slopes["value"]).max() < 50
