"""Single questions and touchpoints of a group beside everybody else's: where the group differs most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from cxresearch.codebook.variables import Variable
from cxresearch.exhibits.columns import source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import group_items, group_path
from cxresearch.exhibits.group.naming import Side, source_side
from cxresearch.exhibits.group.standing import Standing, adjusted, judge
from cxresearch.exhibits.listing import in_words, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate

MOST_DRAWN = 16
MOST_NAMED = 3
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the group: its variable, whose answers, the numbers, and what the difference shows.

    `ends` are those of its answering scale, None where the codebook does not tell them. `of` is the source's label
    where several sources ask a question of that name.
    """

    variable: Variable
    side: Side
    touchpoint: bool
    n: float
    mean: float
    low: float
    high: float
    rest: float
    difference: float
    diff_low: float
    diff_high: float
    standing: Standing
    of: Label | None = None

    @property
    def label(self) -> Text:
        """What the question is called, with its source where several sources ask it."""
        name = self.variable.label
        if not name.en:
            return self.variable.name
        return Label(f"{name.fi} ({self.of.fi})", f"{name.en} ({self.of.en})") if self.of else name

    @property
    def ends(self) -> Ends | None:
        """Ends of its answering scale."""
        low, high = self.variable.minimum, self.variable.maximum
        return None if low is None or high is None else (float(low), float(high))


def asked(findings: Findings, group: GroupFindings) -> tuple[Asked, ...]:
    """The questions of which the group's and everybody else's answers may be shown, in the codebook's order.

    A question that several measures use is told once.
    """
    frame = group.items.drop_duplicates(["source", "item"])
    known = {(variable.source, variable.name): variable for variable in findings.codebook.variables}
    rows = [row for row in frame.to_dict("records") if (row["source"], row["item"]) in known]
    terms = {f"{row['source']}.{row['item']}": f"group.item.{row['source']}.{row['item']}.difference" for row in rows}
    p_values = adjusted(group, terms)
    level = findings.spec.criteria.level
    asked_as = Counter(known[row["source"], row["item"]].label for row in rows)
    made = []
    for row in rows:
        variable = known[row["source"], row["item"]]
        name = f"{row['source']}.{row['item']}"
        standing = judge(_difference(group, terms[name], row, level), p_values[name], level)
        numbers = {part: float(row[part]) for part in ("n", "mean", "difference", "diff_low", "diff_high")}
        made.append(
            Asked(
                variable=variable,
                side=source_side(findings, row["source"]),
                touchpoint=bool(row["touchpoint"]),
                low=float(row["conf_low"]),
                high=float(row["conf_high"]),
                rest=float(row["rest_mean"]),
                standing=standing,
                of=source_label(findings, row["source"]) if asked_as[variable.label] > 1 else None,
                **numbers,
            )
        )
    order = {variable: place for place, variable in enumerate(known)}
    return tuple(sorted(made, key=lambda one: order[one.variable.source, one.variable.name]))


def _difference(group: GroupFindings, term: str, row: Mapping[Hashable, Any], level: float) -> Estimate:
    """The difference as a result; from the frame where the results do not hold it."""
    found = group.estimate(term)
    if found is not None:
        return found
    low, high = float(row["diff_low"]), float(row["diff_high"])
    bare = Estimate(term=term, estimate=float(row["difference"]))
    return bare if isnan(low) or isnan(high) else replace(bare, conf_low=low, conf_high=high, conf_level=level)


