"""The correlation between units that sampling of people does not weaken, and scales that order units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxresearch.exhibits.columns import (
    column,
    hypothesis_name,
    hypothesis_values,
    interval_cell,
    interval_column,
    measure_label,
)
from cxresearch.exhibits.estimates import model_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_words, pointing, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.exhibits.unit_scales import unit_scales
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

DRAWN = ("pearson", "disattenuated", "latent", "latent.fpc", "latent.adjusted")
"""Correlations of a hypothesis that the figure puts side by side."""
TOLD = ("latent", "latent.fpc", "latent.adjusted", "latent.slope")
VISIBLE = 0.015
"""Correlations closer than this are the same in print, or nearly so."""
WIDE = 0.60
"""An interval wider than this leaves both weak and strong correlations possible."""


def latent(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis' latent correlation in words, a picture beside the correlations of means, and a table."""
    if "latent" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.latent.left_out"),),)),)
    names = [name for name in findings.spec.hypotheses if findings.estimate(f"{name}.latent")]
    untold = without_result(
        (hypothesis_name(name), findings.result(f"{name}.latent")) for name in findings.spec.hypotheses
    )
    what, climate = Phrase("readings.latent.what"), tuple(_climate(findings))
    if not names:
        return (_prose((what, *untold), climate), *unit_scales(findings))
    figures = _figures(findings, names)
    table = _table(findings, names)
    pointer = pointing("readings.latent.figure", [figure.id for figure in figures], table=table.id)
    told = [tuple(_hypothesis(findings, name)) for name in names]
    said = _prose((what, pointer, *untold), *told, tuple(_how_to_read(findings, names)), climate)
    return said, *figures, table, *unit_scales(findings)


def _prose(*paragraphs: tuple[Text, ...]) -> ProseSpec:
    return ProseSpec(tuple(paragraph for paragraph in paragraphs if paragraph))


def uninformative(found: Estimate) -> bool:
    """Whether every correlation remains possible."""
    return found.conf_low is not None and found.conf_high is not None and found.conf_high - found.conf_low > 1.99


def _hypothesis(findings: Findings, name: str) -> Iterator[Phrase]:
    found = findings.result(f"{name}.latent")
    if not isinstance(found, Estimate) or found.conf_low is None or found.conf_high is None:
        return
    values = {
        **hypothesis_values(findings, name),
        "rho": found.estimate,
        "low": found.conf_low,
        "high": found.conf_high,
        "level": found.conf_level,
        "p": found.p_value,
    }
    if uninformative(found):
        yield Phrase("readings.latent.anything", values)
        return
    yield Phrase(f"readings.latent.{'clear' if found.excludes(0) else 'unclear'}", values)
    naive = findings.estimate(f"{name}.pearson")
    if naive is not None and abs(found.estimate) - abs(naive.estimate) >= VISIBLE:
        yield Phrase("readings.latent.naive", {"r": naive.estimate})
    if "latent.edge" in found.health:
        yield Phrase("readings.latent.edge")
    yield from _one_sided(findings, name, found)
    yield from _explained(findings, name)
    yield from _finite(findings, name, found)
    adjusted = findings.estimate(f"{name}.latent.adjusted")
    if adjusted is not None:
        yield Phrase("readings.latent.adjusted", _ends(adjusted))


def _ends(found: Estimate) -> dict[str, object]:
    return {"rho": found.estimate, "low": found.conf_low, "high": found.conf_high}


def _one_sided(findings: Findings, name: str, found: Estimate) -> Iterator[Phrase]:
    """How many units count with one side only."""
    sides = [findings.estimate(f"{name}.latent.units_{side}") for side in ("ex", "cx")]
    only = sum(int(side.estimate) - (found.n_units or 0) for side in sides if side is not None)
    if only > 0:
        yield Phrase("readings.latent.one_sided", {"count": only, "both": found.n_units})


def _explained(findings: Findings, name: str) -> Iterator[Phrase]:
    share = findings.estimate(f"{name}.latent.explained")
    if share is not None and share.conf_low is not None:
        yield Phrase(
            "readings.latent.explained", {"share": share.estimate, "low": share.conf_low, "high": share.conf_high}
        )


