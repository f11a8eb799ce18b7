"""Panel models of both directions: what precedes what when units are compared only with themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values, reason
from cxresearch.exhibits.estimates import Row, estimate_table
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import lags as lags_figure
from cxresearch.exhibits.figures.forest import band_note
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.listing import in_figure, in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable

ROWS = (
    "riclpm.y_on_x.std", "riclpm.x_on_y.std", "riclpm.levels",
    "clpm.y_on_x.std", "clpm.x_on_y.std",
)  # fmt: skip
GOOD_CFI, GOOD_RMSEA = 0.95, 0.06
"""A good fit (Hu and Bentler 1999)."""


def cross_lagged(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis' random-intercept model beside its foil, the first as a picture; or why there is none."""
    if "cross_lagged" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.cross_lagged.left_out"),),)),)
    exhibits: list[Exhibit] = []
    rows: list[Row] = []
    alone: dict[str, tuple[NotEstimable, list[Text]]] = {}
    for name in findings.spec.hypotheses:
        first = findings.result(f"{name}.riclpm.y_on_x.std")
        if isinstance(first, NotEstimable):
            heading = hypothesis_values(findings, name)["hypothesis"]
            alone.setdefault(f"{first.reason} {first.details}", (first, []))[1].append(heading)
            continue
        figures = [] if rows else [_figure(findings, name)]
        where = in_figure(figures[0].id if figures else None)
        exhibits += [ProseSpec((_sentences(findings, name, where),)), *figures]
        results = ((part, findings.result(f"{name}.{part}")) for part in ROWS)
        rows += [(name, Phrase(f"tables.cross_lagged.{part.replace('.', '_')}"), found) for part, found in results]
    untold = tuple(
        Phrase(
            "readings.cross_lagged.not_estimable", {"count": len(names), "names": in_words(names), "why": reason(why)}
        )
        for why, names in alone.values()
    )
    what = Phrase("readings.cross_lagged.what")
    if not rows:
        return (ProseSpec(((what, *untold),)),)
    opening = (what, Phrase("readings.cross_lagged.table"), *untold)
    fitted = [name for name in findings.spec.hypotheses if findings.estimate(f"{name}.riclpm.y_on_x.std")]
    limits = ProseSpec(((Phrase("readings.cross_lagged.limits"),), *_common_notes(findings, fitted)))
    table = replace(estimate_table(findings, "cross_lagged", rows), id="tbl-cross-lagged")
    return (ProseSpec((opening,)), *exhibits, table, limits)


def _figure(findings: Findings, name: str) -> FigureSpec:
    values = hypothesis_values(findings, name)
    results = {part: findings.result(f"{name}.{part}") for part in ROWS}
    foils = [(Phrase(f"tables.cross_lagged.{m.replace('.', '_')}"), results[m]) for m in ROWS if m.startswith("clpm")]
    smallest = findings.spec.criteria.smallest_effect
    return lags_figure.spec(
        results["riclpm.y_on_x.std"],
        results["riclpm.x_on_y.std"],
        smallest,
        ex=values["ex"],
        cx=values["cx"],
        placebos=foils,
        figure_id=f"fig-riclpm-{name.replace('_', '-')}",
        caption=Phrase("tables.cross_lagged.figure", values),
        note=sentences(Phrase("tables.cross_lagged.figure_note", values), band_note(list(results.values()), smallest)),
    )


def _sentences(findings: Findings, name: str, where: Text) -> tuple[Text, ...]:
    values = hypothesis_values(findings, name)
    said: list[Text] = [Phrase("readings.cross_lagged.heading", values | {"where": where})]
    for part, way in (("riclpm.y_on_x.std", "forward"), ("riclpm.x_on_y.std", "reverse")):
        if found := findings.estimate(f"{name}.{part}"):
            said.append(Phrase(f"readings.cross_lagged.{way}_{_sign(found)}", _numbers(found)))
    said += _foil(findings, name)
    if levels := findings.estimate(f"{name}.riclpm.levels"):
        clear = "levels" if levels.excludes(0) else "levels_unclear"
        said.append(Phrase(f"readings.cross_lagged.{clear}", _numbers(levels)))
    return (*said, *_fit(findings, name))


def _sign(found: Estimate) -> str:
    if not found.excludes(0):
        return "unclear"
    return "positive" if found.estimate > 0 else "negative"


def _numbers(found: Estimate) -> dict[str, object]:
    ends = {"low": found.conf_low, "high": found.conf_high, "level": found.conf_level}
    return {"estimate": found.estimate, **ends}


def _foil(findings: Findings, name: str) -> list[Text]:
    """The ordinary model's answer, where it differs from that within units."""
    within, mixed = (findings.estimate(f"{name}.{model}.y_on_x.std") for model in ("riclpm", "clpm"))
    if not (within and mixed):
        return []
    kind = "foil_differs" if _sign(within) != _sign(mixed) else "foil_agrees"
    return [Phrase(f"readings.cross_lagged.{kind}", _numbers(mixed))]


def _fit(findings: Findings, name: str) -> tuple[Text, ...]:
    term = f"{name}.riclpm"
    chi2, cfi, rmsea = (findings.estimate(f"{term}.{part}") for part in ("chi2", "cfi", "rmsea"))
    said: list[Text] = []
    if chi2 and cfi and rmsea and chi2.p_value is not None:
        good = cfi.estimate >= GOOD_CFI and rmsea.estimate <= GOOD_RMSEA
        few = "sem.few_rows_per_parameter" in chi2.health
        how = "well" if good else "unsurely" if few else "poorly"
        values = {"chi2": chi2.estimate, "df": chi2.df, "p": chi2.p_value, "cfi": cfi.estimate, "rmsea": rmsea.estimate}
        said.append(Phrase(f"readings.cross_lagged.fits_{how}", values))
    test = findings.estimate(f"{term}.equal_lags")
    if test and test.p_value is not None:
        equal = test.p_value >= 1 - findings.spec.criteria.level
        said.append(Phrase(f"readings.cross_lagged.{'equal' if equal else 'unequal'}", {"p": test.p_value}))
    return tuple(said)


def _common_notes(findings: Findings, names: Sequence[str]) -> tuple[tuple[Text, ...], ...]:
    """What several hypotheses share: warnings of the fits, and equal lags that could not be tested."""
    shared: dict[str, tuple[Phrase, list[Text]]] = {}
    for name in names:
        test = findings.result(f"{name}.riclpm.equal_lags")
        chi2 = findings.estimate(f"{name}.riclpm.chi2")
        told = [Phrase(f"health.{code}") for code in (chi2.health if chi2 else ())]
        if why := reason(test):
            told.append(Phrase("readings.cross_lagged.equal_untested", {"why": why}))
        for phrase in told:
            key = f"{phrase.key} {test if phrase.values else ''}".partition("term=")[0]
            shared.setdefault(key, (phrase, []))[1].append(hypothesis_name(name))
    notes = tuple(
        Phrase("readings.cross_lagged.warning", {"names": in_words(listed), "warning": phrase})
        for phrase, listed in shared.values()
    )
    return (notes,) if notes else ()
