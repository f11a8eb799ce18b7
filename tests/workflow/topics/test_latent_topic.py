"""The latent correlation in a small study: numbers, the verdict it decides, sentences, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.abstract import abstract
from cxresearch.exhibits.association import association, models
from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.latent import latent
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.topics import registry
from tests.workflow.tiny_study import Tiny, tiny


@pytest.fixture(scope="module")
def only_ours() -> object:
    patch = pytest.MonkeyPatch()
    patch.setattr(registry, "TOPICS", {"latent": registry.TOPICS["latent"]})
    yield patch
    patch.undo()


def run(made: Tiny, folder: Path) -> Findings:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, 1))


@pytest.fixture(scope="module")
def decided(only_ours: object, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    made = tiny(24)
    made.replace("    cx: csat\n", "    cx: csat\n    primary: latent\n")
    return run(made, tmp_path_factory.mktemp("decided"))


def prose(exhibits: tuple[Exhibit, ...], language: str) -> str:
    shown = [render_exhibit(exhibit, language) for exhibit in exhibits if isinstance(exhibit, ProseSpec)]
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def told(findings: Findings, **parts: Result) -> Findings:
    """The findings with some results of H1's model in place of their own."""
    changed = {f"h1.latent{'.' if name else ''}{name}": found for name, found in parts.items()}
    named = {term: found.named(term) for term, found in changed.items()}
    return replace(findings, results={**findings.results, **named})


def rho(value: float, low: float, high: float, *health: str) -> Estimate:
    return Estimate(
        term="", estimate=value, p_value=0.04, statistic=4.2, df=1.0, conf_low=low, conf_high=high, conf_level=0.95,
        n_units=24, method="latent.reml", health=health,
    )  # fmt: skip


def test_the_declared_latent_correlation_decides(decided: Findings) -> None:
    found = decided.result("h1.latent")
    assert isinstance(found, Estimate)
    assert found.n_units == 24 and found.n_employees and found.n_customers
    ground = decided.verdicts[0].ground("interval")
    assert ground is not None
    assert (ground.values["low"], ground.values["high"]) == (found.conf_low, found.conf_high)
    size = decided.verdicts[0].ground("size")
    assert size is not None and size.values["estimate"] == found.estimate
    stable = decided.verdicts[0].ground("stable")
    assert stable is not None and stable.values["low"] == decided.results["h1.latent.leave_one_out.low"].estimate  # type: ignore[union-attr]
    assert "latent_uncertain" not in [limit.code for limit in decided.verdicts[0].limits]


def test_the_section_has_a_picture_and_a_table(decided: Findings) -> None:
    shown = latent(decided)
    assert [exhibit.id for exhibit in shown if isinstance(exhibit, TableSpec)] == ["tbl-latent"]
    assert [exhibit.id for exhibit in shown if isinstance(exhibit, FigureSpec)] == ["fig-latent-1"]
    for language in LANGUAGES:
        for exhibit in shown:
            render_exhibit(exhibit, language)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fi", ("**H1. Johtaminen – Tyytyväisyys.** Yksikkötason latentti korrelaatio on ρ = 0,61, 95 %:n "
                "luottamusväli [0,22; 0,87], *p* = 0,040. Väli ei sisällä nollaa.",
                "Luottamusvälit ovat leveitä, ja se on oikein:",
                "Hypoteesissa H1 latentti korrelaatio on suunnitelman mukaan ratkaiseva analyysi.",
                "Mittarissa on osioita 3, ja kaksitasoinen faktorimalli vaatii niitä vähintään 4.")),
        ("en", ("**H1. Leadership – Satisfaction.** The latent correlation between units is ρ = .61, 95% confidence "
                "interval [.22, .87], *p* = .040. The interval does not contain zero.",
                "The intervals are wide, and rightly so:",
                "In hypothesis H1 the latent correlation is the analysis that decides, by plan.",
                "The scale has 3 items, and a factor model at two levels needs at least 4.")),
    ],
)  # fmt: skip
def test_a_clear_result_in_words(decided: Findings, language: str, sentences: tuple[str, ...]) -> None:
    text = prose(latent(told(decided, **{"": rho(0.61, 0.22, 0.87)})), language)
    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize(
    ("language", "unclear", "anything", "edge"),
    [
        ("fi", "joten aineisto sopii yhteen myös sen kanssa, ettei todellista yhteyttä ole lainkaan.",
         "Aineisto ei kerro yksikkötason latentista korrelaatiosta mitään: 95 %:n luottamusväli on [−1,00; 1,00]",
         "Estimaatti on korrelaation mahdollisten arvojen reunalla."),
        ("en", "so the data agree also with no true association at all.",
         "The data tell nothing of the latent correlation between units: its 95% confidence interval is [−1.00, 1.00]",
         "The estimate lies at the edge of what a correlation can be."),
    ],
)  # fmt: skip
def test_null_empty_and_extreme_results_in_words(
    decided: Findings, language: str, unclear: str, anything: str, edge: str
) -> None:
    assert unclear in prose(latent(told(decided, **{"": rho(0.1, -0.3, 0.5)})), language)
    nothing = told(decided, **{"": rho(1.0, -1.0, 1.0, "latent.edge", "latent.flat_ex")})
    text = prose(latent(nothing), language)
    assert anything in text and unclear not in text
    assert ("voivat olla pelkkää sattumaa" if language == "fi" else "may not differ at all beyond chance") in text
    assert "ρ" not in prose(association(nothing), language)
    assert edge in prose(latent(told(decided, **{"": rho(1.0, 0.4, 1.0, "latent.edge")})), language)


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("fi", "Aineistosta ei käy molemmilta puolilta ilmi vastausten hajonta"),
        ("en", "The data tell neither the spread of answers within units nor the standard errors"),
    ],
)
def test_what_cannot_be_estimated_says_why(decided: Findings, language: str, reason: str) -> None:
    missing = NotEstimable(term="", reason="latent.errors_unknown")
    shown = latent(told(decided, **{"": missing}))
    assert reason in prose(shown, language)
    assert not [exhibit for exhibit in shown if isinstance(exhibit, FigureSpec)]


