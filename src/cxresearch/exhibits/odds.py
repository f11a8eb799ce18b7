"""Customers' answers as categories: odds ratios in words and in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxresearch.exhibits.columns import column, hypothesis_name, interval_cell, interval_column
from cxresearch.exhibits.estimates import Row, health_notes
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase

MODELS = ("ordinal", "logit", "glmm")
"""Ordinal model of a Net Promoter Score, and the logistic models of a measure of two values."""


def estimator_name(part: str) -> Phrase:
    """What an estimator is called, by the end of its term (`cr2.std`)."""
    return Phrase("tables.estimators.name." + part.removesuffix(".std"))


def odds_sentences(findings: Findings, name: str) -> Iterator[Phrase]:
    """One sentence per model of a hypothesis: its odds ratio and whether its interval contains one."""
    for part in MODELS:
        found = findings.estimate(f"{name}.{part}.odds_ratio")
        if found is not None:
            kind = "clear" if found.excludes(1) else "open"
            ends = {"low": found.conf_low, "high": found.conf_high, "level": found.conf_level}
            yield Phrase(f"readings.estimators.{part}_{kind}", {"ratio": found.estimate, **ends})


def odds_table(findings: Findings, names: Sequence[str]) -> TableSpec | None:
    """Odds ratios of all hypotheses; None where no customer measure has categories."""
    found = [(name, part, findings.estimate(f"{name}.{part}.odds_ratio")) for name in names for part in MODELS]
    known: list[Row] = [(name, estimator_name(part), ratio) for name, part, ratio in found if ratio is not None]
    if not known:
        return None
    columns = (
        column("hyp", row_header=True),
        column("model", row_header=True),
        ColumnSpec(Phrase("tables.estimators.column.odds_ratio"), "d2"),
        interval_column(findings, "d2"),
        column("p_value", "p"),
        ColumnSpec(Phrase("tables.estimators.column.unit_sd"), "d2"),
    )
    rows = tuple(_row(findings, name, part) for name, part, ratio in found if ratio is not None)
    note = (Phrase("tables.estimators.odds_note"), *health_notes(known))
    return TableSpec("tbl-odds", Phrase("tables.estimators.odds_caption"), columns, rows, note)


def _row(findings: Findings, name: str, part: str) -> tuple[Cell, ...]:
    ratio, sd = findings.estimate(f"{name}.{part}.odds_ratio"), findings.estimate(f"{name}.{part}.sd")
    return (
        hypothesis_name(name),
        estimator_name(part),
        ratio.estimate if ratio else None,
        interval_cell(ratio),
        ratio.p_value if ratio else None,
        sd.estimate if sd else None,
    )
