"""One spec of every figure for ordinary, tiny, large, awkwardly labelled, negative and all-equal data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from cxresearch.exhibits.figures import (
    FigureSpec,
    VerdictRow,
    bends,
    curve,
    dots,
    eigenvalues,
    forest,
    lags,
    likert,
    path,
    paths,
    profile,
    ratios,
    responses,
    scatter,
    screening,
    slopes,
    trend,
    unit_slopes,
    verdict,
)
from cxresearch.language import Label, Text
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.figures.group_samples import GROUP_SAMPLES

KINDS = ("ordinary", "tiny", "large", "awkward", "negative", "equal")
AWKWARD = "Olen <b>tyytyväinen</b> & $x$ {jotain} 100 % \\alpha_1 🎉👩‍🚀 日本 ^2 " + "erittäin pitkä nimi " * 8
UNITS = {"ordinary": 24, "tiny": 3, "large": 2000, "awkward": 8, "negative": 40, "equal": 12}

EX_LABEL = Label("Työntekijäkokemus (1–5)", "Employee experience (1–5)")
CX_LABEL = Label("Asiakastyytyväisyys (1–5)", "Customer satisfaction (1–5)")
ITEMS = (
    Label("Saan esihenkilöltäni tukea", "My supervisor supports me"),
    Label("Työkaverini auttavat tarvittaessa", "My co-workers help when needed"),
    Label("Voin vaikuttaa työhöni", "I can influence my own work"),
    Label("Arvoni sopivat yhteen työpaikan arvojen kanssa", "My values fit the values of my workplace"),
    Label("Työmääräni on kohtuuton", "My workload is unreasonable"),
    Label("Suosittelen työpaikkaani", "I recommend my workplace"),
)


def label(kind: str, text: Text) -> Text:
    return Label(AWKWARD, AWKWARD) if kind == "awkward" else text


def estimate(value: float, half: float = 0.15, term: str = "t") -> Estimate:
    ends = {"conf_low": value - half, "conf_high": value + half, "conf_level": 0.95}
    return Estimate(term=term, estimate=value, std_error=half / 1.96, n_units=24, **ends)


def missing_result() -> NotEstimable:
    return NotEstimable(term="t", reason="linkage.too_few_units", details={"count": 4, "needed": 20})


def units(kind: str) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    count = UNITS[kind]
    ex = rng.normal(3.7, 0.4, count)
    cx = 2.4 + 0.45 * ex + rng.normal(0, 0.3, count)
    if kind == "negative":
        ex, cx = ex - 5, -0.5 * ex - 20
    if kind == "equal":
        ex, cx = np.full(count, 4.0), np.full(count, 4.0)
    names = [f"Tiimi {place + 1}" for place in range(count)]
    if kind == "awkward":
        names = [f"{place} {AWKWARD}" for place in range(count)]
    spread = 0.0 if kind == "equal" else 0.15
    frame = pd.DataFrame({"unit": names, "ex": ex, "ex_low": ex - spread, "ex_high": ex + spread})
    frame = frame.assign(cx=cx, cx_low=cx - 1.3 * spread, cx_high=cx + 1.3 * spread, n=rng.integers(5, 160, count))
    frame.loc[0, ["ex_low", "ex_high"]] = np.nan
    return frame


def screening_spec(kind: str) -> FigureSpec:
    names = [Label("Pitkä samojen vastausten jono", "Long string of equal answers"), *ITEMS[:4]]
    shares = [0.0] * 5 if kind == "equal" else [0.041, 0.01, 0.022, 0.3, 0.062]
    count = {"tiny": 1, "negative": 2}.get(kind, 5)
    sources = [("employee", Label("Henkilöstökysely", "Employee survey"))]
    sources += [
        ("customer", Label(f"Asiakaskysely {n}", f"Customer survey {n}")) for n in range(4 if kind == "large" else 1)
    ]
    return screening.spec(
        [
            screening.Bars(
                label(kind, source), side, tuple(zip((label(kind, n) for n in names), shares, strict=True))[:count]
            )
            for side, source in sources
        ]
    )


def responses_spec(kind: str) -> FigureSpec:
    rng = np.random.default_rng(3)
    periods = {"ordinary": 6, "large": 24, "negative": 40}.get(kind, 1)
    names = [f"{2023 + place // 12}-{place % 12 + 1:02d}" for place in range(periods)] if periods > 1 else [""]
    rows = []
    for side, text in (
        ("employee", Label("Henkilöstökysely", "Employee survey")),
        ("customer", Label("Asiakaskysely", "Customer survey")),
    ):
        for period in names:
            answers = 0 if kind == "equal" else int(rng.integers(900, 1800))
            rate = float(rng.uniform(0.5, 0.8)) if side == "employee" else np.nan
            rows.append(
                (label(kind, text) if side == "employee" else text, side, period, answers, 24 + answers % 3, rate)
            )
    answers = pd.DataFrame(rows, columns=["source", "side", "period", "n_answers", "n_units", "response_rate"])
    variables = {"ordinary": 9, "large": 60, "tiny": 1}.get(kind, 5)
    shares = np.zeros(variables) if kind == "equal" else rng.uniform(0, 0.12, variables)
    texts = [label(kind, ITEMS[place]) if place < len(ITEMS) else f"q{place}" for place in range(variables)]
    if kind == "awkward":
        texts = [f"{place} {AWKWARD}" for place in range(variables)]
    return responses.spec(answers, pd.DataFrame({"variable": texts, "missing_share": shares}))


def likert_spec(kind: str) -> FigureSpec:
    rng = np.random.default_rng(5)
    low, high, nps = {
        "ordinary": (1, 5, False),
        "tiny": (1, 4, False),
        "large": (1, 7, False),
        "awkward": (1, 6, False),
    }.get(kind, (0, 10, kind == "negative"))
    count = {"tiny": 1, "large": 36, "negative": 3}.get(kind, 6)
    rows = []
    for place in range(count):
        name: Text = ITEMS[place] if count <= 6 else f"Väittämä {place + 1}"
        name = f"{place} {AWKWARD}" if kind == "awkward" else name
        weights = np.ones(high - low + 1) if kind == "equal" else rng.dirichlet(np.linspace(0.6, 3, high - low + 1))
        rows += [(name, low + step, share, 412, place == 4) for step, share in enumerate(weights / weights.sum())]
    frame = pd.DataFrame(rows, columns=["item", "value", "share", "n", "reversed"])
    anchors = Label("täysin eri mieltä", "strongly disagree"), Label("täysin samaa mieltä", "strongly agree")
    return likert.spec(frame, low, high, nps=nps, anchors=None if nps else anchors)


def profile_spec(kind: str) -> FigureSpec:
    return profile.spec(units(kind), ex=label(kind, EX_LABEL), cx=label(kind, CX_LABEL))


def scatter_spec(kind: str) -> FigureSpec:
    frame = units(kind)
    sizes = None if kind == "negative" else frame["n"]
    r: Result = missing_result() if kind in ("tiny", "equal") else estimate(0.39, 0.17)
    return scatter.spec(
        frame["ex"], frame["cx"], ex=label(kind, EX_LABEL), cx=label(kind, CX_LABEL), pearson=r, n=sizes
    )


def forest_spec(kind: str) -> FigureSpec:
    names = [
        Label("Pearsonin korrelaatio", "Pearson correlation"),
        Label("Spearmanin korrelaatio", "Spearman correlation"),
        Label("Regressio, kovariaatit mukana", "Regression with covariates"),
        Label("Sekamalli", "Mixed model"),
        Label("Latentti korrelaatio", "Latent correlation"),
        Label("Negatiivinen kontrolli", "Negative control"),
    ]
    count = {"tiny": 1, "large": 30}.get(kind, 6)
    rows: list[tuple[Text, Result]] = []
    for place in range(count):
        value = 0.0 if kind == "equal" else 0.35 - 0.03 * place if kind != "negative" else -0.6 + 0.1 * place
        text = names[place] if count <= 6 else f"Malli {place + 1}"
        rows.append((label(kind, text), estimate(value, 0.0 if kind == "equal" else 0.1 + 0.02 * place)))
    if kind in ("ordinary", "awkward"):
        rows[4] = (rows[4][0], missing_result())
    if kind == "negative":
        rows[0] = (rows[0][0], estimate(-0.6, 9.0))
        rows[1] = (rows[1][0], Estimate(term="t", estimate=0.2, conf_low=-0.3, conf_high=np.inf, conf_level=0.95))
        rows[2] = (rows[2][0], Estimate(term="t", estimate=-0.2))
    return forest.spec(rows, 0.10)


def verdict_spec(kind: str) -> FigureSpec:
    criteria: list[tuple[Text, bool | None]] = [
        (Label("Riittävästi yksiköitä", "Enough units"), True),
        (Label("Reliabiliteetti", "Reliability"), True),
        (Label("Yksimielisyys yksiköissä", "Agreement within units"), kind != "negative"),
        (Label("Negatiivinen kontrolli ei näytä samaa yhteyttä", "The negative control shows no such relation"), None),
    ]
    statements = [
        Label(
            "Mitä parempi työntekijäkokemus, sitä parempi asiakaskokemus.",
            "Better employee experience goes with better customer experience.",
        ),
        Label("Esihenkilön tuki on yhteydessä suositteluun.", "Supervisor support goes with recommendation."),
        Label("Työmäärä heikentää palvelun laatua.", "Workload lowers service quality."),
        Label("Ilmapiiri on yhteydessä asiakastyytyväisyyteen.", "Climate goes with customer satisfaction."),
        Label(
            "Arvojen sopivuus on yhteydessä asiakkaan kokemaan vaivannäköön.",
            "Fit of values goes with customer effort.",
        ),
    ]
    verdicts = ("supported", "contradicted", "no_meaningful_effect", "inconclusive", "not_testable")
    results: list[Result] = [
        estimate(0.39, 0.12),
        estimate(-0.31, 0.13),
        estimate(0.02, 0.05),
        estimate(0.14, 0.21),
        missing_result(),
    ]
    if kind == "equal":
        results = [estimate(0.0, 0.0)] * 5
    count = {"tiny": 1, "large": 8, "awkward": 3}.get(kind, 5)
    rows = [
        VerdictRow(
            statement=label(kind, statements[place % 5]),
            verdict=verdicts[place % 5],
            primary=results[place % 5],
            criteria=[] if kind == "tiny" else [(label(kind, name), met) for name, met in criteria],
        )
        for place in range(count)
    ]
    return verdict.spec(rows, 0.10)


def curve_spec(kind: str) -> FigureSpec:
    count = {"tiny": 1, "large": 2000, "equal": 12}.get(kind, 48)
    rng = np.random.default_rng(5)
    values = (
        np.zeros(count) if kind == "equal" else np.sort(rng.normal(-0.3 if kind == "negative" else 0.35, 0.08, count))
    )
    half = 0.0 if kind == "equal" else 0.2
    options = (Label("kaikki vastaajat", "everybody"), Label("ilman huolimattomia", "without careless answers"))
    chosen = rng.random(count) < 0.5
    decision = [(label(kind, options[0]), chosen.tolist()), (label(kind, options[1]), (~chosen).tolist())]
    decisions = [] if kind == "tiny" else [decision] * (5 if kind == "large" else 3)
    declared = None if kind == "equal" else count // 3
    return curve.spec(values, values - half, values + half, decisions, declared=declared, level=0.95)


def trend_spec(kind: str) -> FigureSpec:
    count = {"tiny": 2, "large": 24, "equal": 1, "negative": 12}.get(kind, 6)
    frame = units("ordinary" if kind == "tiny" else kind if UNITS[kind] >= count else "ordinary").head(count)
    names = [f"{2023 + place // 12}-{place % 12 + 1:02d}" for place in range(count)]
    if kind == "awkward":
        names = [f"{place} {AWKWARD}" for place in range(count)]
    frame = frame.assign(period=names)
    if kind == "large":
        frame.loc[5, ["cx", "cx_low", "cx_high"]] = np.nan
    return trend.spec(frame, ex=label(kind, EX_LABEL), cx=label(kind, CX_LABEL))


def path_spec(kind: str) -> FigureSpec:
    rng = np.random.default_rng(11)
    places = [
        (Label("Ennen ostoa", "Before purchase"), Label("Tiedonhaku", "Search"), Label("Verkkosivut", "Website")),
        (
            Label("Ennen ostoa", "Before purchase"),
            Label("Tiedonhaku", "Search"),
            Label("Sosiaalinen media", "Social media"),
        ),
        (
            Label("Ennen ostoa", "Before purchase"),
            Label("Tarjous", "Offer"),
            Label("Tarjouspyyntöön vastaaminen", "Answer to the request"),
        ),
        (
            Label("Oston aikana", "During purchase"),
            Label("Projektin aloitus", "Kick-off"),
            Label("Aloituskokous", "Kick-off meeting"),
        ),
        (
            Label("Oston aikana", "During purchase"),
            Label("Toteutus", "Delivery"),
            Label("Projektipäällikön tavoitettavuus", "Reaching the project manager"),
        ),
        (
            Label("Oston aikana", "During purchase"),
            Label("Toteutus", "Delivery"),
            Label("Aikataulussa pysyminen", "Keeping the schedule"),
        ),
        (Label("Oston jälkeen", "After purchase"), Label("Laskutus", "Invoicing"), Label("Lasku", "Invoice")),
        (
            Label("Oston jälkeen", "After purchase"),
            Label("Jälkihoito", "Follow-up"),
            Label("Palautteen käsittely", "Handling of feedback"),
        ),
    ]
    count = {"tiny": 3, "large": 30}.get(kind, 8)
    rows = []
    for place in range(count):
        stage, moment, name = (
            places[place] if count <= 8 else (f"Vaihe {place // 10}", "", f"Kosketuspiste {place + 1}")
        )
        mean = 4.0 if kind == "equal" else float(rng.normal(4.0, 0.4)) - (9 if kind == "negative" else 0)
        half = 0.0 if kind == "equal" else 0.2
        touch = f"{place} {AWKWARD}" if kind == "awkward" else name
        rows.append((label(kind, stage), label(kind, moment), touch, mean, mean - half, mean + half))
    frame = pd.DataFrame(rows, columns=["stage", "moment", "touchpoint", "mean", "low", "high"])
    if kind in ("ordinary", "awkward"):
        frame = frame.assign(target=4.1)
    if kind == "large":
        frame.loc[3, ["low", "high"]] = np.nan
    return path.spec(frame, measure=label(kind, Label("Asiakkaan arvio (1–5)", "Customer rating (1–5)")))


def lags_spec(kind: str) -> FigureSpec:
    count = {"tiny": 0, "large": 6, "awkward": 2}.get(kind, 1)
    forward: Result = estimate(0.21, 0.10)
    backward: Result = missing_result() if kind == "awkward" else estimate(0.08, 0.11)
    if kind == "negative":
        forward, backward = estimate(-0.4, 0.3), estimate(-0.1, 2.0)
    if kind == "equal":
        forward = backward = estimate(0.0, 0.0)
    text = label(kind, Label("EX mitattu CX:n jälkeen", "EX measured after CX"))
    placebos: list[tuple[Text, Result]] = [(text, estimate(0.02 * place, 0.1)) for place in range(count)]
    return lags.spec(forward, backward, 0.10, ex=label(kind, EX_LABEL), cx=label(kind, CX_LABEL), placebos=placebos)


def dots_spec(kind: str) -> FigureSpec:
    count = {"tiny": 1, "large": 30}.get(kind, 6)
    spread = 0.0 if kind == "equal" else 0.06
    labels = [label(kind, ITEMS[place]) if count <= 6 else f"Kosketuspiste {place + 1}" for place in range(count)]
    titles = (label(kind, CX_LABEL), Label("Reliabiliteetti", "Reliability"), Label("Ero", "Difference"))
    sign = -1 if kind == "negative" else 1
    results: list[Result] = [estimate(sign * (0.31 - 0.01 * place), spread) for place in range(count)]
    if kind in ("ordinary", "awkward"):
        results[2] = missing_result()
    panels = [(title, results) for title in titles[: {"tiny": 1, "negative": 2}.get(kind, 3)]]
    return dots.spec(labels, panels, figure_id="fig-dots", caption=Label("Osuudet", "Shares"))


def paths_spec(kind: str) -> FigureSpec:
    value = {"equal": 0.0, "negative": -37.53}.get(kind, 0.37)
    found: dict[str, Result] = {path: estimate(value, 0.21) for path in paths.PATHS}
    if kind == "tiny":
        found["b"] = missing_result()
    names = {"ex": EX_LABEL, "mediator": Label("Toimitusviive (pv)", "Delivery delay (days)"), "cx": CX_LABEL}
    return paths.spec(found, **{name: label(kind, text) for name, text in names.items()})


def slopes_spec(kind: str) -> FigureSpec:
    count = 2 if kind == "tiny" else 61
    value = np.linspace(-1 if kind == "negative" else 0, 12.5, count)
    slope = np.full(count, 0.3) if kind == "equal" else 0.31 - 0.05 * value
    frame = pd.DataFrame({"value": value, "slope": slope, "low": slope - 0.25, "high": slope + 0.25})
    name = label(kind, Label("Projektin arvo (1 000 €)", "Value of the project (€1,000)"))
    limits = [] if kind in ("tiny", "equal") else [1.25, 40.0]
    return slopes.spec(frame, moderator=name, level=0.95, limits=limits)


def bends_spec(kind: str) -> FigureSpec:
    frame = units(kind)
    grid = np.linspace(frame["ex"].min(), frame["ex"].max(), 61)
    curve = np.full(61, float(frame["cx"].mean())) + 0.1 * (grid - grid.mean())
    lines = np.full(61, np.nan) if kind == "tiny" else np.where(np.arange(61) < 30, curve, curve + 0.05)
    curves = pd.DataFrame({"x": grid, "straight": curve, "curve": curve, "low": curve - 0.1, "high": curve + 0.1})
    count = {"tiny": 1, "large": 4, "awkward": 2}.get(kind, 3)
    one = (label(kind, EX_LABEL), label(kind, CX_LABEL), frame[["ex", "cx"]], curves.assign(lines=lines))
    return bends.spec([(f"H{place + 1}", *one) for place in range(count)], level=0.95)


def eigenvalues_spec(kind: str) -> FigureSpec:
    count = {"tiny": 3, "large": 80}.get(kind, 12)
    place = np.arange(1, count + 1)
    component = np.ones(count) if kind == "equal" else 1.8 / place
    random = np.ones(count) if kind == "equal" else 1.1 - 0.6 * place / count
    frame = pd.DataFrame({"place": place, "component": component, "random_component": random})
    frame = frame.assign(factor=component - 0.6, random_factor=random - 1)
    counts = {"factor": 0, "component": 0} if kind == "negative" else {"factor": 3, "component": 2}
    return eigenvalues.spec(frame, counts, survey=label(kind, Label("Fiilismittaus", "Pulse survey")))


def ratios_spec(kind: str) -> FigureSpec:
    count = {"tiny": 1, "large": 30}.get(kind, 4)
    pair = label(kind, Label("Esihenkilötyö – Oma työ", "Leadership – Own work"))
    rows: list[tuple[Text, Result]] = [(pair, estimate(0.5 + 0.45 * place / count, 0.08)) for place in range(count)]
    if kind == "negative":
        rows = [(pair, estimate(-0.2, 0.3)), (pair, estimate(1.4, 2.0))]
    if kind == "equal":
        rows = [(pair, estimate(0.85, 0.0))] * 3
    if kind == "awkward":
        rows[1] = (pair, missing_result())
    return ratios.spec(
        rows,
        (0.85, 0.90),
        scale=Label("HTMT", "HTMT"),
        figure_id="fig-htmt",
        caption=Label("Mittarien erottuminen", "How far scales are told apart"),
        note=Label("Katkoviivat ovat rajat.", "The dashed lines are the marks."),
    )


def unit_slopes_spec(kind: str) -> FigureSpec:
    rng = np.random.default_rng(3)
    count = {"tiny": 1, "large": 2000}.get(kind, 40)
    slope = rng.normal(0.4, 0.2, count) - (0.9 if kind == "negative" else 0.0)
    if kind == "equal":
        slope = np.full(count, 0.5)
    half = 0.0 if kind == "equal" else 0.3
    own = slope + rng.normal(0, 0.5, count)
    own[0] = np.nan if kind == "tiny" else 50.0
    if kind == "negative":
        own = slope + 0.1
    frame = pd.DataFrame({"slope": slope, "low": slope - half, "high": slope + half, "own": own})
    return unit_slopes.spec(frame, float(slope.mean()), ex=label(kind, EX_LABEL), cx=label(kind, CX_LABEL), level=0.95)


SAMPLES: dict[str, Callable[[str], FigureSpec]] = {
    "responses": responses_spec,
    "screening": screening_spec,
    "likert": likert_spec,
    "profile": profile_spec,
    "scatter": scatter_spec,
    "forest": forest_spec,
    "verdict": verdict_spec,
    "trend": trend_spec,
    "curve": curve_spec,
    "path": path_spec,
    "lags": lags_spec,
    "eigenvalues": eigenvalues_spec,
    "ratios": ratios_spec,
    "unit_slopes": unit_slopes_spec,
    "dots": dots_spec,
    "paths": paths_spec,
    "slopes": slopes_spec,
    "bends": bends_spec,
    **GROUP_SAMPLES,
}
