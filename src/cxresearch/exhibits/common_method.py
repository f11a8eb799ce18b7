"""How much answers share by method alone: the same people against different people, markers, Harman's share."""

from __future__ import annotations

from dataclasses import dataclass

from cxresearch.exhibits.columns import (
    hypothesis_name,
    hypothesis_values,
    interval_cell,
    measure_label,
    source_label,
    value_cell,
)
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

_MOST_DRAWN = 6
_KINDS = ("same_source", "split_sample")


@dataclass(frozen=True)
class _Pair:
    """Two measures of one source; `name` is their part of the terms."""

    name: str
    source: str
    first: str
    second: str
    hypothesis: bool


def common_method(findings: Findings) -> tuple[Exhibit, ...]:
    """Who answered what, the split-sample check of every pair of measures from the same people, markers, Harman."""
    if "method_pairs" not in findings.frames:
        return (ProseSpec(((Phrase("readings.common_method.left_out"),),)),)
    pairs = [_Pair(*row) for row in findings.frames["method_pairs"].itertuples(index=False)]
    told = [pair for pair in pairs if findings.estimate(f"common_method.{pair.name}.split_sample")]
    said: list[Text] = [Phrase("readings.common_method.what"), *_sources(findings)]
    exhibits: list[Exhibit] = [ProseSpec((tuple(said),))]
    if told:
        table = _table(findings, told)
        where = {"table": table.id}
        split = (Phrase("readings.common_method.split_what"), Phrase("readings.common_method.split_where", where))
        figures = [_figure(findings, told)] if any(pair.hypothesis for pair in told) else []
        exhibits += [ProseSpec(((*split, *_sentences(findings, told)),)), *figures, table]
    rest = [*_markers(findings, pairs), *_untold(findings, pairs, told), *_harman(findings)]
    return (*exhibits, ProseSpec((tuple(rest),))) if rest else tuple(exhibits)


def _same_people(findings: Findings) -> list[str]:
    """Hypotheses whose two measures rest on the same people, as far as the run found it."""
    return [name for name in findings.spec.hypotheses if findings.under(f"common_method.{name}")]


def _sources(findings: Findings) -> list[Text]:
    same = _same_people(findings)
    if not same:
        return [Phrase("readings.common_method.different_people")]
    names = in_words([hypothesis_name(name) for name in same])
    return [Phrase("readings.common_method.same_people", {"count": len(same), "names": names})]


def _label(findings: Findings, pair: _Pair) -> Phrase:
    names = {"first": measure_label(findings, pair.first), "second": measure_label(findings, pair.second)}
    if not pair.hypothesis:
        return Phrase("tables.common_method.pair", names)
    return Phrase("tables.common_method.hypothesis", names | {"hypothesis": hypothesis_name(pair.name)})


def _results(findings: Findings, pair: _Pair) -> dict[str, Result]:
    kinds = (*_KINDS, "split_inflation")
    return {kind: findings.result(f"common_method.{pair.name}.{kind}") for kind in kinds}


def _inflation(findings: Findings, pair: _Pair) -> float:
    found = findings.estimate(f"common_method.{pair.name}.split_inflation")
    return found.estimate if found else 0.0


def _figure(findings: Findings, pairs: list[_Pair]) -> FigureSpec:
    drawn = sorted(pairs, key=lambda pair: (not pair.hypothesis, -_inflation(findings, pair)))[:_MOST_DRAWN]
    rows: list[tuple[Text, Result]] = []
    for pair in drawn:
        found = _results(findings, pair)
        for kind in _KINDS:
            name = Phrase(f"tables.common_method.row_{kind}", {"pair": _label(findings, pair)})
            rows.append((name, found[kind]))
    return forest.spec(
        rows,
        findings.spec.criteria.smallest_effect,
        groups=[2] * len(drawn),
        figure_id="fig-common-method",
        caption=Phrase("tables.common_method.figure", {"count": len(drawn)}),
    )


