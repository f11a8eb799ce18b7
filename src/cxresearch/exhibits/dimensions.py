"""Whether items measure the scales that they were written for, alike in all groups and waves."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.exhibits.columns import measure_label, source_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import dots
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.invariance import invariance
from cxresearch.exhibits.listing import in_words, quoted, references, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, Interval, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

GOOD, FAIR = (0.95, 0.06, 0.08), (0.90, 0.08, 0.10)
"""CFI at least, RMSEA and SRMR at most, of a good (Hu and Bentler 1999) and of a fair fit."""
WEAK_LOADING = 0.50
"""A smaller loading leaves three quarters of an item's variation to other things than its scale."""
ALIKE = 0.85
"""Factors that correlate more than this are hardly told apart."""


def dimensions(findings: Findings) -> tuple[Exhibit, ...]:
    """Fit of each source's scales as factors, their loadings, and invariance over periods and groups."""
    if "dimensions" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.dimensions.left_out"),),)),)
    sources = [source for source in findings.spec.sources if f"cfa.{source}.chi2" in findings.results]
    fitted = [source for source in sources if findings.estimate(f"cfa.{source}.chi2")]
    untold = without_result((source_label(findings, s), findings.result(f"cfa.{s}.chi2")) for s in sources)
    what = Phrase("readings.dimensions.what")
    if not fitted:
        return (ProseSpec(((what, *(untold or (Phrase("readings.dimensions.none"),))),)),)
    exhibits: list[Exhibit] = [
        ProseSpec(((what, Phrase("readings.dimensions.table"), *untold),)),
        _table(findings, fitted),
    ]
    for source in fitted:
        figures = _figures(findings, source)
        exhibits += [ProseSpec((_sentences(findings, source, figures),)), *figures]
    return (*exhibits, *invariance(findings, fitted))


def _table(findings: Findings, sources: Sequence[str]) -> TableSpec:
    rows = [
        (source_label(findings, source), Phrase(f"tables.dimensions.{model}"), *_fit_cells(findings, term))
        for source in sources
        for model, term in (("scales", f"cfa.{source}"), ("single", f"cfa.{source}.one_factor"))
        if findings.estimate(f"{term}.chi2")
    ]
    columns = (
        ColumnSpec(Phrase("tables.column.source"), row_header=True),
        ColumnSpec(Phrase("tables.column.model"), row_header=True),
        ColumnSpec("χ²", "d1"),
        ColumnSpec("df", "n"),
        ColumnSpec(Phrase("tables.column.p_value"), "p"),
        ColumnSpec("CFI", "r3"),
        ColumnSpec("TLI", "r3"),
        ColumnSpec("RMSEA", "r3"),
        ColumnSpec(Phrase("tables.dimensions.rmsea_interval"), "r3"),
        ColumnSpec("SRMR", "r3"),
    )
    note = Phrase("tables.dimensions.note")
    return TableSpec("tbl-cfa", Phrase("tables.dimensions.caption"), columns, tuple(rows), note)


def _fit_cells(findings: Findings, term: str) -> tuple[Cell, ...]:
    chi2, rmsea = findings.estimate(f"{term}.chi2"), findings.estimate(f"{term}.rmsea")
    ends = None
    if rmsea and rmsea.conf_low is not None and rmsea.conf_high is not None:
        ends = Interval(rmsea.conf_low, rmsea.conf_high)
    indices = tuple(value_cell(findings.result(f"{term}.{name}")) for name in ("cfi", "tli", "rmsea", "srmr"))
    first = (chi2.estimate, chi2.df, chi2.p_value) if chi2 else (None, None, None)
    return (*first, *indices[:3], ends, indices[3])


def _loadings(findings: Findings, source: str) -> list[tuple[str, Estimate]]:
    """Items with their loadings, in the order of the model."""
    prefix = f"cfa.{source}.loading"
    found = (result for result in findings.under(prefix) if isinstance(result, Estimate))
    return [(result.term.removeprefix(f"{prefix}."), result) for result in found]


def item_label(findings: Findings, source: str, item: str) -> Text:
    """What an item is called."""
    return findings.codebook.named(item, source)[0].label


