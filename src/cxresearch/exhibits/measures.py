"""Exhibits of the measures: distributions, items, reliability, overall scores, the service path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxresearch.codebook.variables import Variable
from cxresearch.exhibits.amounts import amount, amount_interval
from cxresearch.exhibits.columns import column, interval_cell, interval_column, measure_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import likert as likert_figure
from cxresearch.exhibits.figures import path as path_figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import pointing, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate

Range = tuple[float, float]


def _ranges(findings: Findings) -> dict[tuple[str, Range], list[Variable]]:
    """Items that were counted, by side and answering scale, each once."""
    counted = set(zip(findings.distributions["source"], findings.distributions["item"], strict=True))
    groups: dict[tuple[str, Range], dict[str, Variable]] = {}
    for variable in findings.codebook.variables:
        if (variable.source, variable.name) in counted and None not in (variable.minimum, variable.maximum):
            side = findings.spec.sources[variable.source].side
            key = (side, (float(variable.minimum or 0), float(variable.maximum or 0)))
            groups.setdefault(key, {})[variable.name] = variable
    return {key: list(variables.values()) for key, variables in groups.items()}


def items(findings: Findings) -> tuple[Exhibit, ...]:
    """Distributions of the answers by side and answering scale, and a table of the items of all scales."""
    figures = [_distribution(findings, *group, variables) for group, variables in _ranges(findings).items()]
    tables = _item_tables(findings)
    if not figures and not tables:
        return (ProseSpec(((Phrase("readings.items.none"),),)),)
    sentences: list[Text] = []
    if figures:
        sentences.append(pointing("readings.items.figures", [figure.id for figure in figures]))
    if tables:
        sentences.append(pointing("readings.items.tables", [table.id for table in tables]))
    negative = [r for r in findings.under("item") if "measurement.negative_item_rest" in getattr(r, "health", ())]
    if negative:
        sentences.append(Phrase("readings.items.negative", {"count": len(negative)}))
    return ProseSpec((tuple(sentences),)), *figures, *tables


def _distribution(findings: Findings, side: str, ends: Range, variables: Sequence[Variable]) -> FigureSpec:
    names = {variable.name: variable for variable in variables}
    counted = findings.distributions
    chosen = counted[counted["item"].isin(names)].drop_duplicates(["source", "item", "value"])
    summed = chosen.groupby(["item", "value"], sort=False, as_index=False)["n"].sum()
    total = summed.groupby("item")["n"].transform("sum")
    frame = pd.DataFrame(
        {
            "item": [names[name].label for name in summed["item"]],
            "value": summed["value"],
            "share": summed["n"] / total,
            "n": total,
            "reversed": [names[name].reversed for name in summed["item"]],
        }
    )
    low, high = (int(end) for end in ends)
    values = {"side": Phrase(f"tables.side.{side}")}
    return likert_figure.spec(
        frame,
        low,
        high,
        nps=_is_nps(findings, names),
        figure_id=f"fig-items-{side}-{low}-{high}".replace("--", "-m"),
        caption=Phrase("tables.figure.likert", values | {"low": low, "high": high}),
    )


def _is_nps(findings: Findings, names: Mapping[str, Variable]) -> bool:
    """Whether the items are all answered as likelihoods to recommend."""
    measures = findings.spec.measures.values()
    return all(any(m.metric == "nps" and m.item == name for m in measures) for name in names)


def _item_tables(findings: Findings) -> list[TableSpec]:
    """One table of the items of all scales; none without scales."""
    rows: list[tuple[Cell, ...]] = []
    for measure, declared in findings.spec.measures.items():
        variables = [v for v in findings.codebook.scale(declared.scale or "") if v.role == "item"]
        for variable in variables if declared.scale else []:
            row = _item_row(findings, f"item.{measure}.{variable.name}", variable)
            rows.append((measure_label(findings, measure), *row))
    if not rows:
        return []
    with_rest = any(row[-1] is not None for row in rows)
    columns = (
        column("measure", row_header=True),
        column("item", row_header=True),
        column("n", "n"),
        column("mean", "d2"),
        column("sd", "d2"),
        column("missing", "pct1"),
        column("floor", "pct0"),
        column("ceiling", "pct0"),
        column("item_rest", "r2"),
        column("alpha_if_dropped", "r2"),
    )
    kept = len(columns) if with_rest else len(columns) - 2
    note = Phrase("tables.items.note" if with_rest else "tables.items.note_single")
    cells = tuple(row[:kept] for row in rows)
    return [TableSpec("tbl-items", Phrase("tables.items.caption"), columns[:kept], cells, note)]


def _item_row(findings: Findings, term: str, variable: Variable) -> tuple[Cell, ...]:
    mean = findings.estimate(f"{term}.mean")
    names = ("sd", "missing", "floor", "ceiling", "item_rest", "alpha_if_dropped")
    others = tuple(value_cell(findings.result(f"{term}.{name}")) for name in names)
    return (variable.label, mean.n_respondents if mean else None, mean.estimate if mean else None, *others)


def scales(findings: Findings) -> tuple[Exhibit, ...]:
    """Cronbach's alpha of every scale, and why it is missing where it is."""
    declared = [measure for measure, spec in findings.spec.measures.items() if spec.scale]
    if not declared:
        return (ProseSpec(((Phrase("readings.scales.none"),),)),)
    results = {measure: findings.result(f"scale.{measure}.alpha") for measure in declared}
    rows: list[tuple[Cell, ...]] = [
        (measure_label(findings, measure), found.n_items, found.n_respondents, found.estimate, interval_cell(found))
        for measure, found in results.items()
        if isinstance(found, Estimate)
    ]
    sentences: list[Text] = [
        *_alpha_sentences(findings, rows),
        *without_result((measure_label(findings, measure), found) for measure, found in results.items()),
    ]
    if not rows:
        return (ProseSpec((tuple(sentences),)),)
    columns = (
        column("measure", row_header=True),
        column("items", "n"),
        column("n", "n"),
        column("alpha", "r2"),
        interval_column(findings, "r2"),
    )
    note = Phrase("tables.scales.note")
    return ProseSpec((tuple(sentences),)), TableSpec(
        "tbl-alpha", Phrase("tables.scales.caption"), columns, tuple(rows), note
    )


