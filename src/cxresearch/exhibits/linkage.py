"""Exhibits of the link: association by unit, all models, direction, negative controls, sensitivity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cxresearch.exhibits.columns import column, hypothesis_name, interval_cell, measure_label, reason
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest as forest_figure
from cxresearch.exhibits.figures import lags as lags_figure
from cxresearch.exhibits.figures import scatter as scatter_figure
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

MODELS = ("pearson", "spearman", "weighted", "disattenuated", "permutation", "ols", "ols.std", "mixed")
COMPARABLE = ("pearson", "spearman", "weighted", "disattenuated", "ols.std")
"""Models whose estimates are on the scale of a correlation."""

LAGS = ("lagged", "lagged.reverse", "placebo_lag", "within")


def _id(kind: str, hypothesis: str) -> str:
    return f"{kind}-{hypothesis.replace('_', '-')}"


def _model(part: str) -> Phrase:
    return Phrase("tables.model." + part.replace(".", "_"))


def _named(findings: Findings, hypothesis: str) -> dict[str, Text]:
    declared = findings.spec.hypotheses[hypothesis]
    return {
        "hypothesis": hypothesis_name(hypothesis),
        "ex": measure_label(findings, declared.ex),
        "cx": measure_label(findings, declared.cx),
    }


def association(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: a picture of its units and the correlation in words."""
    exhibits: list[Exhibit] = []
    for name in findings.spec.hypotheses:
        values = _named(findings, name)
        found = findings.result(f"{name}.pearson")
        if isinstance(found, NotEstimable):
            why = {**values, "why": reason(found)}
            exhibits.append(ProseSpec(((Phrase("readings.linkage.not_estimable", why),),)))
            continue
        linked = findings.linked[findings.linked["hypothesis"] == name]
        exhibits.append(ProseSpec(((_correlation(findings, name, found),),)))
        exhibits.append(
            scatter_figure.spec(
                linked["ex"],
                linked["cx"],
                ex=values["ex"],
                cx=values["cx"],
                pearson=found,
                n=linked["cx_n"] if linked["cx_n"].notna().all() else None,
                level=findings.spec.criteria.level,
                figure_id=_id("fig-scatter", name),
                caption=Phrase("tables.figure.scatter", values),
            )
        )
    return tuple(exhibits)


def _correlation(findings: Findings, name: str, found: Estimate) -> Phrase:
    values = {
        **_named(findings, name),
        "r": found.estimate,
        "low": found.conf_low,
        "high": found.conf_high,
        "level": found.conf_level,
        "p": found.p_value,
        "count": found.n_units,
    }
    kind = "clear" if found.excludes(0) else "unclear"
    return Phrase(f"readings.linkage.{kind}", values)