def _scale_of(findings: Findings, source: str, item: str) -> Text:
    scale = findings.codebook.named(item, source)[0].scale
    return next(measure_label(findings, m) for m, spec in findings.spec.measures.items() if spec.scale == scale)


def _figures(findings: Findings, source: str) -> list[FigureSpec]:
    """Loadings by scale, as many figures as pages are needed."""
    rows = _loadings(findings, source)
    parts = [rows[first : first + dots.MOST_ROWS] for first in range(0, len(rows), dots.MOST_ROWS)]
    values = {"source": source_label(findings, source)}
    return [
        dots.spec(
            [_row_label(findings, source, item) for item, _ in part],
            [(Phrase("tables.dimensions.loading"), [result for _, result in part])],
            figure_id=f"fig-loadings-{source.replace('_', '-')}" + (f"-{place}" if place else ""),
            caption=Phrase("tables.dimensions.figure", values),
            note=Phrase("tables.dimensions.figure_note", {"mark": WEAK_LOADING}),
        )
        for place, part in enumerate(parts)
    ]


def _row_label(findings: Findings, source: str, item: str) -> Text:
    values = {"scale": _scale_of(findings, source, item), "item": item_label(findings, source, item)}
    return Phrase("tables.dimensions.row", values)


def _sentences(findings: Findings, source: str, figures: Sequence[FigureSpec]) -> tuple[Text, ...]:
    term = f"cfa.{source}"
    chi2 = findings.estimate(f"{term}.chi2")
    values: dict[str, object] = {"source": source_label(findings, source)}
    values |= {name: findings.estimate(f"{term}.{name}") for name in ("cfi", "rmsea", "srmr")}
    known = {name: found.estimate for name, found in values.items() if isinstance(found, Estimate)}
    complete = {"cfi", "rmsea", "srmr"} <= set(known)
    how = _how_good(known["cfi"], known["rmsea"], known["srmr"]) if complete else "unknown"
    said: list[Text] = [Phrase(f"readings.dimensions.{how}", {"source": source_label(findings, source), **known})]
    said += _loading_sentences(findings, source, figures)
    said += _apart(findings, source)
    single = findings.estimate(f"{term}.one_factor.cfi")
    if single and "cfi" in known:
        worse = "worse" if single.estimate < known["cfi"] - 0.01 else "no_worse"
        said.append(Phrase(f"readings.dimensions.single_{worse}", {"cfi": single.estimate}))
    warnings = chi2.health if chi2 else ()
    return (*said, *(Phrase("readings.dimensions.warning", {"warning": Phrase(f"health.{c}")}) for c in warnings))


def _how_good(cfi: float, rmsea: float, srmr: float) -> str:
    for name, (least, most, residual) in (("good", GOOD), ("fair", FAIR)):
        if cfi >= least and rmsea <= most and srmr <= residual:
            return name
    return "poor"


def _loading_sentences(findings: Findings, source: str, figures: Sequence[FigureSpec]) -> list[Text]:
    rows = _loadings(findings, source)
    if not rows:
        return []
    sizes = [result.estimate for _, result in rows]
    values = {"low": min(sizes), "high": max(sizes), "figures": references(figure.id for figure in figures)}
    weak: list[Text] = [
        quoted(item_label(findings, source, item)) for item, result in rows if result.estimate < WEAK_LOADING
    ]
    said: list[Text] = [Phrase("readings.dimensions.loadings", values)]
    if weak:
        named = {"count": len(weak), "names": in_words(weak), "mark": WEAK_LOADING}
        said.append(Phrase("readings.dimensions.weak", named))
    return said


def _apart(findings: Findings, source: str) -> list[Text]:
    prefix = f"cfa.{source}.correlation"
    found = [result.estimate for result in findings.under(prefix) if isinstance(result, Estimate)]
    if not found:
        return []
    kind = "alike" if max(found) > ALIKE else "apart"
    values = {"count": len(found), "low": min(found), "high": max(found), "mark": ALIKE}
    return [Phrase(f"readings.dimensions.{kind}", values)]
