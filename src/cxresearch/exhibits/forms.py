"""In what form: bends and turns of each hypothesis, and how change depends on the starting point."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values, reason
from cxresearch.exhibits.effects import effect_table
from cxresearch.exhibits.estimates import Row
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import bends
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import references, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable

_FORMS = ("quadratic", "two_lines.low", "two_lines.high", "spline")


def forms(findings: Findings) -> tuple[Exhibit, ...]:
    """Whether each association bends or turns, pictures of the units with curves, and a table."""
    rows = [row for name in findings.spec.hypotheses for row in _form_rows(findings, name)]
    table = effect_table(findings, rows, table_id="tbl-form", texts="tables.mechanism.form")
    missing = _missing(findings, "quadratic")
    said = tuple((sentence,) for name in findings.spec.hypotheses if (sentence := _form(findings, name)))
    what: tuple[Text, ...] = (Phrase("readings.mechanism.form.what"), *missing)
    figures = _pictures(findings)
    if not table or not figures:
        return (ProseSpec((what, *said)), *((table,) if table else ()))
    read = Phrase("readings.mechanism.form.read", {"exhibits": references([figure.id for figure in figures])})
    return ProseSpec((what, *said, (read,))), *figures, table


def _missing(findings: Findings, part: str) -> tuple[Phrase, ...]:
    results = ((name, findings.result(f"{name}.{part}")) for name in findings.spec.hypotheses)
    return without_result((hypothesis_name(name), found) for name, found in results if isinstance(found, NotEstimable))


def _form(findings: Findings, name: str) -> Phrase | None:
    bend = findings.estimate(f"{name}.quadratic")
    if bend is None:
        return None
    values = {
        "hypothesis": hypothesis_name(name),
        "quadratic": sized(bend.estimate),
        "interval": sized_interval(bend),
        "level": bend.conf_level,
    }
    low, high, at = (findings.estimate(f"{name}.two_lines.{part}") for part in ("low", "high", "break"))
    if low and high and at:
        values |= {"low": sized(low.estimate), "high": sized(high.estimate), "at": sized(at.estimate)}
        if low.excludes(0) and high.excludes(0) and low.estimate * high.estimate < 0:
            return Phrase("readings.mechanism.form.turns", values)
        if bend.excludes(0):
            return Phrase("readings.mechanism.form.bends", values)
    return Phrase("readings.mechanism.form.straight", values)


def _form_rows(findings: Findings, name: str) -> Iterator[Row]:
    places = {
        part: findings.estimate(f"{name}.{part}.{where}")
        for part, where in (("two_lines", "break"), ("spline", "knot"))
    }
    for part in _FORMS:
        found = findings.result(f"{name}.{part}")
        place = places.get(part.partition(".")[0])
        values = {"at": sized(place.estimate)} if place else {}
        if isinstance(found, Estimate) and (part == "quadratic" or place):
            yield name, Phrase(f"tables.mechanism.form.{part.replace('.', '_')}", values), found


def _pictures(findings: Findings) -> list[FigureSpec]:
    frame = findings.frames.get("bends", pd.DataFrame(columns=["hypothesis"]))
    panels: list[bends.Panel] = []
    for name in findings.spec.hypotheses:
        curves = frame[frame["hypothesis"] == name]
        if len(curves):
            values = hypothesis_values(findings, name)
            units = findings.linked[findings.linked["hypothesis"] == name][["ex", "cx"]]
            panels.append((values["hypothesis"], values["ex"], values["cx"], units, curves))
    parts = [panels[start : start + bends.MOST_PANELS] for start in range(0, len(panels), bends.MOST_PANELS)]
    level = findings.spec.criteria.level
    return [bends.spec(part, level=level, figure_id=f"fig-bends-{place}") for place, part in enumerate(parts, start=1)]


def baselines(findings: Findings) -> tuple[Exhibit, ...]:
    """How change depends on the starting point, with regression to the mean taken out."""
    said = tuple(sentences for name in findings.spec.hypotheses if (sentences := tuple(_baseline(findings, name))))
    what: tuple[Text, ...] = (Phrase("readings.mechanism.baseline.what"), *_missing(findings, "baseline"))
    return (ProseSpec((what, *said)),)


def _baseline(findings: Findings, name: str) -> Iterator[Phrase]:
    observed = findings.estimate(f"{name}.baseline")
    if observed is None:
        return
    values = {**hypothesis_values(findings, name), "observed": sized(observed.estimate)}
    corrected, alone = findings.result(f"{name}.baseline.corrected"), findings.estimate(f"{name}.baseline.expected")
    if isinstance(corrected, Estimate) and alone:
        kind = "chance" if not corrected.excludes(0) else "low_rises" if corrected.estimate < 0 else "high_rises"
        values |= {"expected": sized(alone.estimate), "corrected": sized(corrected.estimate)}
        values |= {"interval": sized_interval(corrected), "level": corrected.conf_level}
        yield Phrase(f"readings.mechanism.baseline.{kind}", values)
    else:
        values |= {"interval": sized_interval(observed), "level": observed.conf_level, "why": reason(corrected)}
        yield Phrase("readings.mechanism.baseline.unknown", values)
    interaction = findings.estimate(f"{name}.baseline.moderation")
    if interaction:
        kind = "depends" if interaction.excludes(0) else "independent"
        numbers = {"interaction": sized(interaction.estimate), "p": interaction.p_value}
        yield Phrase(f"readings.mechanism.baseline.{kind}", numbers)
