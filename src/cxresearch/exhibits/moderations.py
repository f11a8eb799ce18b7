"""For whom: each declared moderator in words and as a picture of the slope over it, and a table."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import category, hypothesis_name, hypothesis_values, measure_label
from cxresearch.exhibits.effects import effect_table
from cxresearch.exhibits.estimates import Row
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import slopes
from cxresearch.exhibits.listing import in_figure, in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable

_POINTS = ("low", "mean", "high")


def moderations(findings: Findings) -> tuple[Exhibit, ...]:
    """Every moderation of every hypothesis, one of them as a picture, and which hypotheses declared none."""
    exhibits: list[Exhibit] = []
    rows: list[Row] = []
    missing: list[tuple[Text, NotEstimable]] = []
    pictured = _pictured(findings)
    for name in findings.spec.hypotheses:
        for moderator in moderators(findings, name):
            label = moderator_label(findings, moderator)
            found = findings.result(f"{name}.moderation.{moderator}")
            if isinstance(found, NotEstimable):
                missing.append((label, found))
                continue
            exhibits += _moderation(findings, name, moderator, found, drawn=(name, moderator) == pictured)
            rows += _rows(findings, name, moderator, label)
    without = [hypothesis_name(name) for name, h in findings.spec.hypotheses.items() if not h.moderators]
    said: list[Text] = [Phrase("readings.mechanism.moderation.what")]
    if without:
        values = {"count": len(without), "names": in_words(without)}
        said.append(Phrase("readings.mechanism.moderation.none", values))
    said += without_result(missing)
    table = effect_table(findings, rows, table_id="tbl-moderation", texts="tables.mechanism.moderation")
    closing: tuple[Exhibit, ...] = ()
    if table:
        ending = (Phrase("readings.mechanism.moderation.read"), Phrase("readings.mechanism.moderation.table"))
        closing = (ProseSpec((ending,)), table)
    return ProseSpec((tuple(said),)), *exhibits, *closing


def _pictured(findings: Findings) -> tuple[str, str] | None:
    """The one moderation that is drawn: the first clear one, or the first over a scale, or the first."""
    found = [
        (name, moderator, result)
        for name in findings.spec.hypotheses
        for moderator in moderators(findings, name)
        if (result := findings.estimate(f"{name}.moderation.{moderator}"))
    ]
    ranked = sorted(found, key=lambda one: (not one[2].excludes(0), _is_category(findings, one[1])))
    return ranked[0][:2] if ranked else None


def moderators(findings: Findings, name: str) -> list[str]:
    """The moderators that were examined; a declared category stands for its values (`region_2`)."""
    found = [result.term.removeprefix(f"{name}.moderation.") for result in findings.under(f"{name}.moderation")]
    return [part for part in found if "." not in part]


def moderator_label(findings: Findings, moderator: str) -> Text:
    """What a moderator is called: a measure or covariate by its label, a category also by its place."""
    if moderator in findings.spec.measures:
        return measure_label(findings, moderator)
    labels = {v.name: v.label for v in findings.codebook.variables if v.role == "covariate"}
    if moderator in labels:
        return labels[moderator]
    name, _, place = moderator.rpartition("_")
    if name in labels and place.isdecimal():
        return Phrase(
            "tables.mechanism.moderation.category",
            {"name": labels[name], "category": category(findings, name, int(place))},
        )
    return moderator


def _moderation(findings: Findings, name: str, moderator: str, found: Estimate, *, drawn: bool) -> list[Exhibit]:
    term, label = f"{name}.moderation.{moderator}", moderator_label(findings, moderator)
    frame = findings.frames.get("moderation")
    if frame is None:
        return []
    rows = frame[(frame["hypothesis"] == name) & (frame["moderator"] == moderator)]
    region = [findings.estimate(f"{term}.johnson_neyman.{end}") for end in ("low", "high")]
    figure = slopes.spec(
        rows[["value", "slope", "low", "high"]],
        moderator=label,
        level=findings.spec.criteria.level,
        limits=[limit.estimate for limit in region if limit],
        figure_id=f"fig-moderation-{name}-{moderator}".replace("_", "-"),
    )
    values = {
        **hypothesis_values(findings, name),
        "moderator": label,
        "where": in_figure(figure.id if drawn else None),
        "interaction": sized(found.estimate),
        "interval": sized_interval(found),
        "level": found.conf_level,
        "p": found.p_value,
    }
    kind = ("category_" if _is_category(findings, moderator) else "") + ("clear" if found.excludes(0) else "unclear")
    said = (Phrase(f"readings.mechanism.moderation.{kind}", values), *_read(findings, term, moderator))
    return [ProseSpec((said,)), *([figure] if drawn else [])]


def _is_category(findings: Findings, moderator: str) -> bool:
    """Whether the moderator tells one value of a category from the others."""
    name, _, place = moderator.rpartition("_")
    known = {v.name for v in findings.codebook.variables if v.role == "covariate"}
    return moderator not in known and name in known and place.isdecimal()


def placed(value: float) -> Cell:
    """A value of a moderator; whole numbers without decimals."""
    return Phrase("tables.value.n", {"value": value}) if value == round(value) else sized(value)


def _read(findings: Findings, term: str, moderator: str) -> Iterator[Phrase]:
    """Slopes at low and high values, and the region."""
    ends = {
        f"{point}{part}": placed(found.estimate) if part else sized(found.estimate)
        for point in ("low", "high")
        for part in ("", "_at")
        if (found := findings.estimate(f"{term}.{point}{part.replace('_', '.')}"))
    }
    if len(ends) == 4:
        kind = "slopes_category" if _is_category(findings, moderator) else "slopes"
        yield Phrase(f"readings.mechanism.moderation.{kind}", ends)
    low, high, share = (findings.estimate(f"{term}.johnson_neyman.{end}") for end in ("low", "high", "share"))
    if low and high and share:
        values = {"low": sized(low.estimate), "high": sized(high.estimate), "share": share.estimate}
        kind = "between" if low.method.endswith("between") else "outside"
        yield Phrase(f"readings.mechanism.moderation.{kind}", values)


def _rows(findings: Findings, name: str, moderator: str, label: Text) -> Iterator[Row]:
    term = f"{name}.moderation.{moderator}"
    yield name, Phrase("tables.mechanism.moderation.interaction", {"moderator": label}), findings.result(term)
    for point in _POINTS:
        at = findings.estimate(f"{term}.{point}.at")
        if at:
            values = {"moderator": label, "value": placed(at.estimate)}
            yield name, Phrase("tables.mechanism.moderation.at", values), findings.result(f"{term}.{point}")
