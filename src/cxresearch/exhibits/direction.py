"""Which comes first: lagged models both ways, the placebo lag and the change within units."""

from __future__ import annotations

from cxresearch.exhibits.columns import hypothesis_values, reason
from cxresearch.exhibits.estimates import Row, estimate_table, missing_models, model_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import lags as lags_figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_figure, in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

LAGS = ("lagged", "lagged.reverse", "placebo_lag", "within")


def direction(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: lagged models both ways and the placebo lag, the first as a picture; or why there are none."""
    exhibits: list[Exhibit] = []
    rows: list[Row] = []
    alone: dict[str, tuple[NotEstimable, list[Text]]] = {}
    for name in findings.spec.hypotheses:
        results = {part: findings.result(f"{name}.{part}.std") for part in LAGS}
        first = results["lagged"]
        values = hypothesis_values(findings, name)
        if isinstance(first, NotEstimable):
            alone.setdefault(f"{first.reason} {first.details}", (first, []))[1].append(values["hypothesis"])
            continue
        figures = [] if rows else [_figure(findings, name, results)]
        lasting = [] if rows else [Phrase("readings.direction.lasting")]
        where = in_figure(figures[0].id if figures else None)
        said = (_sentence(findings, name, results, where), *lasting, _within(results["within"]))
        exhibits += [ProseSpec((said,)), *figures]
        rows += [(name, model_name(f"{part}.std"), found) for part, found in results.items()]
    if rows:
        table = estimate_table(findings, "direction", rows)
        exhibits += [ProseSpec(((Phrase("readings.direction.table"), *missing_models(rows)),)), table]
    untold = tuple(
        Phrase("readings.direction.not_estimable", {"count": len(names), "names": in_words(names), "why": reason(why)})
        for why, names in alone.values()
    )
    return (*exhibits, ProseSpec((untold,))) if untold else tuple(exhibits)


def _figure(findings: Findings, name: str, results: dict[str, Result]) -> FigureSpec:
    values = hypothesis_values(findings, name)
    return lags_figure.spec(
        results["lagged"],
        results["lagged.reverse"],
        findings.spec.criteria.smallest_effect,
        ex=values["ex"],
        cx=values["cx"],
        placebos=[(Phrase("tables.model.placebo_lag"), results["placebo_lag"])],
        figure_id=f"fig-lags-{name.replace('_', '-')}",
        caption=Phrase("tables.figure.lags", values),
    )


def _sentence(findings: Findings, name: str, results: dict[str, Result], where: Text) -> Phrase:
    forward, backward = results["lagged"], results["lagged.reverse"]
    ahead = isinstance(forward, Estimate) and forward.excludes(0)
    behind = isinstance(backward, Estimate) and backward.excludes(0)
    kind = {(True, True): "both", (True, False): "forward", (False, True): "reverse", (False, False): "neither"}
    values = {"forward": _value(forward), "reverse": _value(backward), "where": where}
    return Phrase(f"readings.direction.{kind[ahead, behind]}", hypothesis_values(findings, name) | values)


def _within(result: Result) -> Phrase:
    """The slope within units, which lasting differences between them do not touch."""
    if not isinstance(result, Estimate):
        return Phrase("readings.direction.no_within")
    ends = {"low": result.conf_low, "high": result.conf_high, "level": result.conf_level}
    return Phrase("readings.direction.within", {"within": _value(result), **ends})


def _value(result: Result) -> Text:
    if isinstance(result, Estimate):
        return Phrase("tables.value.r2", {"value": result.estimate})
    return Phrase("readings.unknown")
