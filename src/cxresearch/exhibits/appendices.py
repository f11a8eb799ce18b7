"""Appendices: the questionnaire and codebook, all statistics, and what the results were made from."""

from __future__ import annotations

from cxresearch.codebook.variables import Variable
from cxresearch.exhibits.columns import column, hypothesis_name, interval_cell, measure_label, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

ANALYSED = ("item", "score", "covariate")


def codebook(findings: Findings) -> tuple[Exhibit, ...]:
    """A table of analysed variables for each source."""
    exhibits: list[Exhibit] = []
    for source in findings.spec.sources:
        rows = tuple(_variable(v) for v in findings.codebook.of_source(source) if v.role in ANALYSED)
        if rows:
            columns = (
                column("variable", row_header=True),
                column("question"),
                column("scale"),
                ColumnSpec(Phrase("tables.column.range")),
                column("reversed"),
            )
            caption = Phrase("tables.codebook.caption", {"source": source_label(findings, source)})
            table_id = f"tbl-codebook-{source.replace('_', '-')}"[:40]
            exhibits.append(TableSpec(table_id, caption, columns, rows, Phrase("tables.codebook.note")))
    return tuple(exhibits)


def _variable(variable: Variable) -> tuple[Cell, ...]:
    question = variable.question if variable.question.en else variable.label
    ends: Cell = None
    if variable.minimum is not None and variable.maximum is not None:
        ends = Phrase("tables.value.range", {"low": _plain(variable.minimum), "high": _plain(variable.maximum)})
    turned = Phrase("tables.yes_no.yes") if variable.reversed else None
    return variable.name, question, variable.scale or None, ends, turned


def _plain(value: float) -> Text:
    whole = value == round(value)
    return Phrase("tables.value.n" if whole else "tables.value.d2", {"value": value})


def statistics(findings: Findings) -> tuple[Exhibit, ...]:
    """Every statistic of every hypothesis."""
    exhibits: list[Exhibit] = []
    for name in findings.spec.hypotheses:
        rows = tuple(_statistic(name, result) for result in findings.under(name))
        columns = (
            column("term", row_header=True),
            column("estimate", "d3"),
            column("std_error", "d3"),
            column("interval", "d3"),
            column("p_value", "p"),
            column("n_units", "n"),
        )
        group = Phrase("tables.estimates.hypothesis", _group(findings, name))
        caption = Phrase("tables.estimates.caption", {"group": group})
        table_id = f"tbl-statistics-{name.replace('_', '-')}"
        exhibits.append(TableSpec(table_id, caption, columns, rows, Phrase("tables.estimates.note")))
    return tuple(exhibits)


def _group(findings: Findings, name: str) -> dict[str, Text]:
    declared = findings.spec.hypotheses[name]
    ex, cx = measure_label(findings, declared.ex), measure_label(findings, declared.cx)
    return {"name": hypothesis_name(name), "ex": ex, "cx": cx}


def _statistic(name: str, result: Result) -> tuple[Cell, ...]:
    term = result.term.removeprefix(f"{name}.")
    if isinstance(result, Estimate):
        return term, result.estimate, result.std_error, interval_cell(result), result.p_value, result.n_units
    return term, Phrase("tables.estimates.not_estimable"), None, None, None, None


def provenance(findings: Findings) -> tuple[Exhibit, ...]:
    """Hashes of plan, data and code, versions and seed."""
    made = findings.provenance
    rows: list[tuple[Cell, ...]] = [
        (Phrase("tables.provenance.plan"), _hash(made.plan_sha256)),
        (Phrase("tables.provenance.codebook"), _hash(made.codebook_sha256)),
    ]
    rows += [(Phrase("tables.provenance.data", {"file": file}), _hash(h)) for file, h in made.data_sha256.items()]
    rows.append((Phrase("tables.provenance.code", {"version": made.code_version}), _hash(made.code_sha256)))
    rows.append((Phrase("tables.provenance.python"), made.python))
    rows += [(Phrase("tables.provenance.package", {"name": name}), v) for name, v in made.packages.items()]
    rows += [
        (Phrase("tables.provenance.seed"), str(made.seed)),
        (Phrase("tables.provenance.key"), _hash(made.key)),
    ]
    columns = (column("what", row_header=True), ColumnSpec(Phrase("tables.column.value")))
    return (TableSpec("tbl-provenance", Phrase("tables.provenance.caption"), columns, tuple(rows)),)


def _hash(value: str, group: int = 16) -> str:
    """A hash in groups, so that it can break across lines."""
    return " ".join(value[start : start + group] for start in range(0, len(value), group))


APPENDICES = {"codebook": codebook, "estimates": statistics, "provenance": provenance}
"""Appendices in order; the name gives the title `tables.<name>.title`."""