def _alpha_sentences(findings: Findings, rows: Sequence[tuple[Cell, ...]]) -> list[Text]:
    if not rows:
        return []
    least = findings.spec.criteria.min_alpha
    low = sum(isinstance(row[3], float) and row[3] < least for row in rows)
    kind = "low" if low else "good"
    return [Phrase(f"readings.scales.{kind}", {"count": low or len(rows), "least": least})]


def scores(findings: Findings) -> tuple[Exhibit, ...]:
    """The overall score of every measure with its interval and design effect."""
    rows: list[tuple[Cell, ...]] = []
    for measure, declared in findings.spec.measures.items():
        found = findings.result(f"measure.{measure}")
        if not isinstance(found, Estimate):
            continue
        effect = findings.estimate(f"measure.{measure}.design_effect")
        row = (
            measure_label(findings, measure),
            Phrase(f"tables.metric.{declared.metric}"),
            amount(declared.metric, found),
            amount_interval(declared.metric, found),
            found.n_respondents,
            found.n_units,
            effect.estimate if effect else None,
        )
        rows.append(row)
    missing = without_result(
        (measure_label(findings, measure), findings.result(f"measure.{measure}")) for measure in findings.spec.measures
    )
    if not rows:
        return (ProseSpec((missing,)),)
    columns = (
        column("measure", row_header=True),
        column("metric"),
        column("value", "d2"),
        interval_column(findings, "d2"),
        column("n", "n"),
        column("n_units", "n"),
        column("design_effect", "d1"),
    )
    table = TableSpec("tbl-scores", Phrase("tables.scores.caption"), columns, tuple(rows), Phrase("tables.scores.note"))
    sentences: list[Text] = [Phrase("readings.scores.table"), *missing]
    if any(declared.metric == "nps" for declared in findings.spec.measures.values()):
        sentences.append(Phrase("readings.scores.nps"))
    return ProseSpec((tuple(sentences),)), table


def path(findings: Findings) -> tuple[Exhibit, ...]:
    """Touchpoints in the order of the service path, a figure per answering scale; a sentence where there are none."""
    ranges: dict[Range, list[dict[str, object]]] = {}
    for variable in {variable.name: variable for variable in findings.codebook.variables}.values():
        found = findings.estimate(f"touchpoint.{variable.name}")
        if variable.touchpoint and found is not None:
            ends = (variable.minimum or 0.0, variable.maximum or 0.0)
            ranges.setdefault(ends, []).append(_touchpoint(variable, found))
    figures = [
        path_figure.spec(
            pd.DataFrame(rows),
            measure=Phrase("tables.figure.path_measure", {"low": low, "high": high}),
            level=findings.spec.criteria.level,
            figure_id=f"fig-path-{place}",
        )
        for place, ((low, high), rows) in enumerate(ranges.items(), start=1)
        if len(rows) > 1
    ]
    if figures:
        return ProseSpec(((pointing("readings.path.figure", [figure.id for figure in figures]),),)), *figures
    placed = any(variable.touchpoint for variable in findings.codebook.variables)
    return (ProseSpec(((Phrase(f"readings.path.{'no_answers' if placed else 'none'}"),),)),)


def _both_languages(text: str) -> Text:
    """A name that the codebook gives as "Finnish / English"; any other name stays as it is."""
    finnish, between, english = text.partition(" / ")
    return Label(finnish, english) if between else text


def _touchpoint(variable: Variable, found: Estimate) -> dict[str, object]:
    return {
        "stage": _both_languages(variable.stage),
        "moment": _both_languages(variable.moment),
        "touchpoint": variable.label,
        "mean": found.estimate,
        "low": found.conf_low,
        "high": found.conf_high,
        "target": variable.target,
    }
