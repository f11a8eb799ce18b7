"""What a reader meets in a group's report, every branch in both languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cxresearch.exhibits.figure import FigureSpec
from cxresearch.exhibits.group import (
    about,
    anonymity,
    development,
    items,
    methods,
    path,
    place,
    scores,
    title,
    together,
)
from cxresearch.exhibits.table import TableSpec
from cxresearch.findings import GroupFindings
from cxresearch.language import LANGUAGES, Label, render
from cxresearch.statistic import NotEstimable
from tests.exhibits.group.example_group import (
    ITEMS,
    estimate,
    findings,
    group,
    hidden,
    measure,
    nothing_shown,
    plain,
    prose,
    rows_of,
    trend,
    words,
)


@pytest.mark.parametrize(("language", "text"), [("fi", "Tiimi: Kaarna"), ("en", "Team: Kaarna")])
def test_the_title_names_kind_and_group(language: str, text: str) -> None:
    assert render(title(group()), language) == text


@pytest.mark.parametrize(
    ("by", "name", "language", "text"),
    [
        ("unit", "Kaarna", "fi", "Tämä raportti koskee yhtä ryhmää (tiimi: Kaarna). Ryhmällä tarkoitetaan niitä sen "
                                 "työntekijöitä ja asiakkaita, jotka vastasivat kyselyihin"),
        ("region", "07", "fi", "(alue: 07). Ryhmällä tarkoitetaan siihen kuuluvien yksiköiden vastaajia"),
        ("period", "2025Q3", "fi", "Tämä raportti koskee yhtä jaksoa (ajanjakso: 2025Q3)."),
        ("unit", "Kaarna", "en", "This report is about one group (team: Kaarna). The group means those of its"),
        ("region", "07", "en", "(region: 07). The group means those who answered in the units that belong to it"),
        ("period", "2025Q3", "en", "This report is about one span of time (period: 2025Q3)."),
    ],
)  # fmt: skip
def test_each_kind_of_group_is_introduced(by: str, name: str, language: str, text: str) -> None:
    assert text in prose(about(findings(), group(by=by, name=name)), language)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fi", ["Työntekijöiden tulokset perustuvat aineistoon ”Fiilismittaus”.",
                "Asiakkaiden tulokset perustuvat aineistoon ”Projektikokemuskysely”.",
                "Ensimmäinen ajanjakso on 2024Q1 ja viimeinen 2024Q4.",
                "Ryhmän työntekijöistä, joilta kysyttiin, vastasi 81 %."]),
        ("en", ["Employees' results come from the source “Pulse survey”.",
                "Customers' results come from the source “Project-experience survey”.",
                "The first period is 2024Q1 and the last 2024Q4.",
                "Of the group's employees who were asked, 81% answered."]),
    ],
)  # fmt: skip
def test_who_answered(language: str, sentences: list[str]) -> None:
    said = prose(about(findings(), group()), language)
    assert all(sentence in said for sentence in sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_of_a_grouping_are_named_and_a_period_has_no_periods(language: str) -> None:
    assert "Kaarna" in prose(about(findings(), group(by="region", name="07", members=("Honka", "Kaarna"))), language)
    many = tuple(f"U{place:02d}" for place in range(30))
    said = prose(about(findings(), group(by="region", name="07", members=many)), language)
    assert "U19" in said and "U20" not in said
    assert "2024Q4" not in prose(about(findings(), group(by="period", name="2024Q2")), language)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fi", ["mitään tulosta, jonka takana on vähemmän kuin 5 vastaajaa, ei näytetä",
                "jonkin toisen pienen ryhmän tuloksen. Tämä koskee seuraavaa: ”Asioinnin helppous (CES)”.",
                "Tulos puuttuu seuraavasta: ”Asioinnin helppous (CES)”."]),
        ("en", ["no result that rests on fewer than 5 respondents is shown",
                "This concerns “Ease of doing business (CES)”.",
                "for the following: “Ease of doing business (CES)”."]),
    ],
)  # fmt: skip
def test_what_is_withheld_is_told_in_words(language: str, sentences: list[str]) -> None:
    said = prose(anonymity(findings(), group()), language)
    assert all(sentence in said for sentence in sentences), said


@pytest.mark.parametrize(
    ("language", "text"),
    [("fi", "Tästä ryhmästä ei ole jätetty mitään näyttämättä."), ("en", "Nothing of this group was withheld.")],
)
def test_a_group_of_which_all_is_shown(language: str, text: str) -> None:
    whole = group(*measure("ces", 5.8, 0.1, 0.5), withheld=())
    assert text in prose(anonymity(findings(), whole), language)


MEASURES = {
    "higher": (measure("csat", 90.0, 10.0, 0.00001, 3.0),
               "- **Tyytyväisten osuus (CSAT):** tulos on korkeampi kuin muilla. Ero on +10,0 prosenttiyksikköä "
               "(95 %:n luottamusväli [+7,0; +13,0]).",
               "- **Share of satisfied customers (CSAT):** the score is higher than that of the rest. The difference "
               "is +10.0 percentage points (95% confidence interval [+7.0, +13.0])."),
    "lower": (measure("nps", 40.0, -12.0, 0.00001, 3.0),
              "- **Nettosuositteluindeksi (NPS):** tulos on matalampi kuin muilla. Ero on −12,0 pistettä",
              "- **Net Promoter Score (NPS):** the score is lower than that of the rest. The difference is −12.0"),
    "alone": (measure("cooperation", 4.0, 0.3, 0.03),
              "- **Yhteistyö:** eroa muihin ei voitu osoittaa, kun kaikki mittarit otetaan huomioon. Jos "
              "vertailtaisiin vain tätä mittaria, havaittu ero +0,30 (95 %:n luottamusväli [+0,10; +0,50]) erottuisi "
              "sattumasta.",
              "- **Co-operation:** no difference from the rest could be shown when all measures are allowed for."),
    "untested": ([estimate("group.cooperation", 4.0, None), estimate("group.cooperation.difference", 0.3, None)],
                 "- **Yhteistyö:** havaittu ero muihin on +0,30, mutta aineisto ei kerro, kuinka tarkasti",
                 "- **Co-operation:** the observed difference is +0.30, but the data do not tell how precisely"),
    "not_compared": ([NotEstimable(term="group.cooperation.difference", reason="groups.no_rest")],
                     "- **Yhteistyö:** ryhmän tulos on 3,70, mutta eroa muihin ei voida esittää. Vertailukohtaa",
                     "- **Co-operation:** the group's score is 3.70, but its difference from the rest cannot be"),
    "control": ([], "**Pysäköinti tapaamispaikan lähellä:** tulos on korkeampi kuin muilla. Ero on +0,80 (95 %:n "
                    "luottamusväli [+0,60; +1,00]). Mittari on mukana vain vertailun vuoksi: se kuvaa asiaa, johon "
                    "työntekijät eivät voi vaikuttaa, eikä sitä ole laskettu mukaan vertailtavien mittareiden määrään.",
                "The measure is there for comparison only: it is something that employees cannot influence, and it is "
                "not counted among the measures compared."),
    "unclear": ([*measure("csat", 82.5, 1.0, 0.9, 9.0), *measure("cooperation", 3.7, 0.05, 0.6)],
                "- **Muut mittarit:** eroa muihin ei voitu osoittaa. Havaitut erot ja niiden 95 %:n luottamusvälit "
                "ovat seuraavat: ”Yhteistyö” +0,05 [−0,15; +0,25] ja ”Tyytyväisten osuus (CSAT)” +1,0 "
                "prosenttiyksikköä",
                "- **Other measures:** no difference from the rest could be shown."),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", MEASURES)
def test_each_standing_has_its_sentence(case: str, language: str) -> None:
    results, fi, en = MEASURES[case]
    said = prose(scores(findings(), group(*results)), language)
    assert (fi if language == "fi" else en) in said, said


@pytest.mark.parametrize(
    ("kept", "fi", "en"),
    [
        ({"leadership", "own_work"}, "muita korkeampi 1 mittarilla ja selvästi muita matalampi 1", "on 1 of them"),
        ({"leadership"}, "Niistä yhdellä ryhmän tulos on selvästi kork", "On one of them the group scores clearly"),
        ({"own_work"}, "Niistä yhdellä ryhmän tulos on selvästi matalampi", "On one of them the group scores clearly"),
        (set(), "eikä yhdelläkään niistä voitu osoittaa eroa", "no difference between the group and the rest"),
    ],
)  # fmt: skip
def test_the_summary_counts_clear_differences(kept: set[str], fi: str, en: str) -> None:
    same = [
        result
        for name in ("leadership", "own_work", "nps")
        if name not in kept
        for result in measure(name, 4.0, 0.01, 0.9, 20.0)
    ]
    made = scores(findings(), group(*same))
    assert fi in prose(made, "fi") and en in prose(made, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_tells_differences_with_their_units(language: str) -> None:
    rows = {row[0]: row for row in rows_of(scores(findings(), group()), "tbl-group-scores", language)}
    name = "Nettosuositteluindeksi (NPS)" if language == "fi" else "Net Promoter Score (NPS)"
    point = "," if language == "fi" else "."
    assert rows[name][1:5] == ("40", f"60{point}0", f"52{point}0", f"+8{point}0")
    assert not any("ces" in row[0].casefold() for row in rows.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_few_groups_give_no_order(language: str) -> None:
    made = group()
    few = replace(made, others=made.others.groupby("measure").tail(2))
    exhibits = place(findings(), few)
    assert not any(isinstance(one, FigureSpec) for one in exhibits)
    assert ("niin vähän" if language == "fi" else "Too few groups") in prose(exhibits, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shrunken_score_stands_beside_the_observed_one(language: str) -> None:
    exhibits = place(findings(), group())
    row = rows_of(exhibits, "tbl-group-place", language)[0]
    point = "," if language == "fi" else "."
    assert row[1:3] == (f"4{point}20", f"4{point}05")
    assert plain(row[4]) == ("75 %" if language == "fi" else "75%")
    told = "Pieni ryhmä päätyy ääripäähän usein sattumalta" if language == "fi" else "A small group often ends up"
    assert told in prose(exhibits, language)


@pytest.mark.parametrize(
    ("change", "fi", "en"),
    [
        (estimate("group.leadership.change", 0.5, 0.1, 0.00001), "Tulos on noussut selvästi seuraavalla mittarilla: "
         "”Esihenkilötyö” +0,50 [+0,40; +0,60].", "The score has clearly risen on the measure “Leadership” +0.50"),
        (estimate("group.nps.change", -20, 5, 0.00001), "Tulos on laskenut selvästi seuraavalla mittarilla",
         "The score has clearly fallen on the measure"),
        (estimate("group.nps.change", 1, 5, 0.9), "Yhdelläkään mittarilla ei voitu osoittaa muutosta.",
         "No change could be shown on any measure."),
    ],
)  # fmt: skip
def test_the_latest_change(change: object, fi: str, en: str) -> None:
    made = development(findings(), group(change))  # type: ignore[arg-type]
    assert fi in prose(made, "fi") and en in prose(made, "en")


def test_a_period_that_is_not_shown_leaves_a_gap() -> None:
    made = replace(group(), trend=trend(("2024Q1", "2024Q3")))
    (figure,) = (one for one in development(findings(), made) if isinstance(one, FigureSpec))
    drawn = figure.data["panels"][0].frame
    assert drawn["period"].tolist() == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert drawn["mean"].isna().tolist() == [False, True, False, True]
    assert "Katkos" in words([figure], "fi")


@pytest.mark.parametrize(
    ("by", "fi", "en"),
    [("unit", "Kehitystä ei voida kuvata", "Development cannot be described"),
     ("period", "Raportti koskee yhtä ajanjaksoa", "The report is about one")],
)  # fmt: skip
def test_one_period_is_no_development(by: str, fi: str, en: str) -> None:
    made = group(by=by, name="2024Q2", trend=trend(("2024Q2",)))
    assert fi in prose(development(findings(), made), "fi") and en in prose(development(findings(), made), "en")


def test_questions_come_by_their_difference() -> None:
    exhibits = items(findings(), group())
    (figure,) = (one for one in exhibits if isinstance(one, FigureSpec))
    assert [round(row.difference, 1) for row in figure.data["rows"]] == [0.7, 0.1, -0.6]
    assert "2 kysymyksessä, selvimmin näissä: ”Hyödyllinen palaute” (+0,70) ja ”Aloituspalaveri” (+0,40)." in prose(
        exhibits, "fi"
    )


def test_a_question_of_two_sources_is_named_with_its_source() -> None:
    made = findings()
    twin = replace(next(v for v in made.codebook.variables if v.name == "joht_1"), source="projects")
    both = replace(made, codebook=replace(made.codebook, variables=(*made.codebook.variables, twin)))
    frame = group().items
    again = frame[frame["item"] == "joht_1"].assign(source="projects")
    said = prose(items(both, replace(group(), items=pd.concat([frame, again]))), "fi")
    assert "”Hyödyllinen palaute (Fiilismittaus)”" in said and "”Hyödyllinen palaute (Projektikokemuskysely)”" in said


def test_questions_and_touchpoints_without_a_clear_difference() -> None:
    frame = group().items.assign(diff_low=-1.0, diff_high=1.0)
    made = replace(group(hidden("group.item.pulse.joht_1.difference")), items=frame)
    assert "eikä yhdessäkään niistä voitu osoittaa eroa" in prose(items(findings(), made), "fi")
    assert "the path shows neither strengths nor pain points" in prose(path(findings(), made), "en")


@pytest.mark.parametrize(
    ("language", "strength", "pain"),
    [
        ("fi", "Mahdollinen vahvuus on ”Aloituspalaveri”", "Mahdollinen kipupiste on ”Laskutus”"),
        ("en", "A possible strength is “Kick-off meeting”", "A possible pain point is “Invoicing”"),
    ],
)
def test_strengths_and_pain_points_in_careful_words(language: str, strength: str, pain: str) -> None:
    said = prose(path(findings(), group()), language)
    assert strength in said and pain in said


def test_hidden_touchpoints_are_told() -> None:
    without = replace(group(), items=pd.DataFrame(columns=ITEMS))
    assert "kosketuspisteiden tuloksia ei voida esittää" in prose(path(findings(), without), "fi")
    assert "may not be shown" in prose(items(findings(), without), "en")


@pytest.mark.parametrize(
    ("by", "fi", "en"),
    [
        ("unit", "ei ennusta yksittäisen ryhmän tulosta", "does not predict the score of a single group"),
        ("region", "Päätelmät koskevat yksiköitä, eivät niistä koottuja ryhmiä.", "about units, not about groups"),
        ("period", "Päätelmät koskevat yksiköitä, eivät ajanjaksoja.", "about units, not about periods"),
    ],
)
def test_the_study_does_not_predict_one_group(by: str, fi: str, en: str) -> None:
    made = together(findings(), group(by=by, name="x"))
    assert fi in prose(made, "fi") and en in prose(made, "en")
    verdicts = rows_of(made, "tbl-group-verdicts", "fi")
    assert [(row[0], row[2]) for row in verdicts] == [("H1", "Saa tukea"), ("H3", "Jää avoimeksi")]


@pytest.mark.parametrize(
    ("ex", "cx", "fi"),
    [
        (4.5, 90.0, "on molemmilla mittareilla ryhmien keskiarvon yläpuolella"),
        (4.5, 10.0, "työntekijämittarilla ryhmien keskiarvon yläpuolella ja asiakasmittarilla sen alapuolella"),
        (2.5, 90.0, "työntekijämittarilla ryhmien keskiarvon alapuolella ja asiakasmittarilla sen yläpuolella"),
        (2.5, 10.0, "on molemmilla mittareilla ryhmien keskiarvon alapuolella"),
        (None, None, "Tämän ryhmän paikkaa ei voida näyttää."),
    ],
)
def test_the_place_among_all_groups(ex: float | None, cx: float | None, fi: str) -> None:
    frame = group().pairs
    own = frame["own"]
    frame = frame[~own] if ex is None else frame.assign(ex=frame["ex"].where(~own, ex), cx=frame["cx"].where(~own, cx))
    assert fi in prose(together(findings(), replace(group(), pairs=frame)), "fi")


ALL = (about, anonymity, methods, scores, place, development, items, path, together)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", ["unit", "region", "period"])
def test_a_group_of_which_nothing_may_be_shown_is_told_so(by: str, language: str) -> None:
    made = nothing_shown(by=by, name="x")
    exhibits = [one for part in ALL for one in part(findings(), made)]
    assert not any(isinstance(one, FigureSpec) for one in exhibits)
    assert {one.id for one in exhibits if isinstance(one, TableSpec)} == {"tbl-group-verdicts"}
    assert words(exhibits, language)


@pytest.mark.parametrize("missing", ["rest", "difference", "shrunken", "change", "percentile"])
def test_any_part_may_be_missing(missing: str) -> None:
    made = group(*(hidden(f"group.{name}.{missing}") for name in ("leadership", "own_work", "nps")))
    for part in ALL:
        for language in LANGUAGES:
            assert words(part(findings(), made), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_users_words_stand_in_the_nominative_and_are_not_markdown(language: str) -> None:
    odd = '*”Tiimi" #1* [x](y) <b> 🎉 $a$ ' + "pitkä " * 30
    made: GroupFindings = group(name=odd, by_label=Label("*tiimi*", "*team*"))
    said = " ".join(text for part in ALL for text in [words(part(findings(), made), language)])
    assert " ".join(odd.split()) in said
