"""What a reader meets of the same question by several estimators, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Figure, Prose, Table
from cxresearch.exhibits.estimators import BETWEEN, estimators
from cxresearch.exhibits.statistics import statistic_name
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.example_findings import estimate, findings


def with_results(*found: Result) -> Findings:
    made = findings()
    return replace(made, results={**made.results, **{result.term: result for result in found}})


def slopes(low: float, high: float, n_units: int = 40, df: float = 30.0, **other: tuple[float, float]) -> list[Result]:
    """H1 by all estimators with the interval [low, high], or their own."""
    found: list[Result] = []
    for part in BETWEEN:
        ends = other.get(part.removesuffix(".std"), (low, high))
        for term in (f"h1.{part}", f"h1.{part.removesuffix('.std')}"):
            made = estimate(term, (ends[0] + ends[1]) / 2, *ends, 0.012)
            found.append(replace(made, n_units=n_units, df=df))
    return found


def prose(made: Findings, language: str) -> str:
    shown = (render_exhibit(exhibit, language) for exhibit in estimators(made) if isinstance(exhibit, ProseSpec))
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def tables(made: Findings, language: str) -> dict[str, Table]:
    specs = [exhibit for exhibit in estimators(made) if isinstance(exhibit, TableSpec)]
    shown = [render_exhibit(spec, language) for spec in specs]
    return {block.id: block for block in shown if isinstance(block, Table)}


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (slopes(0.2, 0.6), "fi", "Yksiköiden välinen kulmakerroin estimoitiin 6 tavalla. Kaikki antavat tulokseksi "
                                 "0,40 keskihajontaa. Jokainen luottamusväli on samalla puolella nollaa, joten tulos "
                                 "ei ole menetelmän varassa."),
        (slopes(0.2, 0.6), "en", "The slope between units was estimated in 6 ways. All of them give .40 standard "
                                 "deviations. Every interval excludes zero on the same side, so the result does not "
                                 "hang on the method."),
        (slopes(-0.2, 0.4, cr2=(-0.3, 0.7)), "fi", "Pienin tulos on 0,10 ja suurin 0,20 keskihajontaa. Jokainen "
                                 "luottamusväli sisältää nollan: mikään menetelmä ei tee avoimesta tuloksesta selvää."),
        (slopes(-0.2, 0.4, cr2=(-0.3, 0.7)), "en", "The slope is between .10 and .20 standard deviations. Every "
                                 "interval contains zero: no choice of method turns the open result into a clear one."),
        (slopes(0.05, 0.45, wild=(-0.1, 0.6)), "fi", "Menetelmät ovat eri mieltä siitä, voiko nollan sulkea pois. "
                                 "Nollan sulkevat pois: Yksiköiden välillä (HC3), Monitasomalli, GEE, Asiakkaat, CR2 "
                                 "ja Asiakkaat, yksiköiden bootstrap. Nollaa eivät sulje pois: Asiakkaat, wild "
                                 "bootstrap. Menetelmän varassa olevaa tulosta ei voi pitää varmana."),
        (slopes(0.05, 0.45, wild=(-0.1, 0.6)), "en", "Methods that do not: Customers, wild bootstrap. A result that "
                                 "hangs on the method cannot be called certain."),
        (slopes(0.2, 0.6, n_units=12, df=6.0), "fi", "Yksiköitä on vain 12, joten eniten painavat kaksi vähille "
                                 "yksiköille tarkoitettua menetelmää: CR2-menetelmällä *p* = 0,012 ja wild bootstrap "
                                 "-menetelmällä *p* = 0,012."),
        (slopes(0.2, 0.6, n_units=12, df=6.0), "en", "There are only 12 units, so the two methods made for few units "
                                 "weigh most: CR2 gives *p* = .012 and the wild bootstrap *p* = .012."),
        (slopes(0.2, 0.6, df=9.4), "fi", "Hypoteesissa H1 yksiköt eivät paina asiakastason regressiossa yhtä paljon: "
                                 "CR2-menetelmän mukaan vapausasteita on 9, vaikka yksiköitä on 40."),
        (slopes(0.2, 0.6, df=9.4), "en", "In H1, units do not weigh alike in the regression over customers: by CR2 "
                                 "its degrees of freedom are 9, although there are 40 units."),
    ],
)  # fmt: skip
def test_what_the_estimators_say_together(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*found), language)


@pytest.mark.parametrize(
    ("result", "language", "sentence"),
    [
        (estimate("h1.ordinal.odds_ratio", 1.56, 1.27, 1.93, 0.001), "fi",
         "myönteisempään ryhmään kuulumisen vetosuhde (odds ratio) on 1,56 työntekijäkokemuksen keskihajontaa kohti "
         "(95 %:n luottamusväli [1,27; 1,93])."),
        (estimate("h1.ordinal.odds_ratio", 1.2, 0.9, 1.6, 0.2), "en",
         "1.20 times as large (95% confidence interval [0.90, 1.60]) where employee experience is one standard "
         "deviation better. The interval contains one, so there need be no difference."),
        (estimate("h1.logit.odds_ratio", 0.7, 0.5, 0.95, 0.03), "fi",
         "Kun asiakasmittaria käsitellään kyllä vai ei -tuloksena, vetosuhde (odds ratio) on 0,70"),
        (estimate("h1.glmm.odds_ratio", 0.7, 0.4, 1.2, 0.2), "en",
         "With a level of its own for each unit, the odds ratio is 0.70 ([0.40, 1.20]), and the interval contains "
         "one."),
        (estimate("h1.fixed_effects.std", 0.2, 0.1, 0.3, 0.001), "fi",
         "Yksiköiden sisällä eri ajankohtina (kiinteät vaikutukset) kulmakerroin on 0,20 (95 %:n luottamusväli "
         "[0,10; 0,30]): asiakastulokset ovat myös muuttuneet samaan aikaan työntekijäkokemuksen kanssa."),
        (estimate("h1.fixed_effects.std", 0.03, -0.1, 0.2, 0.6), "en",
         "Within units over time (fixed effects), the slope is .03 (95% confidence interval [−.10, .20]), and the "
         "interval contains zero."),
    ],
)  # fmt: skip
def test_what_categories_and_panels_add(result: Result, language: str, sentence: str) -> None:
    assert sentence in prose(with_results(*slopes(0.2, 0.6), result), language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Hypoteesin H1 yhteyttä ei voi estimoida usealla tavalla. Yksiköitä on käytettävissä vain 3, ja tähän "
               "tarvitaan vähintään 4."),
        ("en", "For H1, the association cannot be estimated in several ways. Only 3 units are available, and this "
               "needs at least 4."),
    ],
)  # fmt: skip
def test_what_cannot_be_estimated_reads_like_a_result(language: str, sentence: str) -> None:
    missing = NotEstimable(term="h1.cr2.std", reason="linkage.too_few_units", details={"count": 3, "needed": 4})
    made = with_results(missing)
    assert sentence in prose(made, language)
    assert not tables(made, language)


def test_fixed_effects_alone_may_be_missing() -> None:
    made = with_results(*slopes(0.2, 0.6), NotEstimable(term="h1.fixed_effects.std", reason="linkage.one_period"))
    assert "For H1, fixed effects could not be estimated. The measures have one common period only" in prose(made, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_shows_every_slope(language: str) -> None:
    made = with_results(*slopes(0.2, 0.6), estimate("h1.ordinal.odds_ratio", 1.56, 1.27, 1.93, 0.001))
    assert len(tables(made, language)["tbl-odds"].rows) == 1
    (figure,) = [exhibit for exhibit in estimators(made) if isinstance(exhibit, FigureSpec)]
    assert figure.id == "fig-estimators-1"
    assert render(figure.alt, language).count("H1: ") == len(BETWEEN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interval_left_open_is_told_under_the_figure(language: str) -> None:
    open_ended = Estimate(term="h1.wild.std", estimate=0.4, p_value=0.3, n_units=5, health=("models.open_interval",))
    made = with_results(*slopes(0.2, 0.6), open_ended)
    warning = {"fi": "ettei menetelmä pysty sulkemaan luottamusväliä", "en": "cannot close the interval"}
    figure = next(exhibit for exhibit in estimators(made) if isinstance(exhibit, FigureSpec))
    drawn = render_exhibit(figure, language)
    assert isinstance(drawn, Figure) and warning[language] in drawn.note


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_statistic_has_a_name(language: str) -> None:
    parts = ("cr2", "wild", "cluster_bootstrap", "gee", "wls", "fixed_effects", "mixed")
    terms = [f"h1.{part}.std" for part in parts] + [f"h1.{part}" for part in parts]
    terms += ["h1.cluster_bootstrap.percentile", "h1.wls.n"]
    terms += [f"h1.{part}{end}" for part in ("ordinal", "logit", "glmm") for end in ("", ".odds_ratio")]
    terms += ["h1.ordinal.sd", "h1.glmm.sd"]
    made = with_results(*(estimate(term, 0.4, 0.2, 0.6, 0.01) for term in terms))
    names = [render(statistic_name(made, term.removeprefix("h1.")), language) for term in terms]
    assert len(set(names)) == len(names)
