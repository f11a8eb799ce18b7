"""Whether the scales of a questionnaire can be told apart: HTMT with its interval, and factors' correlations."""

from __future__ import annotations

from itertools import combinations

from cxresearch.exhibits.columns import interval_cell, measure_label, source_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import ratios
from cxresearch.exhibits.figures.forest import MOST_ROWS
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.measurement.validity import HTMT_LIBERAL, HTMT_STRICT
from cxresearch.statistic import Estimate

Pair = tuple[str, str]
_FEW_PAIRS = 6
"""So many pairs need no picture: the table tells them apart as well."""


def discriminant(findings: Findings) -> tuple[Exhibit, ...]:
    """For each source with several scales: a table of the pairs, many also as a picture; else why not."""
    exhibits: list[Exhibit] = []
    refused = {}
    for source in findings.spec.sources:
        pairs = _pairs(findings, source)
        if pairs:
            exhibits += _of_source(findings, source, pairs)
        elif f"validity.{source}.htmt" in findings.results:
            refused[source] = findings.result(f"validity.{source}.htmt")
    untold = without_result((source_label(findings, source), result) for source, result in refused.items())
    what = () if exhibits else (Phrase("readings.reliability.apart_what"),)
    return (*exhibits, ProseSpec(((*what, *untold),))) if untold else tuple(exhibits)


def _pairs(findings: Findings, source: str) -> list[Pair]:
    return [
        pair
        for pair in combinations(findings.spec.measures, 2)
        if findings.estimate(f"validity.{source}.htmt.{'.'.join(pair)}") is not None
    ]


def pair_name(findings: Findings, pair: Pair) -> Phrase:
    """Both measures' names with a dash between them."""
    first, second = (measure_label(findings, measure) for measure in pair)
    return Phrase("tables.reliability.pair", {"first": first, "second": second})


def _of_source(findings: Findings, source: str, pairs: list[Pair]) -> tuple[Exhibit, ...]:
    term, short = f"validity.{source}", source.replace("_", "-")
    values: dict[str, Text] = {"source": source_label(findings, source)}
    shown = sorted(pairs, key=lambda pair: -_htmt(findings, source, pair).estimate)[:MOST_ROWS]
    figures = [] if len(shown) <= _FEW_PAIRS else [_figure(findings, source, shown)]
    columns = (
        ColumnSpec(Phrase("tables.reliability.scales"), row_header=True),
        ColumnSpec(Phrase("tables.reliability.htmt"), "r2"),
        ColumnSpec(Phrase("tables.column.interval_at", {"level": findings.spec.criteria.level}), "r2"),
        ColumnSpec(Phrase("tables.reliability.htmt2"), "r2"),
        ColumnSpec(Phrase("tables.reliability.factor_r"), "r2"),
        ColumnSpec(Phrase("tables.reliability.fornell"), "r2"),
    )
    rows: list[tuple[Cell, ...]] = []
    for pair in shown:
        named = ".".join(pair)
        ratio = _htmt(findings, source, pair)
        parts = (findings.result(f"{term}.{kind}.{named}") for kind in ("htmt2", "correlation", "fornell_larcker"))
        cells = (ratio.estimate, interval_cell(ratio), *map(value_cell, parts))
        rows.append((pair_name(findings, pair), *cells))
    note = Phrase("tables.reliability.validity_note")
    table_id, caption = f"tbl-validity-{short}", Phrase("tables.reliability.validity_caption", values)
    table = TableSpec(table_id, caption, columns, tuple(rows), note)
    said = (
        Phrase("readings.reliability.apart_what"),
        Phrase("readings.reliability.apart_where", {"table": table_id, **values}),
        *_sentences(findings, source, shown),
    )
    return ProseSpec((said,)), *figures, table


def _figure(findings: Findings, source: str, shown: list[Pair]) -> FigureSpec:
    return ratios.spec(
        [(pair_name(findings, pair), _htmt(findings, source, pair)) for pair in shown],
        (HTMT_STRICT, HTMT_LIBERAL),
        scale=Phrase("tables.reliability.htmt_scale"),
        figure_id=f"fig-htmt-{source.replace('_', '-')}",
        caption=Phrase("tables.reliability.figure_htmt", {"source": source_label(findings, source)}),
        note=Phrase("tables.reliability.htmt_note"),
    )


def _htmt(findings: Findings, source: str, pair: Pair) -> Estimate:
    found = findings.result(f"validity.{source}.htmt.{'.'.join(pair)}")
    if not isinstance(found, Estimate):
        raise TypeError(f"{found.term} was expected to be an estimate")
    return found


def _sentences(findings: Findings, source: str, pairs: list[Pair]) -> list[Text]:
    beyond, unsure, overlapping = [], [], []
    for pair in pairs:
        found, name = _htmt(findings, source, pair), pair_name(findings, pair)
        if found.estimate >= HTMT_STRICT:
            beyond.append(name)
        elif found.conf_high is not None and found.conf_high >= HTMT_STRICT:
            unsure.append(name)
        gap = findings.estimate(f"validity.{source}.fornell_larcker.{'.'.join(pair)}")
        if gap is not None and gap.estimate < 0:
            overlapping.append(name)
    marks = {"strict": HTMT_STRICT}
    said: list[Text] = []
    for key, names in (("beyond", beyond), ("unsure", unsure), ("overlapping", overlapping)):
        if names:
            said.append(Phrase(f"readings.reliability.{key}", {"count": len(names), "names": in_words(names), **marks}))
    if not beyond and not unsure:
        said.insert(0, Phrase("readings.reliability.apart", {"count": len(pairs), **marks}))
    return said
