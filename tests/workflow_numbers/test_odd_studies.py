"""Studies at the edge of what can be analysed: no analysis fails, and whatever has no value has its sentence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cxresearch.exhibits import linkage, render_exhibit, sources
from cxresearch.exhibits.statistics import statistics
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.statistic import NotEstimable
from tests.workflow_numbers.builder import MAKE, Grain, analysed, answers

ITEMS = ["q1", "q2", "q3"]


def _pair(units: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return answers(1, units=units, items=3), answers(101, units=units, items=3)


def _constant(rows: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    return rows.assign(**dict.fromkeys(items, 3.0))


def _single(rows: pd.DataFrame) -> pd.DataFrame:
    """One unit with one person, one in which all answer alike."""
    alone = rows["unit"] == "Unit 03"
    kept = pd.concat([rows[~alone], rows[alone].head(1)], ignore_index=True)
    kept.loc[kept["unit"] == "Unit 05", ITEMS] = 4.0
    return kept


EX, CX = _pair(16)
STUDIES: dict[str, tuple[pd.DataFrame, pd.DataFrame, Grain]] = {
    "two units": (*_pair(2), "respondents"),
    "five units": (*_pair(5), "respondents"),
    "a constant item": (_constant(EX, ["q2"]), CX, "respondents"),
    "all employees alike": (_constant(EX, ITEMS), CX, "respondents"),
    "all customers alike": (EX, _constant(CX, ITEMS), "respondents"),
    "one person in a unit": (_single(EX), _single(CX), "respondents"),
    "customers published": (EX, CX, "unit_scores"),
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_analysis_answers_or_says_why_not(name: str, tmp_path: Path) -> None:
    ex, cx, grain = STUDIES[name]
    given = {"staff": MAKE["respondents"]("employee", ex, "ex"), "guests": MAKE[grain]("customer", cx, "cx")}
    found = analysed(tmp_path, given, privacy={"min_respondents": 5}, resampling={"permutations": 99, "bootstrap": 99})
    for language in LANGUAGES:
        for result in found.results.values():
            if isinstance(result, NotEstimable):
                assert render(Phrase(f"reasons.{result.reason}", dict(result.details)), language).strip()
        for exhibit in (*sources.responses(found), *linkage.models(found), *statistics(found)):
            render_exhibit(exhibit, language)
    assert found.results
