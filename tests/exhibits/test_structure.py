"""What a reader meets of factor models, invariance and panel models, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Prose, Table
from cxresearch.exhibits.cross_lagged import cross_lagged
from cxresearch.exhibits.dimensions import dimensions
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.statistics import statistic_name
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.example_findings import estimate, findings

Topic = Callable[[Findings], tuple[Exhibit, ...]]


def with_results(*found: Result) -> Findings:
    made = findings()
    return replace(made, results={**made.results, **{result.term: result for result in found}})


def prose(exhibits: tuple[Exhibit, ...], language: str) -> str:
    shown = (render_exhibit(exhibit, language) for exhibit in exhibits if isinstance(exhibit, ProseSpec))
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def tables(exhibits: tuple[Exhibit, ...], language: str) -> dict[str, Table]:
    shown = [render_exhibit(spec, language) for spec in exhibits if isinstance(spec, TableSpec)]
    return {block.id: block for block in shown if isinstance(block, Table)}


def plain(term: str, value: float, **other: object) -> Estimate:
    return Estimate(term=term, estimate=value, n_respondents=900, **other)  # type: ignore[arg-type]


def fit(term: str, cfi: float, rmsea: float, srmr: float, health: tuple[str, ...] = ()) -> list[Result]:
    return [
        plain(f"{term}.chi2", 60.0, df=41.0, p_value=0.03, health=health),
        plain(f"{term}.cfi", cfi),
        plain(f"{term}.tli", cfi - 0.01),
        plain(f"{term}.rmsea", rmsea, conf_low=0.0, conf_high=rmsea + 0.02, conf_level=0.9),
        plain(f"{term}.srmr", srmr),
    ]


def structure(cfi: float, rmsea: float, *, single: float = 0.70, r: float = 0.5, weak: float = 0.62) -> list[Result]:
    """The pulse survey's factor model; `weak` is the loading of its last item."""
    loadings = dict.fromkeys(("joht_1", "joht_2", "tyo_1", "tyo_2"), 0.75) | {"yht_3": weak}
    return [
        *fit("cfa.pulse", cfi, rmsea, 0.04),
        *(
            estimate(f"cfa.pulse.loading.{item}", value, value - 0.05, value + 0.05, 0.0)
            for item, value in loadings.items()
        ),
        estimate("cfa.pulse.correlation.leadership.own_work", r, r - 0.1, r + 0.05, 0.0),
        *fit("cfa.pulse.one_factor", single, 0.15, 0.10),
    ]


