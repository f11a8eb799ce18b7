"""A group's scores beside everybody else's: picture, table and a sentence for each measure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxresearch.exhibits.amounts import amount
from cxresearch.exhibits.columns import column, interval_column, reason
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import group_scores
from cxresearch.exhibits.group.naming import difference, difference_cell, difference_interval, value
from cxresearch.exhibits.group.standing import TESTED, Compared, compared
from cxresearch.exhibits.listing import in_words, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result


def scores(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The group's scores beside everybody else's; a sentence where nothing may be shown."""
    rows = [row for row in compared(findings, group) if isinstance(row.own, Estimate)]
    if not rows:
        return (ProseSpec(((Phrase("readings.group.scores.none"),),)),)
    figure = group_scores.spec(
        [_strip(findings, group, row) for row in rows[: group_scores.MOST_ROWS]], level=findings.spec.criteria.level
    )
    sentences = ProseSpec(tuple((one,) for one in told(findings, rows)))
    return (
        ProseSpec(((summary(rows), Phrase("readings.group.scores.where")),)),
        figure,
        sentences,
        _table(findings, rows),
    )


def told(findings: Findings, rows: Sequence[Compared]) -> tuple[Phrase, ...]:
    """A sentence for each measure that needs one, and one for all measures without a difference to show."""
    alike = [row for row in rows if row.standing == "unclear" and not row.control]
    single = tuple(sentence(findings, row) for row in rows if row not in alike)
    if len(alike) < 2:
        return (*single, *(sentence(findings, row) for row in alike))
    names = in_words([named_difference(findings, row, row.difference) for row in alike])
    level = findings.spec.criteria.level
    key = "unclear" if single else "all_unclear"
    return (*single, Phrase(f"readings.group.scores.{key}", {"names": names, "level": level}))


def named_difference(findings: Findings, row: Compared, found: Result) -> Text:
    """A measure with a difference and its interval in brackets."""
    if not isinstance(found, Estimate):
        return quoted(row.label)
    values = {"measure": quoted(row.label), "difference": difference(findings, row.measure, found.estimate)}
    interval = difference_interval(findings, row.measure, found)
    if interval is None:
        return Phrase("readings.group.scores.named_plain", values)
    return Phrase("readings.group.scores.named", values | {"interval": interval})


def summary(rows: Sequence[Compared]) -> Phrase:
    """On how many measures a difference was shown; negative controls are not counted."""
    tested = [row for row in rows if row.standing in TESTED and not row.control]
    counts = {word: sum(row.standing == word for row in tested) for word in ("higher", "lower")}
    if not tested:
        return Phrase("readings.group.scores.not_compared")
    if not any(counts.values()):
        return Phrase("readings.group.scores.none_clear", {"count": len(tested)})
    key = "both" if all(counts.values()) else "only_higher" if counts["higher"] else "only_lower"
    clear = sum(counts.values())
    return Phrase(f"readings.group.scores.{key}", {"count": clear, "compared": len(tested), **counts})


def sentence(findings: Findings, row: Compared) -> Phrase:
    """What a measure's difference from everybody else shows, in plain words with its interval."""
    if not isinstance(row.own, Estimate):
        raise ValueError(f"{row.measure} has no score to tell")
    values: dict[str, object] = {"measure": row.label, "own": value(findings, row.measure, row.own)}
    values["about"] = Phrase("readings.group.scores.control") if row.control else ""
    if not isinstance(row.difference, Estimate):
        return Phrase("readings.group.scores.measure.not_compared", values | {"why": reason(row.difference)})
    values["difference"] = difference(findings, row.measure, row.difference.estimate)
    interval = difference_interval(findings, row.measure, row.difference)
    if interval is None:
        return Phrase(f"readings.group.scores.plain.{row.standing}", values)
    level = row.difference.conf_level or findings.spec.criteria.level
    return Phrase(f"readings.group.scores.measure.{row.standing}", values | {"interval": interval, "level": level})


def other_means(group: GroupFindings, measure: str) -> pd.DataFrame:
    """The rows of the other groups of the kind on a measure, by rising mean."""
    frame = group.others
    chosen: pd.DataFrame = frame[(frame["measure"] == measure) & ~frame["own"].astype(bool)]
    return chosen


def _strip(findings: Findings, group: GroupFindings, row: Compared) -> group_scores.ScoreRow:
    metric = findings.spec.measures[row.measure].metric
    own, rest = row.own, row.rest if isinstance(row.rest, Estimate) else None
    if not isinstance(own, Estimate):
        raise ValueError(f"{row.measure} has no score to draw")
    return group_scores.ScoreRow(
        label=row.label,
        side=row.side,
        amount=amount(metric, own),
        own=own,
        rest=rest,
        rest_amount=amount(metric, rest) if rest else None,
        others=other_means(group, row.measure)["mean"].to_numpy(dtype=float),
    )


def _table(findings: Findings, rows: Sequence[Compared]) -> TableSpec:
    columns = (
        column("measure", row_header=True),
        column("n", "n"),
        ColumnSpec(Phrase("tables.group.column.own"), "d2"),
        ColumnSpec(Phrase("tables.group.column.rest"), "d2"),
        ColumnSpec(Phrase("tables.group.column.difference"), "s2"),
        interval_column(findings, "d2"),
        ColumnSpec(Phrase("tables.group.column.p_holm"), "p"),
    )
    cells = tuple(_cells(findings, row) for row in rows)
    caption, note = Phrase("tables.group.scores.caption"), Phrase("tables.group.scores.note")
    return TableSpec("tbl-group-scores", caption, columns, cells, note)


def _cells(findings: Findings, row: Compared) -> tuple[Cell, ...]:
    metric = findings.spec.measures[row.measure].metric
    found, rest = row.difference, row.rest
    size: Text | None = None
    interval: Text | None = None
    if isinstance(found, Estimate):
        size = difference_cell(findings, row.measure, found.estimate)
        interval = difference_interval(findings, row.measure, found)
    return (
        row.label,
        row.own.n_respondents if isinstance(row.own, Estimate) else None,
        amount(metric, row.own) if isinstance(row.own, Estimate) else None,
        amount(metric, rest) if isinstance(rest, Estimate) else None,
        size,
        interval,
        row.p_adjusted,
    )