def _finite(findings: Findings, name: str, found: Estimate) -> Iterator[Phrase]:
    finite = findings.estimate(f"{name}.latent.fpc")
    if finite is not None and abs(finite.estimate - found.estimate) >= VISIBLE:
        yield Phrase("readings.latent.finite", _ends(finite))


def _how_to_read(findings: Findings, names: Sequence[str]) -> Iterator[Phrase]:
    """What a wide interval, an estimate at the edge, and the decisive analysis mean."""
    found = [one for name in names if (one := findings.estimate(f"{name}.latent"))]
    wide = [one for one in found if one.conf_low is not None and (one.conf_high or 0) - one.conf_low > WIDE]
    yield Phrase("readings.latent.wide" if wide else "readings.latent.narrow")
    if any(findings.estimate(f"{name}.latent.explained") for name in names):
        yield Phrase("readings.latent.small_share")
    if any(findings.estimate(f"{name}.latent.fpc") for name in names):
        yield Phrase("readings.latent.which_people")
    warned = {code: Phrase(f"health.{code}") for one in found for code in one.health if code != "latent.edge"}
    yield from warned.values()
    deciding = [hypothesis_name(name) for name in names if findings.spec.hypotheses[name].primary == "latent"]
    if deciding:
        yield Phrase("readings.latent.decides", {"count": len(deciding), "names": in_words(deciding)})
    else:
        yield Phrase("readings.latent.beside")


def _climate(findings: Findings) -> Iterator[Phrase]:
    """What a better unit goes with for people who rate alike, where the same people answered both measures."""
    for name, declared in findings.spec.hypotheses.items():
        for measure in (declared.cx, *declared.mediators):
            term = f"{name}.contextual.{measure}"
            parts = [findings.estimate(f"{term}.{part}") for part in ("within", "between", "effect")]
            within, between, effect = parts
            if within is None or between is None or effect is None:
                continue
            values = {
                **hypothesis_values(findings, name),
                "outcome": measure_label(findings, measure),
                "within": within.estimate,
                "between": between.estimate,
                "effect": effect.estimate,
                "low": effect.conf_low,
                "high": effect.conf_high,
            }
            yield Phrase(f"readings.latent.context_{'clear' if effect.excludes(0) else 'unclear'}", values)


def _figures(findings: Findings, names: Sequence[str]) -> list[FigureSpec]:
    groups = [rows for name in names if (rows := _drawn(findings, name))]
    at_once = forest.MOST_ROWS // len(DRAWN)
    parts = [groups[start : start + at_once] for start in range(0, len(groups), at_once)]
    return [
        forest.spec(
            [row for group in part for row in group],
            findings.spec.criteria.smallest_effect,
            groups=[len(group) for group in part],
            figure_id=f"fig-latent-{number}",
            caption=Phrase("tables.latent.figure"),
        )
        for number, part in enumerate(parts, start=1)
    ]


def _drawn(findings: Findings, name: str) -> list[tuple[Text, Result]]:
    return [
        (Phrase("tables.model.row", {"name": hypothesis_name(name), "model": _name(part)}), found)
        for part in DRAWN
        if (found := findings.estimate(f"{name}.{part}")) is not None
    ]


def _name(part: str) -> Phrase:
    """What a correlation or another quantity of the model is called."""
    own = part.removeprefix("latent.")
    return Phrase(f"tables.latent.name.{own}") if part.startswith("latent.") else model_name(part)


def _table(findings: Findings, names: Sequence[str]) -> TableSpec:
    rows = [row for name in names for part in TOLD if (row := _row(findings, name, part)) is not None]
    columns = (
        column("hyp", row_header=True),
        column("model", row_header=True),
        column("estimate", "d2"),
        column("std_error", "d2"),
        interval_column(findings, "d2"),
        column("p_value", "p"),
        column("n_units", "n"),
    )
    return TableSpec("tbl-latent", Phrase("tables.latent.caption"), columns, tuple(rows), Phrase("tables.latent.note"))


def _row(findings: Findings, name: str, part: str) -> tuple[Cell, ...] | None:
    found = findings.estimate(f"{name}.{part}")
    if found is None:
        return None
    interval = interval_cell(found)
    shown = interval if interval is not None and max(abs(interval.low), abs(interval.high)) < float("inf") else None
    p = found.p_value if part != "latent.slope" else None
    return hypothesis_name(name), _name(part), found.estimate, found.std_error, shown, p, found.n_units
