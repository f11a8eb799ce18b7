"""Who answered how far, whether those who did not may differ, and what survey weights cost."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.exhibits.columns import column, interval_cell, interval_column, measure_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

CHECKS = ("early_late", "rate_score")
_SHARES = ("nonresponse.{}.complete", "nonresponse.{}.partial", "nonresponse.{}.broken_off", "nonresponse.{}.items")
_RATES = ("response.{}.rr1", "response.{}.rr2")


def nonresponse(findings: Findings) -> tuple[Exhibit, ...]:
    """Rates and completeness, the two checks of non-response, and the weights, each with its reading."""
    rates, checks, weights = _completeness(findings), _checks(findings), _weights(findings)
    opening: list[Text] = [Phrase("readings.nonresponse.what")]
    if rates is not None:
        opening.append(Phrase("readings.nonresponse.table"))
    missing = tuple(without_result(_lacking(findings)))
    exhibits: list[Exhibit] = [ProseSpec((tuple(opening), () if rates is not None else missing))]
    if rates is not None:
        exhibits.append(rates)
    if checks is not None:
        exhibits += [ProseSpec((_read(findings),)), checks]
    if rates is not None and missing:
        exhibits.append(ProseSpec((missing,)))
    if weights is not None:
        exhibits += [ProseSpec(((Phrase("readings.nonresponse.weights"),),)), weights]
    return tuple(exhibits)


def _told(result: Result) -> bool:
    return isinstance(result, Estimate) or result.reason != "not_computed"


def _lacking(findings: Findings) -> Iterator[tuple[Text, Result]]:
    """Measures without an answer to the main questions, with the reason; what is hidden for privacy is in the note."""
    for measure in findings.spec.measures:
        for term in ("nonresponse.{}.complete", *(f"nonresponse.{{}}.{check}" for check in CHECKS)):
            result = findings.result(term.format(measure))
            hidden = isinstance(result, NotEstimable) and result.reason == "nonresponse.few_people"
            if _told(result) and not hidden:
                yield measure_label(findings, measure), result


def _completeness(findings: Findings) -> TableSpec | None:
    rows: list[tuple[Cell, ...]] = []
    for measure in findings.spec.measures:
        found = [findings.result(term.format(measure)) for term in (*_RATES, *_SHARES)]
        if any(isinstance(one, Estimate) for one in found):
            rows.append((measure_label(findings, measure), *(value_cell(one) for one in found)))
    if not rows:
        return None
    kept = [at for at in range(1, len(rows[0])) if any(row[at] is not None for row in rows)]
    names = ("rr1", "rr2", "complete", "partial", "broken_off", "items")
    columns = tuple(ColumnSpec(Phrase(f"tables.nonresponse.column.{names[at - 1]}"), "pct1") for at in kept)
    cells = tuple((row[0], *(row[at] for at in kept)) for row in rows)
    shown = [names[at - 1] for at in kept]
    rates = [Phrase(f"tables.nonresponse.note_{rate}") for rate in ("rr1", "rr2") if rate in shown]
    note = (*rates, Phrase("tables.nonresponse.note", {"threshold": findings.spec.privacy.min_respondents}))
    caption = Phrase("tables.nonresponse.caption")
    return TableSpec("tbl-nonresponse", caption, (column("measure", row_header=True), *columns), cells, note)


def _checks(findings: Findings) -> TableSpec | None:
    rows: list[tuple[Cell, ...]] = []
    for check in CHECKS:
        for measure in findings.spec.measures:
            found = findings.estimate(f"nonresponse.{measure}.{check}")
            if found is not None:
                name = Phrase(f"tables.nonresponse.check.{check}")
                value = found.estimate
                rows.append(
                    (measure_label(findings, measure), name, found.n_units, value, interval_cell(found), found.p_value)
                )
    if not rows:
        return None
    columns = (
        column("measure", row_header=True),
        ColumnSpec(Phrase("tables.nonresponse.column.check")),
        ColumnSpec(Phrase("tables.nonresponse.column.results"), "n"),
        column("estimate", "d2"),
        interval_column(findings, "d2"),
        column("p_value", "p"),
    )
    return TableSpec("tbl-nonresponse-checks", Phrase("tables.nonresponse.checks_caption"), columns, tuple(rows))


def _read(findings: Findings) -> tuple[Text, ...]:
    said: list[Text] = [Phrase("readings.nonresponse.checks")]
    for check in CHECKS:
        found = {m: findings.estimate(f"nonresponse.{m}.{check}") for m in findings.spec.measures}
        examined = {m: one for m, one in found.items() if one is not None}
        differ = [quoted(measure_label(findings, m)) for m, one in examined.items() if one.excludes(0)]
        if differ:
            values = {"count": len(differ), "names": in_words(differ)}
            said.append(Phrase(f"readings.nonresponse.{check}_differs", values))
        elif examined:
            said.append(Phrase(f"readings.nonresponse.{check}_alike"))
    said.append(Phrase("readings.nonresponse.silent"))
    return tuple(said)


def _weights(findings: Findings) -> TableSpec | None:
    rows: list[tuple[Cell, ...]] = []
    for measure in findings.spec.measures:
        size, deff = (findings.estimate(f"weights.{measure}.{name}") for name in ("n_eff", "design_effect"))
        if size is not None:
            label = measure_label(findings, measure)
            rows.append((label, size.n_respondents, size.estimate, deff.estimate if deff else None))
    if not rows:
        return None
    columns = (
        column("measure", row_header=True),
        ColumnSpec(Phrase("tables.nonresponse.column.n"), "n"),
        ColumnSpec(Phrase("tables.nonresponse.column.n_eff"), "d0"),
        ColumnSpec(Phrase("tables.nonresponse.column.deff"), "d2"),
    )
    return TableSpec("tbl-weights", Phrase("tables.nonresponse.weights_caption"), columns, tuple(rows))