def ladder(reached: int, freed: dict[str, str] | None = None, left: int = 0) -> list[Result]:
    term, steps = "invariance.pulse.period", ("configural", "metric", "scalar", "strict")
    exceptions = freed or {}
    found = [result for step in steps for result in fit(f"{term}.{step}", 0.97, 0.03, 0.03)]
    found += [plain(f"{term}.{step}.delta_cfi", -0.001) for step in steps[1:]]
    found += [plain(f"{term}.{step}.difference", 20.0, df=14.0, p_value=0.13) for step in steps[1:]]
    found += [plain(f"{term}.freed.{kind}.{item}", 0.4) for item, kind in exceptions.items()]
    told = {"reached": reached, "freed": len(exceptions), "groups": 8, "groups_left_out": left}
    return [*found, *(plain(f"{term}.{part}", float(value)) for part, value in told.items())]


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (structure(0.98, 0.03), "fi", "Malli sopii aineistoon hyvin (CFI = 0,980, RMSEA = 0,030, SRMR = 0,040)"),
        (structure(0.98, 0.03), "en", "The model fits the data well (CFI = .980, RMSEA = .030, SRMR = .040)"),
        (structure(0.93, 0.07), "fi", "Malli sopii aineistoon kohtalaisesti"),
        (structure(0.85, 0.12), "en", "The model fits the data poorly"),
        (structure(0.98, 0.03), "fi", "lataukset ovat 0,62–0,75 (kuvio [-@fig-loadings-pulse])"),
        (structure(0.98, 0.03, weak=0.3), "fi", "Yhden osion lataus on alle 0,50, joten osio kertoo mittaristaan vain "
                                                "vähän: ”Yhteistyö muiden tiimien kanssa”."),
        (structure(0.98, 0.03, weak=0.3), "en", "One item has a loading below .50 and so tells little of its scale"),
        (structure(0.98, 0.03, r=0.9), "fi", "korrelaatio on 0,90 (yli 0,85), joten vastaajat tuskin erottavat"),
        (structure(0.98, 0.03, single=0.975), "en", "one and the same thing fits practically as well (CFI = .975)"),
        (structure(0.98, 0.03), "en", "one and the same thing fits clearly worse (CFI = .700)"),
        (structure(0.98, 0.03) + ladder(3), "fi", "Kaikki invarianssin tasot toteutuvat (ryhmiä 8, vastauksia 900)"),
        (structure(0.98, 0.03) + ladder(1), "en", "Metric invariance holds but scalar invariance does not"),
        (structure(0.98, 0.03) + ladder(2, {"tyo_1": "intercept"}, 1), "fi", "osioon vastataan ryhmissä eri tavoin, "
                             "vaikka kokemus olisi sama: ”Innostus”. Vertailusta jäi pois yksi ryhmä"),
        (structure(0.98, 0.03) + ladder(2, {"tyo_1": "intercept", "tyo_2": "intercept"}), "en",
         "even when their experience is the same, in these items: “Enthusiasm” and “Meaning”."),
        ([NotEstimable(term="cfa.projects.chi2", reason="measurement.grain_counts")], "fi",
         "Osion vastausjakaumista ei näe"),
        ([], "fi", "kaikki mittarit ovat yhden kysymyksen mittareita"),
    ],
)  # fmt: skip
def test_what_is_said_of_structure(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(dimensions(with_results(*found)), language)


def test_the_tables_of_structure() -> None:
    made = dimensions(with_results(*structure(0.98, 0.03), *ladder(3)))
    shown = tables(made, "en")
    assert shown["tbl-cfa"].rows[0][1:6] == ("scales as factors", "60.0", "41", ".030", ".980")
    assert shown["tbl-cfa"].rows[1][1] == "one factor"
    assert [row[1] for row in shown["tbl-invariance"].rows] == ["configural", "metric", "scalar", "strict"]
    assert shown["tbl-invariance"].rows[0][5] == "–"
    (figure,) = [exhibit for exhibit in made if isinstance(exhibit, FigureSpec)]
    assert figure.id == "fig-loadings-pulse"
    assert prose(made, "en").count("[-@tbl-cfa]") == 1


def panel(forward: float, reverse: float, foil: float, health: tuple[str, ...] = (), cfi: float = 0.97) -> list[Result]:
    values = {
        "riclpm.y_on_x": forward, "riclpm.x_on_y": reverse, "riclpm.x_on_x": 0.2, "riclpm.y_on_y": 0.2,
        "clpm.y_on_x": foil, "clpm.x_on_y": 0.0,
    }  # fmt: skip
    found: list[Result] = [
        estimate(f"h1.{part}{end}", value, value - 0.1, value + 0.1, 0.01)
        for part, value in values.items()
        for end in ("", ".std")
    ]
    found += [
        replace(result, term=f"h1.riclpm.{result.term.rpartition('.')[2]}")
        for result in fit("x", cfi, 0.05, 0.04, health)
    ]  # type: ignore[type-var]
    found.append(estimate("h1.riclpm.levels", 0.5, 0.2, 0.8, 0.001))
    return [*found, plain("h1.riclpm.equal_lags", 12.0, df=8.0, p_value=0.15)]


@pytest.mark.parametrize(
    ("found", "language", "sentence"),
    [
        (panel(0.2, 0.0, 0.3), "fi", "Kun yksikön työntekijäkokemus oli sen omaa tavanomaista tasoa parempi, "
                                     "asiakastulos oli seuraavalla ajanjaksolla tavanomaista parempi"),
        (panel(0.2, 0.0, 0.3), "en", "above its own usual level, its customer score was above its usual level"),
        (panel(-0.2, 0.3, 0.0), "fi", "oli seuraavalla ajanjaksolla tavanomaista huonompi"),
        (panel(-0.2, 0.3, 0.0), "en", "after a customer score above its usual level, employee experience was above"),
        (panel(0.0, 0.0, 0.3), "fi", "antaisi toisen päätelmän (0,30"),
        (panel(0.0, 0.0, 0.0), "en", "leads to the same conclusion"),
        (panel(0.0, 0.0, 0.0), "fi", "Ei havaittu selvästi, että muutos yksikön työntekijäkokemuksessa edeltäisi"),
        (panel(0.2, 0.0, 0.3, cfi=0.80), "fi", "Malli ei sovi aineistoon hyvin"),
        (panel(0.2, 0.0, 0.3, ("sem.few_rows_per_parameter",), 0.80), "en", "rejects good models too often"),
        (panel(0.2, 0.0, 0.3, ("sem.steady",)), "fi", "H1: Yksiköitä on vähän parametreihin nähden"),
        (panel(0.2, 0.0, 0.3), "fi", "ei voida hylätä (*p* = 0,150)"),
        ([NotEstimable(term=f"{h}.riclpm.y_on_x.std", reason="sem.too_few_periods", details={"periods": 2, "needed": 3})
          for h in ("h1", "h2")], "fi", "Hypoteeseille H1 ja H2 mallia ei voitu laskea. Paneelimalli vaatii "
                                        "vähintään 3 yhteistä ajanjaksoa; niitä on 2."),
    ],
)  # fmt: skip
def test_what_is_said_of_a_panel(found: list[Result], language: str, sentence: str) -> None:
    assert sentence in prose(cross_lagged(with_results(*found)), language)


def test_the_exhibits_of_a_panel() -> None:
    found = [*panel(0.2, 0.0, 0.3), replace(estimate("x", 0.2, 0.1, 0.3, 0.01), term="h1.riclpm.y_on_x.2024-Q2")]
    made_of = with_results(*found)
    made = cross_lagged(made_of)
    assert len(tables(made, "fi")["tbl-cross-lagged"].rows) == 5
    assert [exhibit.id for exhibit in made if isinstance(exhibit, FigureSpec)] == ["fig-riclpm-h1"]
    named = [render(statistic_name(made_of, part), "fi") for part in ("riclpm.y_on_x.2024-Q2", "riclpm.levels")]
    assert "RI-CLPM: EX → seuraava CX (2024-Q2)" in named
    assert "RI-CLPM: pysyvien tasojen korrelaatio" in named


@pytest.mark.parametrize(("topic", "name"), [(dimensions, "dimensions"), (cross_lagged, "cross_lagged")])
def test_a_plan_may_leave_them_out(topic: Topic, name: str) -> None:
    made = findings()
    analyses = made.spec.analyses.model_copy(update={"leave_out": (name,)})
    without = replace(made, spec=made.spec.model_copy(update={"analyses": analyses}))
    for language, word in zip(LANGUAGES, ("tutkimussuunnitelma", "study plan"), strict=True):
        assert word in prose(topic(without), language)
