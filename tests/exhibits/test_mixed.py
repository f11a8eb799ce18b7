"""What a reader meets of multilevel models, in both languages."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Figure, Prose, Table
from cxresearch.exhibits.mixed import mixed
from cxresearch.exhibits.statistics import statistic_name
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.example_findings import estimate, findings

SINGULAR = ("mixed.singular",)


def with_results(*found: Result, slopes: pd.DataFrame | None = None) -> Findings:
    made = findings()
    frames = {} if slopes is None else {"mixed_slopes": slopes}
    return replace(made, results={**made.results, **{result.term: result for result in found}}, frames=frames)


def share(term: str, value: float) -> Estimate:
    return Estimate(term=term, estimate=value, conf_low=value - 0.05, conf_high=value + 0.05, conf_level=0.95)


def shares(middle: str = "period") -> list[Result]:
    parts = {"unit": 0.13, middle: 0.07, "respondent": 0.80}
    return [share(f"variance.{name}.{part}", value) for name in ("leadership", "nps") for part, value in parts.items()]


def slope(term: str, value: float, half: float, df: float = 38.0, **other: object) -> Estimate:
    return replace(estimate(term, value, value - half, value + half, 0.01), df=df, **other)


def split(difference: float, method: str = "mixed.period_within_between") -> list[Result]:
    return [
        slope("h1.mixed", 44.3, 24.0),
        slope("h1.within_between.within", 3.2, 13.9, 272.0, method=method),
        slope("h1.within_between.between", 43.1, 24.2, method=method),
        slope("h1.within_between.difference", difference, 27.7, 68.1, method=method),
    ]


def random(low: float, high: float = 39.1, health: tuple[str, ...] = ()) -> list[Result]:
    sd = Estimate(term="h1.random_slope.sd", estimate=17.3, conf_low=low, conf_high=high, conf_level=0.95)
    return [
        slope("h1.random_slope", 1.8, 15.5, 33.1, health=health),
        sd,
        share("h1.random_slope.range", 0.46),
    ]


def frame() -> pd.DataFrame:
    rows = {"unit": ["A", "B", "C"], "slope": [0.1, -0.2, 0.4], "low": [-0.2, -0.6, 0.1], "high": [0.4, 0.2, 0.8]}
    return pd.DataFrame(rows | {"own": [0.3, -0.9, 0.5], "hypothesis": "h1"})


def prose(made: Findings, language: str) -> str:
    shown = (render_exhibit(exhibit, language) for exhibit in mixed(made) if isinstance(exhibit, ProseSpec))
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def tables(made: Findings, language: str) -> dict[str, Table]:
    shown = [render_exhibit(spec, language) for spec in mixed(made) if isinstance(spec, TableSpec)]
    return {block.id: block for block in shown if isinstance(block, Table)}


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (shares(), "fi", "Ajanjaksojen välinen vaihtelu on yksikön omaa muutosta"),
        (shares(), "en", "Variation between periods is a unit's own change"),
        (shares("employee"), "fi", "riippuu siitä, kuka palvelee"),
        (shares("employee"), "en", "how much a customer's experience depends on who serves"),
        (split(39.9), "fi", "Kulmakertoimet eroavat toisistaan (erotus 39,90, 95 %:n luottamusväli [12,20; 67,60])"),
        (
            split(39.9),
            "en",
            "The two differ from each other (difference 39.90, 95% confidence interval [12.20, 67.60])",
        ),
        (split(5.0), "fi", "Aineisto ei osoita, että kulmakertoimet eroavat toisistaan"),
        (split(5.0), "en", "The data do not show that the two differ"),
        (split(5.0, "mixed.employee_within_between"), "fi", "Yhden työntekijän vastaukset ovat epäluotettavampi mitta"),
        (split(5.0, "mixed.employee_within_between"), "en", "One employee's answers are a less reliable measure"),
        (random(5.0), "fi", "noin 46 % yksiköistä on sellaisia, joissa kulmakerroin on vastakkaismerkkinen"),
        (random(5.0), "en", "about 46% of units have a slope of the opposite sign"),
        (random(0.0), "fi", "ja väli ulottuu nollaan"),
        (random(0.0), "en", "and the interval reaches zero"),
        (random(5.0, math.inf), "fi", "[5,000; ∞]"),
        (random(5.0, math.inf), "en", "[5.000, ∞]"),
    ],
)
def test_each_result_is_told_in_words(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*found), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_told_once(language: str) -> None:
    few = {"count": 2, "needed": 3}
    parts = ("random_slope", "random_slope.sd", "random_slope.range")
    found = [
        NotEstimable(term=f"{name}.{part}", reason="mixed.too_few_periods", details=few)
        for name in findings().spec.hypotheses
        for part in parts
    ]
    text = prose(with_results(*found), language)
    sentence = {"fi": "vähintään 3 yhteistä ajanjaksoa", "en": "at least 3 periods in common"}[language]
    assert text.count(sentence) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_anything_a_sentence_says_so(language: str) -> None:
    first = mixed(findings())[0]
    assert isinstance(first, ProseSpec)
    assert {"fi": "Ei voitu tutkia", "en": "could not be examined"}[language] in prose(findings(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_degrees_of_freedom_and_singular_fits_are_in_the_table(language: str) -> None:
    made = with_results(*shares(), *split(39.9), *random(0.0, health=SINGULAR))
    shown = tables(made, language)
    assert set(shown) == {"tbl-variance", "tbl-within-between", "tbl-slopes"}
    cells = [row[4] for row in shown["tbl-within-between"].rows]
    assert cells == {"fi": ["38,0", "272,0", "38,0", "68,1"], "en": ["38.0", "272.0", "38.0", "68.1"]}[language]
    assert "singula" in shown["tbl-slopes"].note
    assert "Satterthwait" in shown["tbl-slopes"].note


def test_shares_of_variance_have_intervals() -> None:
    shown = tables(with_results(*shares()), "en")["tbl-variance"]
    assert shown.rows[0] == ("Leadership", "13%", "8–18%", "7%", "2–12%", "80%", "75–85%")


def test_the_picture_shows_units_where_slopes_differ() -> None:
    made = with_results(*random(5.0), slopes=frame())
    (picture,) = [exhibit for exhibit in mixed(made) if isinstance(exhibit, FigureSpec)]
    shown = render_exhibit(picture, "en")
    assert isinstance(shown, Figure)
    assert shown.id == "fig-unit-slopes-h1"
    assert "The slopes of 3 units in order of size" in shown.alt
    assert "Slopes below zero: 1" in shown.alt
    assert "Figure [-@fig-unit-slopes-h1]" in prose(made, "en")


def test_no_picture_of_a_singular_fit() -> None:
    made = with_results(*random(0.0, health=SINGULAR), slopes=frame())
    made.results["h1.random_slope.sd"] = replace(made.results["h1.random_slope.sd"], health=SINGULAR)
    assert not [exhibit for exhibit in mixed(made) if isinstance(exhibit, FigureSpec)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_moderators_of_slopes_are_named_by_their_labels(language: str) -> None:
    clear = slope("h1.cross_level.toimintatapa_2", 9.0, 4.0)
    unclear = slope("h1.cross_level.toimintatapa_3", 1.0, 4.0)
    made = with_results(*random(5.0), clear, unclear)
    named = {"fi": "”Toimintatapa: 2”", "en": "“Way of working: 2”"}[language]
    assert named in prose(made, language)
    only = with_results(*random(5.0), unclear)
    none = {"fi": "Mikään tutkituista", "en": "None of the moderators"}[language]
    assert none in prose(only, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_statistic_has_a_name(language: str) -> None:
    group = [slope("h1.group_slope", 1.0, 2.0)]
    group += [share(f"h1.{kind}.{part}", 0.2) for kind in ("group_slope", "random_slope") for part in ("tau2", "range")]
    made = with_results(*split(1.0), *random(5.0), *group, share("h1.group_slope.sd", 0.2))
    made = replace(made, results={**made.results, "h1.cross_level.alue_2": slope("h1.cross_level.alue_2", 1.0, 2.0)})
    parts = [result.term.removeprefix("h1.") for result in made.under("h1")]
    text = " ".join(render(statistic_name(made, part), language) for part in parts)
    names = {"fi": ("yksikköryhmien", "vastakkaismerkkinen"), "en": ("groups of units", "the opposite sign")}[language]
    assert all(name in text for name in names)
