"""How much slopes differ between units, or groups of units, and what moderates them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cxresearch.exhibits.amounts import sized
from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values
from cxresearch.exhibits.estimates import Row, missing_models
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import unit_slopes as figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_words, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.slope_table import (
    base_label,
    base_name,
    covariate_label,
    interval_text,
    row_name,
    slope_table,
)
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate


def unit_slopes(findings: Findings) -> tuple[Exhibit, ...]:
    """What random slopes are, each hypothesis with its picture, groups and moderators, and a table."""
    rows = [row for name in findings.spec.hypotheses for row in _rows(findings, name)]
    missing = missing_models(row for row in rows if not row[2].term.endswith(".sd"))
    if not any(isinstance(found, Estimate) for _, _, found in rows):
        return (ProseSpec((missing,)),) if missing else ()
    exhibits: list[Exhibit] = [ProseSpec(((Phrase("readings.mixed.random_what"), *missing),))]
    drawn = _drawn(findings)
    for name in findings.spec.hypotheses:
        exhibits += _hypothesis(findings, name, name in drawn)
    said = (*_groups(findings), *_moderators(findings), Phrase("readings.mixed.random_table"))
    return (*exhibits, ProseSpec((said,)), slope_table(findings, "slopes", rows))


def _rows(findings: Findings, name: str) -> Iterable[Row]:
    for part, label in (("random_slope", "random_slope"), ("random_slope.sd", "random_slope_sd")):
        yield name, row_name(label), findings.result(f"{name}.{part}")
    by = findings.spec.analyses.synthesis_by
    if by is not None:
        values = {"name": covariate_label(findings, by)}
        for part, label in (("group_slope", "group_slope"), ("group_slope.sd", "group_slope_sd")):
            yield name, row_name(label, **values), findings.result(f"{name}.{part}")
    for found in findings.under(f"{name}.cross_level"):
        covariate = found.term.rpartition(".")[2]
        yield name, row_name("cross_level", name=covariate_label(findings, covariate)), found


def _drawn(findings: Findings) -> tuple[str, ...]:
    """The hypotheses with a picture: where slopes differ, or else the first whose fit is not singular."""
    spreads = {name: findings.estimate(f"{name}.random_slope.sd") for name in findings.spec.hypotheses}
    apart = tuple(name for name, sd in spreads.items() if sd is not None and sd.conf_low)
    return apart or tuple(name for name, sd in spreads.items() if sd is not None and not sd.health)[:1]


def _hypothesis(findings: Findings, name: str, drawn: bool) -> list[Exhibit]:
    slope, sd, share = (findings.estimate(f"{name}.random_slope{part}") for part in ("", ".sd", ".range"))
    if slope is None or sd is None or share is None:
        return []
    picture = _figure(findings, name, slope) if drawn else None
    kind = ("vary" if sd.conf_low else "same") + ("" if picture else "_plain")
    values = {
        "slope": sized(slope.estimate),
        "interval": interval_text(slope),
        "sd": sized(sd.estimate),
        "sd_interval": interval_text(sd),
    }
    extra: dict[str, str | float] = {"figure": picture.id} if picture else {}
    if sd.conf_low:
        extra["share"] = share.estimate
    said = Phrase(f"readings.mixed.{kind}", hypothesis_values(findings, name) | values | extra)
    prose = ProseSpec(((said,),))
    return [prose, picture] if picture else [prose]


def _figure(findings: Findings, name: str, slope: Estimate) -> FigureSpec | None:
    frame = findings.frame("mixed_slopes")
    rows = frame[frame["hypothesis"] == name] if len(frame) else frame
    if rows.empty:
        return None
    values = hypothesis_values(findings, name)
    return figure.spec(
        rows,
        slope.estimate,
        ex=values["ex"],
        cx=values["cx"],
        level=slope.conf_level or findings.spec.criteria.level,
        figure_id=f"fig-unit-slopes-{name.replace('_', '-')}",
        caption=Phrase("tables.mixed.figure", values),
    )


def _groups(findings: Findings) -> Iterable[Text]:
    by = findings.spec.analyses.synthesis_by
    if by is None:
        return
    apart: list[Text] = []
    alike: list[Text] = []
    for name in findings.spec.hypotheses:
        sd = findings.estimate(f"{name}.group_slope.sd")
        if sd is not None:
            (apart if sd.conf_low else alike).append(hypothesis_name(name))
    for kind, names in (("vary", apart), ("same", alike)):
        if names:
            values = {"name": covariate_label(findings, by), "names": in_words(names)}
            yield Phrase(f"readings.mixed.group_{kind}", values)


def _moderators(findings: Findings) -> Iterable[Text]:
    clear = False
    examined: dict[str, Text] = {}
    for name in findings.spec.hypotheses:
        for found in _estimates(findings, name):
            covariate = found.term.rpartition(".")[2]
            label = covariate_label(findings, covariate)
            examined[base_name(findings, covariate)] = base_label(findings, covariate)
            if found.excludes(0):
                clear = True
                named = {"hypothesis": hypothesis_name(name), "name": label}
                values = {"change": sized(found.estimate), "interval": interval_text(found)}
                yield Phrase("readings.mixed.cross_clear", named | values)
    if examined and not clear:
        yield Phrase("readings.mixed.cross_none", {"names": in_words([quoted(label) for label in examined.values()])})


def _estimates(findings: Findings, name: str) -> Sequence[Estimate]:
    return [found for found in findings.under(f"{name}.cross_level") if isinstance(found, Estimate)]
