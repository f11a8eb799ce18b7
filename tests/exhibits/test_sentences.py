"""Golden sentences and rows: what a reader meets in the report, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cxresearch.exhibits import ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.appendices import codebook
from cxresearch.exhibits.association import models
from cxresearch.exhibits.blocks import Prose, Table
from cxresearch.exhibits.conclusions import answer, conclusions, grounds
from cxresearch.exhibits.controls import controls
from cxresearch.exhibits.direction import direction
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.losses import losses
from cxresearch.exhibits.markdown import markdown
from cxresearch.exhibits.measures import scores
from cxresearch.exhibits.methods import methods_text
from cxresearch.exhibits.robustness import robustness
from cxresearch.exhibits.sources import plan
from cxresearch.exhibits.statistics import statistics
from cxresearch.exhibits.table import write_cell
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES
from cxresearch.statistic import Estimate
from cxresearch.verdict import Limit
from tests.exhibits.example_findings import estimate, findings


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def prose(exhibits: tuple[Exhibit, ...], language: str) -> str:
    shown = (render_exhibit(exhibit, language) for exhibit in exhibits if isinstance(exhibit, ProseSpec))
    return plain(" ".join(block.markdown for block in shown if isinstance(block, Prose)))


def tables(exhibits: tuple[Exhibit, ...], language: str) -> list[Table]:
    shown = [render_exhibit(exhibit, language) for exhibit in exhibits if isinstance(exhibit, TableSpec)]
    return [block for block in shown if isinstance(block, Table)]


def rows(exhibits: tuple[Exhibit, ...], language: str) -> list[tuple[str, ...]]:
    return [tuple(map(plain, row)) for table in tables(exhibits, language) for row in table.rows]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "**H1 saa tukea.** ”Mitä paremmaksi tiimi kokee esihenkilötyön, sitä korkeampi on sen asiakkaiden "
               "nettosuositteluindeksi.” Aineisto tukee hypoteesia: mittarit ovat yhteydessä toisiinsa ennustetussa "
               "suunnassa, ja yhteys on niin vahva, että sillä on merkitystä. Yhteys ei silti osoita, että toinen on "
               "toisen syy."),
        ("en", "**H1 is supported.** “The better a team\\'s experience of leadership, the higher the Net Promoter "
               "Score among its customers.” The data support the hypothesis: the two measures are associated in the "
               "predicted direction, strongly enough to matter. An association alone does not show that one causes "
               "the other."),
    ],
)  # fmt: skip
def test_a_verdict(language: str, sentence: str) -> None:
    made = findings()
    assert plain(markdown(answer(made, made.verdicts[0]), language)) == sentence


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("fi", ("Nettosuositteluindeksi (NPS)", "NPS", "52,4", "[44,6; 60,2]", "400", "40", "–")),
        ("en", ("Net Promoter Score (NPS)", "NPS", "52.4", "[44.6, 60.2]", "400", "40", "–")),
    ],
)
def test_a_score_has_the_decimals_and_the_unit_of_its_metric(language: str, row: tuple[str, ...]) -> None:
    made = rows(scores(findings()), language)
    assert row in made
    share = next(cells for cells in made if "CSAT" in cells[0])
    assert share[2] == ("86,5 %" if language == "fi" else "86.5%")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Tulos puuttuu seuraavista: ”Oma työ”, ”Yhteistyö”, ”Asioinnin helppous (CES)”, ”Kosketuspisteet” ja "
               "”Pysäköinti tapaamispaikan lähellä”."),
        ("en", "There are no results for the following: “Own work”, “Co-operation”, “Ease of doing business (CES)”, "
               "“Touchpoints” and “Parking near the meeting place”."),
    ],
)  # fmt: skip
def test_what_has_no_result_is_told_once_per_reason(language: str, sentence: str) -> None:
    said = prose(scores(findings()), language)
    assert sentence in said
    assert said.count("Toimitusviive (pv)" if language == "fi" else "Delivery delay (days)") == 1


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", [
            ("Fiilismittaus", "5 saraketta, joita ei ole koodikirjassa, jätettiin käyttämättä. 49 rivillä "
                              "rinnakkaisnimi korvattiin yksikön varsinaisella nimellä."),
            ("Nettosuositteluindeksi (NPS)", "56 vastaajaa jätti vastaamatta, eikä heille laskettu pistemäärää."),
            ("H1 ja H3", "5 yksiköstä oli vain työntekijätuloksia."),
        ]),
        ("en", [
            ("Pulse survey", "5 columns that are not in the codebook were not used. On 49 rows the table of unit names "
                             "replaced another name by the unit's proper name."),
            ("Net Promoter Score (NPS)", "56 respondents did not answer and have no score."),
            ("H1 and H3", "Units with employee results but no customer results were left out: 5."),
        ]),
    ],
)  # fmt: skip
def test_losses_come_together_by_place(language: str, expected: list[tuple[str, str]]) -> None:
    assert rows(losses(findings()), language) == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "**H1.** Työntekijämittarilla ei ole havaittavaa yhteyttä kontrolliin ”Pysäköinti tapaamispaikan "
               "lähellä” (*r* = 0,00), kuten kuuluukin."),
        ("en", "**H1.** The employee measure has no visible association with the control “Parking near the meeting "
               "place” (*r* = .00), as it should be."),
    ],
)  # fmt: skip
def test_a_control_and_never_minus_zero(language: str, sentence: str) -> None:
    assert sentence in prose(controls(findings()), language)


@pytest.mark.parametrize(("language", "largest"), [("fi", "> 0,999"), ("en", "> .999")])
def test_a_p_value_is_never_one(language: str, largest: str) -> None:
    assert plain(write_cell(0.9998, "p", language)) == largest
    assert rows(robustness(findings()), language)[0][-1] == largest


@pytest.mark.parametrize("language", LANGUAGES)
def test_grounds_of_a_found_effect_leave_equivalence_out(language: str) -> None:
    supported, undecided = tables(grounds(findings()), language)
    assert not any("±" in row[0] for row in supported.rows)
    assert any("±" in row[0] for row in undecided.rows)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("fi", "Pienin korrelaatio, kun yksi yksikkö jätetään pois"),
        ("en", "Smallest correlation with one unit left out"),
    ],
)
def test_statistics_have_names_in_words_and_in_the_file(language: str, name: str) -> None:
    made = {row[1]: row for row in rows(statistics(findings()), language)}
    assert made["leave_one_out.low"][0] == name
    assert made["n"][2] == "40"
    assert "spearman" not in made
    assert ("Spearmanin" if language == "fi" else "Spearman") in prose(statistics(findings()), language)


@pytest.mark.parametrize(("language", "measure"), [("fi", "Esihenkilötyö"), ("en", "Leadership")])
def test_the_codebook_names_measures_and_leaves_empty_columns_out(language: str, measure: str) -> None:
    pulse, projects, *_, teams = tables(codebook(findings()), language)
    assert next(row for row in pulse.rows if row[0] == "joht_1")[3] == measure
    assert len(pulse.columns) == 6
    assert len(projects.columns) == 5  # nothing is reversed there
    assert len(teams.columns) == 2  # neither question nor range


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "konfirmatorisia hypoteeseja on 2, ja niistä tukea saa 1 (H1)."),
        ("en", "support was found for 1 of 2 confirmatory hypotheses (H1)."),
    ],
)
def test_the_overall_answer(language: str, sentence: str) -> None:
    assert sentence in prose(conclusions(findings()), language)


def test_lists_in_words() -> None:
    assert plain(markdown(in_words(["A"]), "fi")) == "A"
    assert plain(markdown(in_words(["A", "B", "C"]), "fi")) == "A, B ja C"
    assert plain(markdown(in_words(["A", "B", "C"]), "en")) == "A, B and C"
    with pytest.raises(ValueError, match="one text or more"):
        in_words([])


def changed(made: Findings, *more: Estimate, **parts: object) -> Findings:
    results = {**made.results, **{one.term: one for one in more}}
    return replace(made, results=results, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("methods", "fi", "en"),
    [
        (("feldt",), "on Feldtin", "is Feldt's"),
        (("alpha_bootstrap",), "koska samat ihmiset", "because the same people"),
        (("feldt", "alpha_bootstrap"), "muiden mittareiden väli on Feldtin", "for the other measures it is Feldt's"),
    ],
)
def test_the_interval_of_alpha_is_told_by_its_method(methods: tuple[str, ...], fi: str, en: str) -> None:
    measures = ("leadership", "own_work")
    found = (
        Estimate(term=f"scale.{measure}.alpha", estimate=0.8, method=f"measurement.{method}")
        for measure, method in zip(measures, methods, strict=False)
    )
    made = changed(findings(), *found)
    assert fi in prose((methods_text(made),), "fi")
    assert en in prose((methods_text(made),), "en").replace("\\", "")


def test_a_corrected_correlation_beyond_one_is_explained_under_its_table() -> None:
    corrected = replace(estimate("h1.disattenuated", 1.2, 0.6, 1.7, 0.0004), health=("linkage.beyond_one",))
    made = replace(changed(findings(), corrected), linked=pd.DataFrame({"hypothesis": []}))
    (table,) = tables(models(made), "en")
    assert "the interval is too narrow" in table.note
    assert "*Reliability-corrected correlation (H1).* The corrected value is larger" in table.note


def test_lagged_slopes_come_with_the_slope_within_units() -> None:
    found = [estimate(f"h1.{part}.std", 0.2, 0.1, 0.3, 0.001) for part in ("lagged", "within")]
    found.append(estimate("h1.lagged.reverse.std", 0.1, -0.1, 0.3, 0.3))
    said = prose(direction(changed(findings(), *found)), "en")
    assert "The reverse was not clearly found (.10)" in said
    assert "Lagged models do not separate change from lasting differences between units." in said
    assert "the standardised slope is .20 (95% confidence interval" in said


@pytest.mark.parametrize(("language", "heading"), [("fi", "Väite"), ("en", "Claim")])
def test_claims_are_listed_when_the_plan_declares_them(language: str, heading: str) -> None:
    table = tables(plan(findings()), language)[0]
    place = [column.label for column in table.columns].index(heading)
    assert table.rows[0][place] == "C4"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reservation_is_told_with_the_overall_answer(language: str) -> None:
    made = findings()
    reserved = replace(made.verdicts[0], limits=(Limit("control_nonzero", {"control": "parking", "r": 0.2}),))
    first = conclusions(replace(made, verdicts=(reserved, *made.verdicts[1:])))[0]
    assert isinstance(first, ProseSpec)
    assert "H1" in plain(markdown(first.paragraphs[0][1], language))
