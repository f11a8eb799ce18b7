"""Whether groups answer the same items alike: the steps of the invariance ladder in a table and in words."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.exhibits.columns import source_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.sem.factor_models import LEVELS
from cxresearch.sem.invariance import LARGE_GROUP, MAX_FALL, MAX_FALL_SMALL
from cxresearch.statistic import Estimate

Ladder = tuple[str, str]
"""A source and what its groups are: `period` or a covariate."""


def invariance(findings: Findings, sources: Sequence[str]) -> tuple[Exhibit, ...]:
    """The ladders of the sources: what they mean, one table, and a paragraph each."""
    what = Phrase("readings.invariance.what")
    ladders = [(source, grouping) for source in sources for grouping in _groupings(findings, source)]
    climbed = [ladder for ladder in ladders if findings.estimate(_term(ladder) + ".reached")]
    untold = without_result(
        (_name(findings, ladder), findings.result(_term(ladder) + ".reached")) for ladder in ladders
    )
    if not climbed:
        return (ProseSpec(((what, *(untold or (Phrase("readings.invariance.none"),))),)),)
    rules = {"fall": MAX_FALL, "small": MAX_FALL_SMALL, "large": LARGE_GROUP}
    told = (what, Phrase("readings.invariance.rule", rules), *untold)
    paragraphs = tuple(_sentences(findings, ladder) for ladder in climbed)
    return ProseSpec((told,)), _table(findings, climbed), ProseSpec(paragraphs)


def _groupings(findings: Findings, source: str) -> list[str]:
    return [
        g for g in ("period", *findings.spec.analyses.groups) if f"invariance.{source}.{g}.reached" in findings.results
    ]


def _term(ladder: Ladder) -> str:
    return f"invariance.{ladder[0]}.{ladder[1]}"


def _name(findings: Findings, ladder: Ladder) -> Phrase:
    source, grouping = ladder
    groups: Text = Phrase("tables.invariance.periods")
    if grouping != "period":
        groups = findings.codebook.named(grouping, source)[0].label
    return Phrase("tables.invariance.ladder", {"source": source_label(findings, source), "groups": groups})


def _table(findings: Findings, ladders: Sequence[Ladder]) -> TableSpec:
    columns = (
        ColumnSpec(Phrase("tables.column.comparison"), row_header=True),
        ColumnSpec(Phrase("tables.invariance.step"), row_header=True),
        ColumnSpec("χ²", "d1"),
        ColumnSpec("df", "n"),
        ColumnSpec("CFI", "r3"),
        ColumnSpec("ΔCFI", "r3"),
        ColumnSpec("RMSEA", "r3"),
        ColumnSpec("ΔRMSEA", "r3"),
        ColumnSpec(Phrase("tables.invariance.p"), "p"),
    )
    rows = tuple(row for ladder in ladders for row in _rows(findings, ladder))
    caption, note = Phrase("tables.invariance.caption"), Phrase("tables.invariance.note")
    return TableSpec("tbl-invariance", caption, columns, rows, note)


def _rows(findings: Findings, ladder: Ladder) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for level in LEVELS:
        for kind, term in (("full", f"{_term(ladder)}.{level}"), ("partial", f"{_term(ladder)}.partial.{level}")):
            chi2 = findings.estimate(f"{term}.chi2")
            if chi2 is None:
                continue
            cells = (findings.result(f"{term}.{part}") for part in ("cfi", "delta_cfi", "rmsea", "delta_rmsea"))
            test = findings.estimate(f"{term}.difference")
            step = Phrase(f"tables.invariance.{kind}_{level}")
            p = test.p_value if test else None
            rows.append((_name(findings, ladder), step, chi2.estimate, chi2.df, *map(value_cell, cells), p))
    return rows


def _sentences(findings: Findings, ladder: Ladder) -> tuple[Text, ...]:
    term = _term(ladder)
    reached, freed = findings.estimate(f"{term}.reached"), findings.estimate(f"{term}.freed")
    groups, left = findings.estimate(f"{term}.groups"), findings.estimate(f"{term}.groups_left_out")
    if not (reached and freed and groups and left):
        return (Phrase("readings.invariance.none"),)
    level = LEVELS[int(reached.estimate)]
    values = {"name": _name(findings, ladder), "groups": groups.estimate, "n": groups.n_respondents}
    said: list[Text] = [Phrase(f"readings.invariance.{'partial' if freed.estimate else 'full'}_{level}", values)]
    exceptions = {kind: _freed(findings, ladder, kind) for kind in ("loading", "intercept", "residual")}
    said += [
        Phrase(f"readings.invariance.freed_{kind}", {"count": len(names), "names": in_words(names)})
        for kind, names in exceptions.items()
        if names
    ]
    if left.estimate:
        said.append(Phrase("readings.invariance.small_groups", {"count": int(left.estimate)}))
    return tuple(said)


def _freed(findings: Findings, ladder: Ladder, kind: str) -> list[Text]:
    prefix = f"{_term(ladder)}.freed.{kind}"
    items = [r.term.removeprefix(f"{prefix}.") for r in findings.under(prefix) if isinstance(r, Estimate)]
    return [quoted(findings.codebook.named(item, ladder[0])[0].label) for item in items]