def models(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: a forest of comparable estimates and a table of all models."""
    exhibits: list[Exhibit] = []
    for name in findings.spec.hypotheses:
        results = [findings.result(f"{name}.{model}") for model in MODELS]
        if not any(isinstance(result, Estimate) for result in results):
            continue
        rows = [(_model(m), findings.result(f"{name}.{m}")) for m in COMPARABLE]
        exhibits.append(
            forest_figure.spec(
                rows,
                findings.spec.criteria.smallest_effect,
                figure_id=_id("fig-forest", name),
                caption=Phrase("tables.figure.forest", _named(findings, name)),
            )
        )
        exhibits.append(_table(findings, name, "models", MODELS, [*_covariates(findings, name)]))
        exhibits += _reasons(zip(MODELS, results, strict=True))
    return tuple(exhibits)


def _covariates(findings: Findings, name: str) -> Iterable[tuple[Text, Result]]:
    known = {*MODELS, "ols.permutation", "ols.equivalence"}
    for result in findings.under(f"{name}.ols"):
        if result.term.removeprefix(f"{name}.") not in known:
            yield Phrase("tables.model.covariate", {"name": result.term.removeprefix(f"{name}.ols.")}), result


def _table(
    findings: Findings, name: str, kind: str, parts: Sequence[str], more: Sequence[tuple[Text, Result]] = ()
) -> TableSpec:
    labelled: list[tuple[Text, Result]] = [(_model(part), findings.result(f"{name}.{part}")) for part in parts]
    rows = tuple(_row(label, result) for label, result in [*labelled, *more] if isinstance(result, Estimate))
    columns = (
        column("model", row_header=True),
        column("estimate", "d2"),
        column("std_error", "d2"),
        column("interval", "d2"),
        column("df", "d1"),
        column("p_value", "p"),
        column("n_units", "n"),
    )
    caption = Phrase(f"tables.{kind}.caption", _named(findings, name))
    table_id = _id(f"tbl-{kind.removesuffix('_table')}", name)
    return TableSpec(table_id, caption, columns, rows, Phrase(f"tables.{kind}.note"))


def _row(label: Text, found: Estimate) -> tuple[Cell, ...]:
    degrees = found.df if found.df is not None and found.df < 1e6 else None
    return label, found.estimate, found.std_error, interval_cell(found), degrees, found.p_value, found.n_units


def _reasons(parts: Iterable[tuple[str, Result]]) -> list[Exhibit]:
    sentences = tuple(
        Phrase("readings.not_estimable", {"what": _model(part), "why": reason(result)})
        for part, result in parts
        if isinstance(result, NotEstimable)
    )
    return [ProseSpec((sentences,))] if sentences else []


def direction(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: lagged models both ways and the placebo lag, or why time cannot be used."""
    exhibits: list[Exhibit] = []
    alone: list[Text] = []
    for name in findings.spec.hypotheses:
        results = {part: findings.result(f"{name}.{part}.std") for part in LAGS}
        if not isinstance(results["lagged"], Estimate):
            why = {**_named(findings, name), "why": reason(results["lagged"])}
            alone.append(Phrase("readings.direction.not_estimable", why))
            continue
        exhibits.append(ProseSpec(((_direction_sentence(findings, name, results),),)))
        values = _named(findings, name)
        exhibits.append(
            lags_figure.spec(
                results["lagged"],
                results["lagged.reverse"],
                findings.spec.criteria.smallest_effect,
                ex=values["ex"],
                cx=values["cx"],
                placebos=[(Phrase("tables.model.placebo_lag"), results["placebo_lag"])],
                figure_id=_id("fig-lags", name),
                caption=Phrase("tables.figure.lags", values),
            )
        )
        exhibits.append(_table(findings, name, "direction_table", [f"{part}.std" for part in LAGS]))
        exhibits += _reasons(results.items())
    return (*exhibits, ProseSpec((tuple(alone),))) if alone else tuple(exhibits)


def _direction_sentence(findings: Findings, name: str, results: dict[str, Result]) -> Phrase:
    forward, backward = results["lagged"], results["lagged.reverse"]
    ahead = isinstance(forward, Estimate) and forward.excludes(0)
    behind = isinstance(backward, Estimate) and backward.excludes(0)
    kind = {(True, True): "both", (True, False): "forward", (False, True): "reverse", (False, False): "neither"}
    values = {**_named(findings, name), "forward": _value(forward), "reverse": _value(backward)}
    return Phrase(f"readings.direction.{kind[ahead, behind]}", values)


def _value(result: Result) -> Text:
    if isinstance(result, Estimate):
        return Phrase("tables.value.r2", {"value": result.estimate})
    return Phrase("readings.unknown")


def controls(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis with negative controls: the control's correlation beside the hypothesised one."""
    exhibits: list[Exhibit] = []
    without: list[str] = []
    for name, hypothesis in findings.spec.hypotheses.items():
        if not hypothesis.controls:
            without.append(hypothesis_name(name))
            continue
        rows: list[tuple[Text, Result]] = []
        for control in hypothesis.controls:
            label = measure_label(findings, control)
            for part in ("outcome", "", "difference", "partial"):
                term = f"{name}.control.{control}" + (f".{part}" if part else "")
                key = f"tables.contrast.{part or 'control'}"
                rows.append((Phrase(key, {"control": label}), findings.result(term)))
            exhibits.append(ProseSpec(((_control_sentence(findings, name, control),),)))
        exhibits.append(_table(findings, name, "controls", (), rows))
    if without:
        values = {"count": len(without), "names": ", ".join(without)}
        exhibits.append(ProseSpec(((Phrase("readings.controls.none", values),),)))
    return tuple(exhibits)


def _control_sentence(findings: Findings, name: str, control: str) -> Phrase:
    values: dict[str, object] = {**_named(findings, name), "control": measure_label(findings, control)}
    found = findings.result(f"{name}.control.{control}")
    if isinstance(found, NotEstimable):
        return Phrase("readings.controls.not_estimable", {**values, "why": reason(found)})
    values["r"] = found.estimate
    if not found.excludes(0):
        return Phrase("readings.controls.clean", values)
    difference = findings.estimate(f"{name}.control.{control}.difference")
    smaller = difference is not None and difference.excludes(0) and difference.estimate * found.estimate > 0
    return Phrase("readings.controls.smaller" if smaller else "readings.controls.same", values)


def robustness(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: the range when each unit is left out in turn, what could have been found, equivalence."""
    exhibits: list[Exhibit] = []
    for name in findings.spec.hypotheses:
        sentences: list[Text] = []
        low, high = (findings.estimate(f"{name}.leave_one_out.{end}") for end in ("low", "high"))
        values = _named(findings, name)
        if low and high:
            span = {**values, "low": low.estimate, "high": high.estimate}
            kind = "stable" if low.estimate * high.estimate > 0 else "unstable"
            sentences.append(Phrase(f"readings.robustness.{kind}", span))
        if detectable := findings.estimate(f"{name}.mde"):
            power = {"power": findings.spec.criteria.power, "r": detectable.estimate, "count": detectable.n_units}
            sentences.append(Phrase("readings.robustness.mde", power))
        if equivalent := findings.estimate(f"{name}.equivalence"):
            shown = equivalent.p_value is not None and equivalent.p_value < 1 - findings.spec.criteria.level
            bound = {"effect": findings.spec.criteria.smallest_effect, "p": equivalent.p_value}
            sentences.append(Phrase(f"readings.robustness.{'equivalent' if shown else 'not_equivalent'}", bound))
        if sentences:
            exhibits.append(ProseSpec((tuple(sentences),)))
    return tuple(exhibits)
