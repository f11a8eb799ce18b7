"""What a reader meets of mediation, moderation, form and starting point, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cxresearch.exhibits import ProseSpec, render_exhibit
from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.drivers import drivers, told_apart
from cxresearch.exhibits.mechanism import mechanism
from cxresearch.findings import Findings
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.example_findings import estimate, findings

SHARED = ("mechanism.mediator_shares_predictor",)


def with_results(*found: Result) -> Findings:
    made = findings()
    empty = pd.DataFrame(columns=["hypothesis", "ex", "cx"])
    grid = pd.DataFrame({"value": [0.0, 5.0, 10.0], "slope": [0.1, 0.2, 0.3], "low": -0.1, "high": 0.5})
    frames = {"moderation": grid.assign(hypothesis="h2", moderator="arvo_keur")}
    return replace(made, results={one.term: one for one in found}, frames=frames, linked=empty)


def prose(made: Findings, language: str) -> str:
    shown = (render_exhibit(exhibit, language) for exhibit in mechanism(made) if isinstance(exhibit, ProseSpec))
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def mediated(low: float, high: float, share: Result, health: tuple[str, ...] = ()) -> list[Result]:
    term = "h2.mediation.delay"
    paths = [estimate(f"{term}.{path}", 0.3, 0.1, 0.5, 0.01) for path in ("a", "b", "direct", "total")]
    return [*paths, replace(estimate(f"{term}.indirect", 0.2, low, high, 0.03), health=health), share]


SHARE = Estimate(term="h2.mediation.delay.proportion", estimate=0.67, conf_low=0.2, conf_high=1.3, conf_level=0.95)
NO_SHARE = NotEstimable(term="h2.mediation.delay.proportion", reason="mechanism.total_uncertain")


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (mediated(0.05, 0.4, SHARE), "fi", "Epäsuora vaikutus on 0,200 (95 %:n luottamusväli [0,050; 0,400], *p* = "
         "0,030). Väli ei sisällä nollaa, joten aineisto sopii siihen, että yhteys kulkee välittävän tekijän kautta."),
        (mediated(0.05, 0.4, SHARE), "en", "The indirect effect is 67% of the total (interval from 20% to 130%). "
         "Employees, mediator and customers are three sources (a 2-2-1 design, between units)"),
        (mediated(-0.1, 0.4, NO_SHARE, SHARED), "fi", "Väli sisältää nollan, joten aineisto ei osoita yhteyden "
         "kulkevan välittävän tekijän kautta."),
        (mediated(-0.1, 0.4, NO_SHARE, SHARED), "fi", "Kokonaisvaikutusta ei voi erottaa nollasta, joten osuutta "
         "siitä ei ole mielekästä laskea. Samat työntekijät arvioivat sekä oman kokemuksensa että välittävän tekijän"),
        (mediated(-0.1, 0.4, NO_SHARE), "en", "The interval contains zero, so the data do not show a path through the "
         "mediator. The total effect is 0.300, and the part that passes the mediator by is 0.300."),
        ([NotEstimable(term="h2.mediation.delay.indirect", reason="linkage.collinear")], "en",
         "There is no result for the following: “Delivery delay (days)”. The predictors overlap completely"),
    ],
)  # fmt: skip
def test_a_mediation_in_words(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*found), language)


def moderated(low: float, high: float, method: str) -> list[Result]:
    term = "h2.moderation.arvo_keur"
    region = [
        Estimate(term=f"{term}.johnson_neyman.{end}", estimate=value, method=f"mechanism.johnson_neyman_{method}")
        for end, value in (("low", 2.0), ("high", 8.0), ("share", 0.4))
    ]
    slopes = [estimate(f"{term}.{point}", 0.2, 0.1, 0.3, 0.01) for point in ("low", "high")]
    at = [Estimate(term=f"{term}.{point}.at", estimate=value) for point, value in (("low", 1.0), ("high", 2.5))]
    return [estimate(term, 0.05, low, high, 0.04), *slopes, *at, *region]


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (moderated(0.01, 0.1, "between"), "en", "The interval does not contain zero, so the association depends on the "
         "moderator. The slope is 0.200 where the moderator is 1 and 0.200 where it is 2.500. The slope differs from "
         "zero where the moderator is between 2.000 and 8.000, which is so in 40% of the units."),
        (moderated(-0.1, 0.1, "outside"), "fi", "Väli sisältää nollan, joten aineisto ei osoita yhteyden riippuvan "
         "muuntavasta tekijästä – eikä myöskään sitä, ettei se riipu. Kulmakerroin on 0,200, kun muuntavan tekijän "
         "arvo on 1, ja 0,200, kun se on 2,500. Kulmakerroin poikkeaa nollasta, kun muuntavan tekijän arvo on alle "
         "2,000 tai yli 8,000; niin on 40 %:ssa yksiköistä."),
    ],
)  # fmt: skip
def test_a_moderation_in_words(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*found), language)


def formed(bend: tuple[float, float], low: tuple[float, float], high: tuple[float, float]) -> list[Result]:
    ends = {"quadratic": bend, "two_lines.low": low, "two_lines.high": high}
    found: list[Result] = [estimate(f"h1.{part}", sum(two) / 2, *two, 0.04) for part, two in ends.items()]
    return [*found, Estimate(term="h1.two_lines.break", estimate=3.5)]


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (formed((-0.2, 0.2), (0.1, 0.3), (-0.1, 0.2)), "fi", "**H1.** Yhteyden ei havaittu taipuvan: toisen asteen "
         "termi on 0,000 (95 %:n luottamusväli [−0,200; 0,200]), ja väli sisältää nollan."),
        (formed((-0.4, -0.2), (0.1, 0.3), (-0.1, 0.2)), "en", "Its direction does not turn, as the slopes below and "
         "above 3.500 (0.200 and 0.050) are not clearly opposite."),
        (formed((-0.4, -0.2), (0.1, 0.3), (-0.3, -0.1)), "fi", "**H1.** Yhteys kääntyy suunnilleen kohdassa 3,500: "
         "kulmakerroin on sen alapuolella 0,200 ja yläpuolella −0,200, ja kumpikin poikkeaa nollasta."),
    ],
)  # fmt: skip
def test_a_form_in_words(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*found), language)


def started(corrected: Result) -> list[Result]:
    return [
        estimate("h1.baseline", -0.5, -0.7, -0.3, 0.001),
        Estimate(term="h1.baseline.expected", estimate=-0.4),
        corrected,
        estimate("h1.baseline.moderation", 0.1, -0.1, 0.3, 0.3),
    ]


@pytest.mark.parametrize(
    ("corrected", "language", "sentence"),
    [
        (estimate("h1.baseline.corrected", -0.2, -0.3, -0.1, 0.01), "fi", "matalalta lähteneet yksiköt nousivat "
                                                                             "enemmän kuin mittausvirhe selittää."),
        (estimate("h1.baseline.corrected", 0.2, 0.1, 0.3, 0.01), "en", "units that started high rose more, which"),
        (estimate("h1.baseline.corrected", 0.0, -0.1, 0.1, 0.9), "fi", "aineiston selittämiseen riittää regressio "
         "kohti keskiarvoa."),
        (NotEstimable(term="h1.baseline.corrected", reason="mechanism.errors_unknown"), "en", "How much of this is "
         "regression to the mean is not known. The measurement error of the starting points is not known, so it cannot "
         "be taken out. The association of earlier employee experience with the later result does not clearly depend"),
    ],
)  # fmt: skip
def test_a_starting_point_in_words(corrected: Result, language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*started(corrected)), language)


def shares(p: float) -> list[Result]:
    items = ("kp_tarjous", "kp_aloitus")
    found: list[Result] = [replace(estimate("driver.nps.r2", 0.48, 0.4, 0.5, 1.0), p_value=None)]
    found += [estimate(f"driver.nps.{item}.lmg", 0.2 + 0.1 * place, 0.1, 0.4, 1.0) for place, item in enumerate(items)]
    return [*found, estimate("driver.nps.kp_tarjous.less.kp_aloitus", -0.1, -0.2, -0.05, p)]


@pytest.mark.parametrize(
    ("p", "language", "sentence"),
    [
        (0.001, "en", "these touchpoints differ: “Kick-off meeting” more than “Offer”."),
        (0.2, "fi", "mitkään kaksi kosketuspistettä eivät erotu toisistaan: niiden järjestys ei ole "
         "paremmuusjärjestys."),
    ],
)  # fmt: skip
def test_drivers_are_ranked_only_as_far_as_they_differ(p: float, language: str, sentence: str) -> None:
    shown = [render_exhibit(one, language) for one in drivers(with_results(*shares(p))) if isinstance(one, ProseSpec)]
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose)).replace("\N{NO-BREAK SPACE}", " ")
    assert sentence in text


def test_pairs_are_adjusted_over_the_family() -> None:
    first, second = estimate("p", 0.1, 0.05, 0.2, 0.03), estimate("q", -0.1, -0.2, -0.05, 0.02)
    assert told_apart({("a", "b"): first, ("a", "c"): second}, 0.05) == [("a", "b"), ("c", "a")]
    assert told_apart({("a", "b"): first, ("a", "c"): replace(second, p_value=0.2)}, 0.05) == []
