"""A group's scores over the periods beside everybody else's, and its latest change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan

import pandas as pd

from cxresearch.codebook.naturally import in_natural_order
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import group_trend
from cxresearch.exhibits.group.naming import kind_of
from cxresearch.exhibits.group.scores import named_difference
from cxresearch.exhibits.group.standing import Compared, Standing, adjusted, compared, headline, judge
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

_DRAWN = ("mean", "conf_low", "conf_high", "rest_mean", "rest_low", "rest_high")


def development(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The group over the periods; a sentence where fewer than two of them may be shown."""
    rows = compared(findings, group)
    of_period = kind_of(group) == "period"
    draw = _among_periods if of_period else _panel
    panels = [panel for row in headline(findings, rows) if (panel := draw(findings, group, row)) is not None]
    told = _changes(findings, group, rows)
    if not panels:
        key = "one_period" if of_period else "none"
        return ProseSpec(((Phrase(f"readings.group.development.{key}"),),)), *told
    figure = group_trend.spec(panels, level=findings.spec.criteria.level)
    pointer = Phrase(f"readings.group.development.{'periods' if of_period else 'figure'}")
    return ProseSpec(((pointer,),)), figure, *told


def _panel(findings: Findings, group: GroupFindings, row: Compared) -> group_trend.TrendPanel | None:
    own = group.trend[group.trend["measure"] == row.measure]
    if len(own) < 2:
        return None
    periods = pd.Index(_periods(findings, group), name="period")
    frame = own.assign(period=own["period"].astype(str)).set_index("period")[list(_DRAWN)].astype(float)
    return group_trend.TrendPanel(row.label, row.side, frame.reindex(periods).reset_index())


def _among_periods(findings: Findings, group: GroupFindings, row: Compared) -> group_trend.TrendPanel | None:
    """A period among all periods of the study whose scores are shown; None if it is not, or is alone."""
    prefix = f"period.{row.measure}"
    found = {one.term.removeprefix(f"{prefix}."): one for one in findings.under(prefix) if isinstance(one, Estimate)}
    if group.group not in found or len(found) < 2:
        return None
    rows = []
    for period in in_natural_order(found):
        one, absent = found[period], (nan, nan, nan)
        ends = (one.estimate, *(nan if end is None else end for end in (one.conf_low, one.conf_high)))
        rows.append((period, *ends, *absent) if period == group.group else (period, *absent, *ends))
    frame = pd.DataFrame(rows, columns=["period", *_DRAWN])
    return group_trend.TrendPanel(row.label, row.side, frame, of_period=True)


def _periods(findings: Findings, group: GroupFindings) -> tuple[str, ...]:
    """All periods of the study, so that one that is not shown leaves a gap."""
    asked: Iterable[object] = findings.answers.get("period", ())
    everything = {str(period) for period in [*asked, *group.trend["period"]] if str(period)}
    return in_natural_order(everything)


def changes(findings: Findings, group: GroupFindings, rows: Sequence[Compared]) -> dict[str, Standing]:
    """Measures with a latest change, and whether it is shown with all their changes allowed for (Holm)."""
    terms = {row.measure: f"group.{row.measure}.change" for row in rows}
    known = {name: term for name, term in terms.items() if group.estimate(term) is not None}
    p_values = adjusted(group, known)
    level = findings.spec.criteria.level
    return {name: judge(group.result(term), p_values[name], level) for name, term in known.items()}


def _changes(findings: Findings, group: GroupFindings, rows: Sequence[Compared]) -> tuple[Exhibit, ...]:
    judged = changes(findings, group, rows)
    if not judged:
        return ()
    changed = [row for row in rows if row.measure in judged]
    told: list[Text] = []
    for word in ("higher", "lower"):
        names = [_named(findings, group, row) for row in changed if judged[row.measure] == word]
        if names:
            told.append(Phrase(f"readings.group.development.{word}", {"count": len(names), "names": in_words(names)}))
    what = Phrase(f"readings.group.development.change_{'period' if kind_of(group) == 'period' else 'latest'}")
    said = told or [Phrase("readings.group.development.unclear", {"count": len(changed)})]
    return (ProseSpec(((what, *said),)),)


def _named(findings: Findings, group: GroupFindings, row: Compared) -> Text:
    """A measure with its change and interval in brackets."""
    return named_difference(findings, row, group.result(f"group.{row.measure}.change"))
