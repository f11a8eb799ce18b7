"""Whether each measure may be aggregated to units, with what speaks against it."""

from __future__ import annotations

from cxresearch.aggregation.decision import OUTCOMES, AggregationCriteria
from cxresearch.exhibits.columns import column, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures.spec import sentences
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result


def decisions(findings: Findings) -> tuple[Exhibit, ...]:
    """One outcome per measure with the criteria not met, and in words what the outcomes mean."""
    found = {measure: findings.result(f"aggregation.{measure}.decision") for measure in findings.spec.measures}
    missing = without_result((measure_label(findings, m), one) for m, one in found.items() if _asked(one))
    rows: list[tuple[Cell, ...]] = []
    by_outcome: dict[str, list[Text]] = {}
    for measure, result in found.items():
        if isinstance(result, Estimate):
            outcome = OUTCOMES[int(result.estimate)]
            label = measure_label(findings, measure)
            by_outcome.setdefault(outcome, []).append(quoted(label))
            rows.append((label, Phrase(f"tables.decisions.outcome.{outcome}"), _against(result)))
    what = Phrase("readings.decisions.what")
    if not rows:
        return (ProseSpec(((what, *missing),)),)
    said: list[Text] = [what, Phrase("readings.decisions.table")]
    for outcome in OUTCOMES:
        names = by_outcome.get(outcome)
        if names:
            said.append(Phrase(f"readings.decisions.{outcome}", {"count": len(names), "names": in_words(names)}))
    columns = (
        column("measure", row_header=True),
        ColumnSpec(Phrase("tables.decisions.column.outcome")),
        ColumnSpec(Phrase("tables.decisions.column.against")),
    )
    least = findings.spec.criteria.min_icc2
    note = Phrase("tables.decisions.note", {"least": least, "good": max(least, AggregationCriteria().good_icc2)})
    table = TableSpec("tbl-decisions", Phrase("tables.decisions.caption"), columns, tuple(rows), note)
    return ProseSpec((tuple(said), missing)), table


def _asked(result: Result) -> bool:
    return not (isinstance(result, NotEstimable) and result.reason == "not_computed")


def _against(result: Estimate) -> Cell:
    """The criteria not met, as sentences; what could not be examined where all others are met; None when all are."""
    codes = [code for code in result.health if code.startswith("decision.")]
    if codes:
        return sentences(*(Phrase(f"health.{code}") for code in codes))
    unknown = OUTCOMES[int(result.estimate)] == "caution"
    return Phrase("tables.decisions.not_examined") if unknown else Phrase("tables.decisions.nothing")