def _table(findings: Findings, pairs: list[_Pair]) -> TableSpec:
    level = {"level": findings.spec.criteria.level}
    columns = (
        ColumnSpec(Phrase("tables.common_method.measures"), row_header=True),
        ColumnSpec(Phrase("tables.column.n_units"), "n"),
        ColumnSpec(Phrase("tables.common_method.same_source"), "r2"),
        ColumnSpec(Phrase("tables.common_method.split_sample"), "r2"),
        ColumnSpec(Phrase("tables.column.interval_at", level), "r2"),
        ColumnSpec(Phrase("tables.common_method.inflation"), "r2"),
        ColumnSpec(Phrase("tables.column.interval_at", level), "r2"),
    )
    rows = []
    for pair in pairs:
        found = _results(findings, pair)
        apart = found["split_sample"]
        cells: tuple[Cell, ...] = (
            _label(findings, pair),
            apart.n_units if isinstance(apart, Estimate) else None,
            value_cell(found["same_source"]),
            value_cell(apart),
            interval_cell(apart),
            value_cell(found["split_inflation"]),
            interval_cell(found["split_inflation"]),
        )
        rows.append(cells)
    note = Phrase("tables.common_method.note")
    return TableSpec("tbl-common-method", Phrase("tables.common_method.caption"), columns, tuple(rows), note)


def _sentences(findings: Findings, pairs: list[_Pair]) -> list[Text]:
    most = max(pairs, key=lambda pair: _inflation(findings, pair))
    values = {kind: value_cell(result) for kind, result in _results(findings, most).items()}
    raised = []
    for pair in pairs:
        found = findings.estimate(f"common_method.{pair.name}.split_inflation")
        if found is not None and found.conf_low is not None and found.conf_low > 0:
            raised.append(pair)
    shown = {"count": len(raised), "pairs": len(pairs)}
    kind = "flat" if not raised else "raised_all" if len(raised) == len(pairs) > 1 else "raised"
    said: list[Text] = [Phrase(f"readings.common_method.{kind}", shown)]
    if raised:
        said.append(Phrase("readings.common_method.most", {"pair": _label(findings, most), **values}))
    said.append(Phrase("readings.common_method.limits"))
    apart = [findings.estimate(f"common_method.{pair.name}.split_sample") for pair in pairs]
    if any(found is not None and "reliability.persons_unknown" in found.health for found in apart):
        said.append(Phrase("health.reliability.persons_unknown"))
    return said


def _markers(findings: Findings, pairs: list[_Pair]) -> list[Text]:
    said: list[Text] = []
    for pair in pairs:
        plain, method, found = (
            findings.estimate(f"common_method.{pair.name}.{part}")
            for part in ("respondents", "marker_method", "marker")
        )
        if pair.hypothesis and plain and method and found:
            values = {"plain": plain.estimate, "method": method.estimate, "adjusted": found.estimate}
            said.append(Phrase("readings.common_method.marker", hypothesis_values(findings, pair.name) | values))
    return said


def _untold(findings: Findings, pairs: list[_Pair], told: list[_Pair]) -> tuple[Text, ...]:
    """Why checks are missing, once per reason."""
    missing: list[tuple[Text, Result]] = [
        (_label(findings, pair), findings.result(f"common_method.{pair.name}.split_sample"))
        for pair in pairs
        if pair not in told
    ]
    listed = {pair.name for pair in pairs}
    for name in _same_people(findings):
        if name not in listed:
            missing.append((hypothesis_name(name), findings.result(f"common_method.{name}.split_sample")))
        elif f"common_method.{name}.marker" in findings.results:
            marker = Phrase("tables.common_method.marker_of", {"hypothesis": hypothesis_name(name)})
            missing.append((marker, findings.result(f"common_method.{name}.marker")))
    return without_result(missing)


def _harman(findings: Findings) -> list[Text]:
    said: list[Text] = []
    for source in findings.spec.sources:
        found = findings.estimate(f"questionnaire.{source}.harman")
        if found is not None:
            values = {"source": source_label(findings, source), "share": found.estimate}
            said.append(Phrase("readings.common_method.harman", values))
    return [*said, Phrase("readings.common_method.harman_weak")] if said else []
