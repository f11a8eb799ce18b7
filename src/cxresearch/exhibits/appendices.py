"""Appendices: the questionnaire and codebook, all statistics, and what the results were made from."""

from __future__ import annotations

from cxresearch.codebook.variables import Variable
from cxresearch.exhibits.columns import column, scale_label, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import pointing
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.statistics import statistics
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text

__all__ = ["APPENDICES", "codebook", "provenance", "statistics"]

ANALYSED = ("item", "score", "covariate")


def codebook(findings: Findings) -> tuple[Exhibit, ...]:
    """A table of analysed variables for each source."""
    tables = []
    for source in findings.spec.sources:
        variables = [v for v in findings.codebook.of_source(source) if v.role in ANALYSED]
        if variables:
            tables.append(_codebook_table(findings, source, variables))
    if not tables:
        return ()
    return ProseSpec(((pointing("readings.codebook", [table.id for table in tables]),),)), *tables


def _codebook_table(findings: Findings, source: str, variables: list[Variable]) -> TableSpec:
    """The variables of a source; columns that would be empty are left out."""
    names = ("variable", "label", "question", "scale", "range", "reversed")
    cells = [_variable(findings, variable) for variable in variables]
    kept = [at for at in range(len(names)) if at < 2 or any(row[at] is not None for row in cells)]
    columns = tuple(column(names[at], row_header=at == 0) for at in kept)
    rows = tuple(tuple(row[at] for at in kept) for row in cells)
    caption = Phrase("tables.codebook.caption", {"source": source_label(findings, source)})
    note = (Phrase("tables.codebook.note"),) if any(variable.reversed for variable in variables) else ()
    return TableSpec(f"tbl-codebook-{source.replace('_', '-')}"[:40], caption, columns, rows, note)


def _variable(findings: Findings, variable: Variable) -> tuple[Cell, ...]:
    ends: Cell = None
    if variable.minimum is not None and variable.maximum is not None:
        ends = Phrase("tables.value.range", {"low": _plain(variable.minimum), "high": _plain(variable.maximum)})
    question = variable.question if variable.question.en else None
    measure = scale_label(findings, variable.name, variable.scale)
    turned = Phrase("tables.yes_no.yes") if variable.reversed else None
    return variable.name, variable.label, question, measure, ends, turned


def _plain(value: float) -> Text:
    whole = value == round(value)
    return Phrase("tables.value.n" if whole else "tables.value.d2", {"value": value})


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
    table = TableSpec("tbl-provenance", Phrase("tables.provenance.caption"), columns, tuple(rows))
    return ProseSpec(((Phrase("readings.provenance_appendix"),),)), table


def _hash(value: str, group: int = 16) -> str:
    """A hash in groups, so that it can break across lines."""
    return " ".join(value[start : start + group] for start in range(0, len(value), group))


APPENDICES = {"codebook": codebook, "estimates": statistics, "provenance": provenance}
"""Appendices in order; the name gives the title `tables.<name>.title`."""
