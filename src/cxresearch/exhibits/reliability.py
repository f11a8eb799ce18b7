"""How reliably scales and questionnaires measure, beyond alpha: reliability, dimensions, and telling scales apart."""

from __future__ import annotations

from cxresearch.exhibits.columns import interval_cell, measure_label, value_cell
from cxresearch.exhibits.dimension_count import dimension_count
from cxresearch.exhibits.discriminant import discriminant
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

_CLOSE = 0.03
"""Alpha and omega this close tell the same."""
_HALF = 0.5
"""A scale's factor should give at least half of its items' variation (Fornell and Larcker 1981)."""


def reliability(findings: Findings) -> tuple[Exhibit, ...]:
    """Reliability of the scales in one table, the dimensions of each questionnaire, and whether scales differ."""
    if not any(spec.scale for spec in findings.spec.measures.values()):
        return (ProseSpec(((Phrase("readings.reliability.none"),),)),)
    if "parallel" not in findings.frames:
        return (ProseSpec(((Phrase("readings.reliability.left_out"),),)),)
    return (*_scales(findings), *dimension_count(findings), *discriminant(findings))


def _scales(findings: Findings) -> tuple[Exhibit, ...]:
    declared = [measure for measure, spec in findings.spec.measures.items() if spec.scale]
    omegas = {measure: findings.result(f"scale.{measure}.omega") for measure in declared}
    untold = without_result((measure_label(findings, measure), found) for measure, found in omegas.items())
    rows = [row for measure in declared if (row := _row(findings, measure)) is not None]
    if not rows:
        return (ProseSpec(((Phrase("readings.reliability.what"), *untold),)),)
    columns = (
        ColumnSpec(Phrase("tables.column.measure"), row_header=True),
        ColumnSpec(Phrase("tables.column.items"), "n"),
        ColumnSpec(Phrase("tables.column.n"), "n"),
        ColumnSpec(Phrase("tables.column.alpha"), "r2"),
        ColumnSpec(Phrase("tables.reliability.omega"), "r2"),
        ColumnSpec(Phrase("tables.reliability.omega_interval", {"level": findings.spec.criteria.level}), "r2"),
        ColumnSpec(Phrase("tables.reliability.omega_observed"), "r2"),
        ColumnSpec(Phrase("tables.reliability.ordinal"), "r2"),
        ColumnSpec(Phrase("tables.reliability.ave"), "r2"),
    )
    note = Phrase("tables.reliability.note")
    table = TableSpec("tbl-reliability", Phrase("tables.reliability.caption"), columns, tuple(rows), note)
    said = (Phrase("readings.reliability.what"), *_sentences(findings, declared), *untold)
    return ProseSpec((said,)), table


def _row(findings: Findings, measure: str) -> tuple[Cell, ...] | None:
    alpha, omega = (findings.result(f"scale.{measure}.{name}") for name in ("alpha", "omega"))
    first = next((found for found in (omega, alpha) if isinstance(found, Estimate)), None)
    if first is None:
        return None
    others = ("omega_observed", "ordinal_alpha", "ave")
    return (
        measure_label(findings, measure),
        first.n_items,
        first.n_respondents,
        value_cell(alpha),
        value_cell(omega),
        interval_cell(omega),
        *(value_cell(findings.result(f"scale.{measure}.{name}")) for name in others),
    )


def _sentences(findings: Findings, declared: list[str]) -> list[Text]:
    pairs = {
        measure: (omega, findings.estimate(f"scale.{measure}.alpha"), findings.estimate(f"scale.{measure}.ave"))
        for measure in declared
        if (omega := findings.estimate(f"scale.{measure}.omega")) is not None
    }
    if not pairs:
        return []
    least = findings.spec.criteria.min_alpha
    low = [measure for measure, (omega, _, _) in pairs.items() if omega.estimate < least]
    said: list[Text] = [_counted(findings, "low" if low else "good", low or list(pairs), least=least)]
    gaps = [omega.estimate - alpha.estimate for omega, alpha, _ in pairs.values() if alpha is not None]
    if gaps:
        gap = max(gaps, key=abs)
        said.append(Phrase(f"readings.reliability.{'same' if abs(gap) < _CLOSE else 'differ'}", {"gap": abs(gap)}))
    said.append(Phrase("readings.reliability.ordinal"))
    narrow = [measure for measure, (_, _, ave) in pairs.items() if ave is not None and ave.estimate < _HALF]
    said.append(_counted(findings, "narrow", narrow) if narrow else Phrase("readings.reliability.wide"))
    heywood = [measure for measure, (omega, _, _) in pairs.items() if "reliability.heywood" in omega.health]
    if heywood:
        said.append(_counted(findings, "heywood", heywood))
    said.append(Phrase("readings.reliability.not_validity"))
    return said


def _counted(findings: Findings, key: str, measures: list[str], **values: float) -> Phrase:
    names = in_words([quoted(measure_label(findings, measure)) for measure in measures])
    return Phrase(f"readings.reliability.{key}", {"count": len(measures), "names": names, **values})