def items(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The questions on which the group differs most, sorted by the difference; a sentence where there are none."""
    rows = asked(findings, group)
    if not rows:
        return (ProseSpec(((Phrase("readings.group.items.none"),),)),)
    drawn, ends = _of_one_scale([row for row in rows if not row.touchpoint] or list(rows))
    sentences: list[Text] = [Phrase("readings.group.items.figure"), *differing(rows)]
    turned = [quoted(row.label) for row in rows if row.variable.reversed]
    if turned:
        sentences.append(Phrase("readings.group.items.reversed", {"count": len(turned), "names": in_words(turned)}))
    if len(drawn) > MOST_DRAWN:
        sentences.insert(1, Phrase("readings.group.items.most", {"shown": MOST_DRAWN, "all": len(drawn)}))
    figure = group_items.spec(
        [_item_row(row) for row in _most_different(drawn)], level=findings.spec.criteria.level, scale=ends
    )
    return ProseSpec((tuple(sentences),)), figure


def differing(rows: Sequence[Asked]) -> tuple[Phrase, ...]:
    """The questions on which a difference was shown, the largest first; a sentence where there are none."""
    told = []
    for word, sign in (("higher", -1), ("lower", 1)):
        clear = sorted((row for row in rows if row.standing == word), key=lambda row: sign * relative(row))
        if clear:
            names = in_words([_named(row) for row in clear[:MOST_NAMED]])
            told.append(Phrase(f"readings.group.items.{word}", {"count": len(clear), "names": names}))
    return tuple(told) or (Phrase("readings.group.items.unclear", {"count": len(rows)}),)


def relative(row: Asked) -> float:
    """A difference as a share of the width of its answering scale, so that scales of different widths compare."""
    return row.difference / (row.ends[1] - row.ends[0]) if row.ends and row.ends[1] > row.ends[0] else row.difference


def _named(row: Asked) -> Phrase:
    return Phrase("readings.group.items.named", {"item": quoted(row.label), "difference": row.difference})


def _of_one_scale(rows: list[Asked]) -> tuple[list[Asked], Ends | None]:
    """The questions of the scale that most were answered on, and its ends."""
    ends = Counter(row.ends for row in rows).most_common(1)[0][0]
    return [row for row in rows if row.ends == ends], ends


def _most_different(rows: list[Asked]) -> list[Asked]:
    """At most as many as a figure holds, those that differ most, from the largest difference to the smallest."""
    chosen = sorted(rows, key=lambda row: -abs(row.difference))[:MOST_DRAWN]
    return sorted(chosen, key=lambda row: -row.difference)


def _item_row(row: Asked) -> group_items.ItemRow:
    return group_items.ItemRow(row.label, row.side, row.mean, row.rest, row.difference, row.diff_low, row.diff_high)


def path(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The group's touchpoints in the order of the service path; a sentence where there are none."""
    rows = [row for row in asked(findings, group) if row.touchpoint]
    if not rows:
        placed = any(variable.touchpoint for variable in findings.codebook.variables)
        return (ProseSpec(((Phrase(f"readings.group.path.{'hidden' if placed else 'none'}"),),)),)
    drawn, ends = _of_one_scale(rows)
    sentences: list[Text] = [Phrase("readings.group.path.figure"), *_places(drawn)]
    if ends is None or len(drawn) > group_path.MOST_ROWS:
        return (ProseSpec((tuple(sentences[1:]),)),)
    figure = group_path.spec([_path_row(row) for row in drawn], level=findings.spec.criteria.level, scale=ends)
    return ProseSpec((tuple(sentences),)), figure


def _places(rows: Sequence[Asked]) -> tuple[Phrase, ...]:
    """Strengths and pain points: touchpoints on which the group lies clearly above or below everybody else."""
    told = []
    for word in ("higher", "lower"):
        names = [quoted(row.label) for row in rows if row.standing == word]
        if names:
            told.append(Phrase(f"readings.group.path.{word}", {"count": len(names), "names": in_words(names)}))
    return tuple(told) or (Phrase("readings.group.path.unclear"),)


def _path_row(row: Asked) -> group_path.PathRow:
    return group_path.PathRow(_both_languages(row.variable.stage), row.label, row.mean, row.low, row.high, row.rest)


def _both_languages(text: str) -> Text:
    """A name that the codebook gives as "Finnish / English"; any other name stays as it is."""
    finnish, between, english = text.partition(" / ")
    return Label(finnish, english) if between else text
