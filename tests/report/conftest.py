"""A small thesis in both languages: chapters, figures, narrow, wide and long tables, citations, appendices."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from cxresearch.exhibits.blocks import Column, Figure, Heading, Prose, Table
from cxresearch.report import WRITERS, Abstract, Appendix, Document, render_report

HOSTILE = "<script>alert(1)</script> *a* _b_ $c$ @d [e] `f` #g \\h =1+1 & \"i\" 'j' ~k^l"
HOSTILE_MARKS = ("<script>alert(1)</script>", "*a*", "_b_", "$c$", "@d", "[e]", "`f`", "#g", "\\h", "=1+1", "~k^l")


@cache
def svg(kind: str, language: str) -> str:
    """A drawing with text as paths and reproducible ids."""
    rng = np.random.default_rng(5)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": kind, "font.size": 10}):
        canvas = Canvas(figsize=(6.3, 3.6), layout="constrained")
        axes = canvas.subplots()
        if kind == "scatter":
            x = rng.normal(3.8, 0.4, 60)
            axes.scatter(x, 2.1 + 0.5 * x + rng.normal(0, 0.3, 60), s=18, color="#1f5a8a")
            axes.set_xlabel("Työntekijäkokemus (1–5)" if language == "fi" else "Employee experience (1–5)")
            axes.set_ylabel("Asiakaskokemus (1–5)" if language == "fi" else "Customer experience (1–5)")
        else:
            axes.barh(["A", "B", "C", "D"], [0.1, 0.22, 0.31, 0.12], color="#1f5a8a")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        file = io.StringIO()
        FigureCanvasSVG(canvas).print_svg(file, metadata={"Date": None})
    return file.getvalue()


def _narrow(language: str) -> Table:
    fi = language == "fi"
    columns = (
        Column("Summamuuttuja" if fi else "Scale", row_header=True),
        Column("Osioita" if fi else "Items", "right"),
        Column("α", "right"),
        Column("95\N{NO-BREAK SPACE}%:n luottamusväli" if fi else "95% CI", "right"),
    )
    rows = (
        ("Esihenkilötyö" if fi else "Supervisor", "6", "0,91" if fi else ".91", "[0,89; 0,93]" if fi else "[.89, .93]"),
        ("Työyhteisö" if fi else "Co-workers", "5", "0,84" if fi else ".84", "[0,81; 0,87]" if fi else "[.81, .87]"),
        (HOSTILE, "1", "–", "–"),
    )
    caption = "Mittareiden sisäinen johdonmukaisuus [@cronbach1951]" if fi else "Internal consistency [@cronbach1951]"
    return Table("tbl-alpha", caption, columns, rows, note="*n* = 412." if not fi else "*n* = 412 vastaajaa.")


def _wide(language: str) -> Table:
    names = "Touchpoint,n,Mean,SD,SE,Median,Lower limit,Upper limit,Skewness,Top-box share,Target,Gap to target"
    nimet = "Kosketuspiste,n,Keskiarvo,Keskihajonta,Keskivirhe,Mediaani,Alaraja,Yläraja,Vinous,Huippuosuus,Tavoite,Ero"
    labels = (nimet if language == "fi" else names).split(",")
    columns = (Column(labels[0], row_header=True), *(Column(label, "right") for label in labels[1:]))
    point = "," if language == "fi" else "."
    places = (
        ("Verkkokauppa", "Puhelinpalvelu", "Toimitus") if language == "fi" else ("Web shop", "Telephone", "Delivery")
    )
    rows = tuple(
        (
            place,
            "1 204" if language == "fi" else "1,204",
            *(f"{4.123 + step / 7:.3f}".replace(".", point) for step in range(10)),
        )
        for place in places
    )
    return Table(
        "tbl-wide", "Kosketuspisteiden tunnusluvut" if language == "fi" else "Statistics by touchpoint", columns, rows
    )


def _long(language: str) -> Table:
    fi = language == "fi"
    columns = (Column("Tunnus" if fi else "Code"), Column("Väittämä" if fi else "Item"), Column("M", "right"))
    text = (
        "Saan esihenkilöltäni palautetta, joka auttaa minua palvelemaan asiakkaita paremmin"
        if fi
        else "My supervisor gives me feedback that helps me to serve customers better"
    )
    rows = tuple((f"q{row}", f"{text} ({row})", "3,91" if fi else "3.91") for row in range(1, 55))
    return Table("tbl-items", "Kyselyn väittämät" if fi else "The items of the survey", columns, rows)


FI = """
Asiakaskokemus on kaikkien organisaatioon, palveluun ja tuotteeseen liittyvien kokemusten summa
[@korkiakoski2014; @kortesuo2015]. Työntekijäkokemuksen ja asiakaskokemuksen yhteyttä on tutkittu meta-analyyseissa
[@brown2008; @hogreve2017, s. 45]. @harter2002 tarkastelevat
yhteyttä yksikkötasolla. Poikkileikkausaineistossa puhutaan "yhteydestä", ei vaikutuksesta.

Tulokset esitetään luvussa [-@sec-results]: mittareiden johdonmukaisuus on taulukossa [-@tbl-alpha], yksiköiden väliset
erot kuviossa [-@fig-scatter] (@fig-scatter) ja väittämät liitteessä [-@app-items]. @Fig-bars on tulkittava varoen[^1].

[^1]: Alaviitteessä on lisätieto, ja siinä viitataan lähteeseen [@bliese2000].
"""
EN = """
Customer experience is the sum of all experiences with the organisation, its service and its products [@peppers2017].
Its link with employee experience has been meta-analysed [@brown2008; @hogreve2017, p. 45]. @harter2002 study the link
at the level of business units. A cross-section shows an "association", not an effect.