@pytest.mark.parametrize(
    ("language", "named"),
    [("fi", "yksikkötason latentti korrelaatio on"), ("en", "the latent correlation between units is")],
)
def test_the_headline_stands_in_abstract_association_and_models(decided: Findings, language: str, named: str) -> None:
    assert named in prose((abstract(decided),), language)
    assert "ρ = " in prose(association(decided), language)
    forest = next(exhibit for exhibit in models(decided) if isinstance(exhibit, FigureSpec))
    first = {"fi": "H1: Yksikkötason latentti korrelaatio", "en": "H1: Latent correlation between units"}[language]
    assert render(forest.data["labels"][0], language) == first


def test_units_known_from_one_side_count(only_ours: object, tmp_path: Path) -> None:
    made = tiny(24)
    made.guests = [row for row in made.guests if row["team"] not in ("Tiimi 01", "Tiimi 02")]
    found = run(made, tmp_path)
    linked, whole = found.estimate("h1.n"), found.estimate("h1.latent")
    assert linked is not None and whole is not None
    assert linked.estimate == 22 and whole.n_units == 22
    units = found.estimate("h1.latent.units_ex")
    assert units is not None and units.estimate == 24
    assert (whole.n_employees or 0) > (linked.n_employees or 0)
    assert "h1.latent.leave_one_out.low" not in found.results, "only where it decides"
    for language, sentence in (
        ("fi", "Molempien mittareiden tulokset on 22 yksiköstä; lisäksi 2 yksikköä, joilta on vain toinen"),
        ("en", "Both measures are known for 22 units; 2 more units with one measure only"),
    ):
        assert sentence in prose(latent(found), language) or "tell nothing" in prose(latent(found), "en")


def test_the_topic_can_be_left_out(only_ours: object, tmp_path: Path) -> None:
    made = tiny(24)
    made.replace("resampling:", "analyses: { leave_out: [latent] }\nresampling:")
    found = run(made, tmp_path)
    assert "h1.latent" not in found.results
    assert prose(latent(found), "en") == "The latent correlation was left out of this study by plan."


def test_measures_of_the_same_people_have_a_contextual_effect(only_ours: object, tmp_path: Path) -> None:
    made = tiny(24)
    rng = np.random.default_rng(4)
    for row in made.staff:
        row["mood"] = str(int(np.clip(np.rint((int(row["lead1"]) + int(row["lead2"])) / 2 + rng.normal(0, 0.7)), 1, 5)))
    made.codebook += "mood,staff,item,,,1,5,9,Mieliala,Mood\n"
    made.replace("  csat:\n", '  mood:\n    label: { fi: "Mieliala", en: "Mood" }\n    item: mood\n  csat:\n')
    made.replace("    cx: csat\n", "    cx: csat\n    mediators: [mood]\n")
    found = run(made, tmp_path)
    effect = found.estimate("h1.contextual.mood.effect")
    within, between = (found.estimate(f"h1.contextual.mood.{part}") for part in ("within", "between"))
    assert effect is not None and within is not None and between is not None
    assert effect.estimate == pytest.approx(between.estimate - within.estimate)
    assert effect.n_units == 24
    for language, sentence in (
        ("fi", "Samat ihmiset vastasivat mittareihin ”Johtaminen” ja ”Mieliala”, joten niiden yhteyden voi jakaa"),
        ("en", "The same people answered “Leadership” and “Mood”, so their association can be split in two"),
    ):
        assert sentence in prose(latent(found), language)
