"""The Net Promoter Score beside other scores of the same customers."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.exhibits.columns import column, interval_cell, interval_column, measure_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, references
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

_PANELS = ("reliability", "correlation", "difference")


def alternatives(findings: Findings) -> tuple[Exhibit, ...]:
    """Every Net Promoter Score with its alternatives: sentences and a table; nothing where there is none."""
    exhibits: list[Exhibit] = []
    for measure, declared in findings.spec.measures.items():
        names = _names(findings, measure)
        if declared.metric != "nps" or len(names) < 2:
            continue
        table = _table(findings, measure, names)
        said = (Phrase("readings.comparisons.alternatives_what"), *_said(findings, measure, names))
        exhibits += [ProseSpec(((*said, _read(findings, measure, table.id)),)), table]
    return tuple(exhibits)


def _names(findings: Findings, measure: str) -> list[str]:
    """The scores whose reliability or correlation is known, the NPS first."""
    found = (
        result.term.split(".") for result in findings.under(f"alternatives.{measure}") if isinstance(result, Estimate)
    )
    return list(dict.fromkeys(parts[2] for parts in found if parts[-1] in _PANELS))


def _label(findings: Findings, name: str) -> Text:
    return (
        measure_label(findings, name)
        if name in findings.spec.measures
        else Phrase(f"readings.comparisons.alternative.{name}")
    )


def _ex(findings: Findings, measure: str) -> Text:
    """The employee measure beside the scores: of the first hypothesis on the measure, or of the first."""
    hypotheses = list(findings.spec.hypotheses.values())
    chosen = next((one for one in hypotheses if one.cx == measure), hypotheses[0])
    return measure_label(findings, chosen.ex)


def _said(findings: Findings, measure: str, names: list[str]) -> Iterator[Phrase]:
    term = f"alternatives.{measure}"
    category = findings.estimate(f"{term}.category")
    if category:
        ends = {"low": category.conf_low, "high": category.conf_high, "level": category.conf_level}
        values = {"r": category.estimate, "share": category.estimate**2, **ends}
        yield Phrase("readings.comparisons.category", values)
    reliable = {n: r.estimate for n in names if (r := findings.estimate(f"{term}.{n}.reliability"))}
    if "reference" in reliable:
        best = max(reliable, key=lambda name: reliable[name])
        numbers = {"most": reliable[best], "nps": reliable["reference"]}
        yield Phrase("readings.comparisons.reliability", {"best": _label(findings, best), **numbers})
    differing = [n for n in names if (d := findings.estimate(f"{term}.{n}.difference")) and d.excludes(0)]
    ex = _ex(findings, measure)
    if differing:
        labels = in_words([_label(findings, name) for name in differing])
        yield Phrase("readings.comparisons.differs", {"ex": ex, "names": labels})
    else:
        yield Phrase("readings.comparisons.no_difference", {"ex": ex})


def _read(findings: Findings, measure: str, table: str) -> Phrase:
    item = findings.spec.measures[measure].item
    ceiling = findings.estimate(f"item.{measure}.{item}.ceiling")
    values = {"exhibits": references([table])}
    if ceiling is None:
        return Phrase("readings.comparisons.alternatives_read_plain", values)
    return Phrase("readings.comparisons.alternatives_read", {**values, "ceiling": ceiling.estimate})


def _table(findings: Findings, measure: str, names: list[str]) -> TableSpec:
    def own(name: str, spec: str = "", *, header: bool = False) -> ColumnSpec:
        return ColumnSpec(Phrase(f"tables.comparisons.alternatives.{name}"), spec, header)

    columns = (
        own("score", header=True),
        column("icc2", "r2"),
        own("r", "r2"),
        interval_column(findings, "r2"),
        own("difference", "r2"),
        column("interval", "r2"),
        column("p_value", "p"),
    )
    rows = tuple(_row(findings, f"alternatives.{measure}.{name}", _label(findings, name)) for name in names)
    first = measure == next(m for m, one in findings.spec.measures.items() if one.metric == "nps")
    table_id = "tbl-alternatives" if first else f"tbl-alternatives-{measure.replace('_', '-')}"
    texts = {"measure": measure_label(findings, measure), "ex": _ex(findings, measure)}
    caption = Phrase("tables.comparisons.alternatives.caption", {"measure": texts["measure"]})
    note = Phrase("tables.comparisons.alternatives.note", {"ex": texts["ex"]})
    return TableSpec(table_id, caption, columns, rows, note)


def _row(findings: Findings, term: str, label: Text) -> tuple[Cell, ...]:
    reliability, correlation = (findings.result(f"{term}.{part}") for part in _PANELS[:2])
    difference = findings.estimate(f"{term}.difference")
    return (
        label,
        value_cell(reliability),
        value_cell(correlation),
        interval_cell(correlation),
        difference.estimate if difference else None,
        interval_cell(difference),
        difference.p_value if difference else None,
    )