The results are in @sec-results: consistency is shown in @tbl-alpha, differences between units in @fig-scatter and all
items in @app-items. @Fig-bars should be read with care[^1]; see [@tbl-wide].

[^1]: A footnote adds a detail and cites a source [@bliese2000].
"""
FORMULA = {
    "fi": "Sisäkorrelaatio ICC(1) lasketaan varianssianalyysin keskineliöistä $MS_B$ ja $MS_W$:\n\n"
    "$$\\mathrm{ICC}(1) = \\frac{MS_B - MS_W}{MS_B + (k - 1)\\,MS_W}$$\n\n"
    "Suuri arvo tarkoittaa, että yksiköiden välillä on eroja:\n\n"
    "- yksiköt eroavat toisistaan\n- yksikön sisällä vastataan samalla tavalla.\n",
    "en": "The intraclass correlation ICC(1) follows from the mean squares $MS_B$ and $MS_W$:\n\n"
    "$$\\mathrm{ICC}(1) = \\frac{MS_B - MS_W}{MS_B + (k - 1)\\,MS_W}$$\n\nA large value means that units differ:\n\n"
    "- units differ from one another\n- people within a unit answer alike.\n",
}


def _figures(language: str) -> tuple[Figure, Figure]:
    fi = language == "fi"
    return (
        Figure(
            "fig-scatter",
            "Työntekijäkokemus ja asiakaskokemus yksiköittäin" if fi else "Employee and customer experience by unit",
            "Hajontakuvio, 60 pistettä; nouseva yhteys." if fi else "Scatter plot of 60 units; a rising relation.",
            note="Piste on yksikkö [@james1984]." if fi else "A dot is a unit [@james1984].",
            svg=svg("scatter", language),
            width_cm=14.0,
        ),
        Figure(
            "fig-bars",
            "Selitysosuus *R*² ryhmittäin" if fi else "Variance explained, *R*², by group",
            "Vaakapylväitä, suurin on C: 0,31." if fi else "Horizontal bars, the largest is C: .31.",
            svg=svg("bars", language),
            width_cm=12.0,
        ),
    )


def thesis(language: str) -> Document:
    """The sample report in one language."""
    fi = language == "fi"
    scatter, bars = _figures(language)
    text = FI if fi else EN
    abstracts = (
        Abstract(
            "fi",
            "Työssä selvitettiin, ennustaako työntekijäkokemus asiakkaiden antamia arvioita. "
            "Aineistona oli kaksi kyselyä, jotka yhdistettiin yksiköittäin.\n\n"
            "Yhteys oli myönteinen, mutta sen luottamusväli oli leveä.",
            ("työntekijäkokemus", "asiakaskokemus", "monitasomalli"),
            title="" if fi else "Työntekijäkokemus ja asiakaskokemus",
        ),
        Abstract(
            "en",
            "The study asked whether employee experience predicts customer scores. Two surveys were linked by unit.\n\n"
            "The association was positive, but its confidence interval was wide.",
            ("employee experience", "customer experience", "multilevel model"),
            title="Does employee experience predict customer scores?" if fi else "",
        ),
    )
    blocks = (
        Heading(1, "Johdanto" if fi else "Introduction", "sec-introduction"),
        Prose(text),
        Heading(2, "Tutkimuskysymykset" if fi else "Research questions"),
        Prose(text.split("\n\n")[0]),
        Heading(1, "Aineisto ja menetelmät" if fi else "Data and methods"),
        Prose(FORMULA[language]),
        Prose(
            "## Mittarit\n\nMittarit on kuvattu alla."
            if fi
            else "## Instruments\n\nThe instruments are described below."
        ),
        _narrow(language),
        Heading(1, "Tulokset" if fi else "Results", "sec-results"),
        Prose(
            "Kuten @fig-scatter osoittaa, yhteys on nouseva." if fi else "As @fig-scatter shows, the relation rises."
        ),
        scatter,
        Prose(text.split("\n\n")[0]),
        bars,
        Heading(2, "Kosketuspisteet" if fi else "Touchpoints"),
        _wide(language),
        Prose(text.split("\n\n")[0]),
    )
    appendix = Appendix(
        "Kyselyn väittämät" if fi else "Items",
        (Prose("Asteikko on 1–5." if fi else "The scale is 1–5."), _long(language)),
        "app-items",
    )
    return Document(
        language="fi" if fi else "en",
        title="Ennustaako työntekijäkokemus asiakkaiden arvioita?"
        if fi
        else "Does employee experience predict customer scores?",
        subtitle="Esimerkkiaineisto 40 yksiköstä" if fi else "Example data from 40 units",
        authors=("Maija Meikäläinen", "Matti Meikäläinen"),
        organisation="Esimerkkikorkeakoulu" if fi else "Example University",
        kind="Tutkimusraportti" if fi else "Research report",
        date=datetime.date(2026, 11, 21),
        abstracts=abstracts,
        blocks=blocks,
        appendices=(
            appendix,
            Appendix("Malli" if fi else "Model", (Heading(2, "Lisätieto" if fi else "Detail"), Prose("…"))),
        ),
        provenance="cxresearch 0.1.0, study.yml sha256 4f2a91c0, data sha256 91bb07de, seed 20261121",
    )


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Document]:
    """The sample report as a function of the language."""
    return thesis


@pytest.fixture(scope="session")
def written() -> Callable[[str], dict[str, bytes]]:
    """The sample report in all forms, each language rendered once."""
    return _written


@cache
def _written(language: str) -> dict[str, bytes]:
    return render_report(thesis(language), WRITERS)
