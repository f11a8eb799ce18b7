"""Each hypothesis' association by unit, and the same association by several models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cxresearch.exhibits.columns import category, hypothesis_name, hypothesis_values, reason
from cxresearch.exhibits.estimates import Row, estimate_table, health_notes, missing_models, model_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest as forest_figure
from cxresearch.exhibits.figures import scatter as scatter_figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.latent import uninformative
from cxresearch.exhibits.listing import pointing
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

MODELS = ("latent", "pearson", "spearman", "weighted", "disattenuated", "permutation", "ols", "ols.std", "mixed")
COMPARABLE = ("latent", "pearson", "spearman", "weighted", "disattenuated", "ols.std")
"""Models whose estimates are on the scale of a correlation."""


def association(findings: Findings) -> tuple[Exhibit, ...]:
    """Each hypothesis: the correlation in words and a picture of its units."""
    exhibits: list[Exhibit] = []
    for name in findings.spec.hypotheses:
        values = hypothesis_values(findings, name)
        found = findings.result(f"{name}.pearson")
        if isinstance(found, NotEstimable):
            why = {**values, "why": reason(found)}
            exhibits.append(ProseSpec(((Phrase("readings.linkage.not_estimable", why),),)))
            continue
        figure = _scatter(findings, name, found, values)
        said = (
            _correlation(findings, name, found, figure.id),
            *_without_noise(findings, name),
            *_left_out(findings, name),
        )
        exhibits += [ProseSpec((said,)), figure]
    return tuple(exhibits)


def _scatter(findings: Findings, name: str, found: Estimate, values: dict[str, Text]) -> FigureSpec:
    linked = findings.linked[findings.linked["hypothesis"] == name]
    return scatter_figure.spec(
        linked["ex"],
        linked["cx"],
        ex=values["ex"],
        cx=values["cx"],
        pearson=found,
        n=linked["cx_n"] if linked["cx_n"].notna().all() else None,
        level=findings.spec.criteria.level,
        figure_id=f"fig-scatter-{name.replace('_', '-')}",
        caption=Phrase("tables.figure.scatter", values),
    )


def _correlation(findings: Findings, name: str, found: Estimate, figure: str) -> Phrase:
    values = {
        **hypothesis_values(findings, name),
        "figure": figure,
        "r": found.estimate,
        "low": found.conf_low,
        "high": found.conf_high,
        "level": found.conf_level,
        "p": found.p_value,
        "count": found.n_units,
    }
    return Phrase(f"readings.linkage.{'clear' if found.excludes(0) else 'unclear'}", values)


def _without_noise(findings: Findings, name: str) -> Iterable[Phrase]:
    """The latent correlation, where the data tell anything of it."""
    found = findings.estimate(f"{name}.latent")
    if found is not None and not uninformative(found):
        values = {"rho": found.estimate, "low": found.conf_low, "high": found.conf_high}
        yield Phrase("readings.latent.in_association", values)


def _left_out(findings: Findings, name: str) -> Iterable[Phrase]:
    """A sentence for each measure on which the units left out differ from the linked ones."""
    values = hypothesis_values(findings, name)
    for side in ("ex", "cx"):
        found = findings.estimate(f"{name}.dropped.{side}")
        if found is not None and found.health:
            yield Phrase("readings.linkage.left_out", {"measure": values[side], "difference": found.estimate})


def models(findings: Findings) -> tuple[Exhibit, ...]:
    """A forest of comparable estimates and a table of all models, over the hypotheses."""
    rows = [row for name in findings.spec.hypotheses for row in _rows(findings, name)]
    figures = _forests(findings)
    drawn = {f"{name}.{model}" for name in findings.spec.hypotheses for model in COMPARABLE}
    others = [row for row in rows if row[2].term not in drawn]
    table = replace(estimate_table(findings, "models", others), note=tuple(_notes(findings, rows)))
    missing = missing_models(rows)
    if not table.rows:
        return (ProseSpec((missing,)),) if missing else ()
    ids = [figure.id for figure in figures]
    only = Phrase("readings.models_table", {"table": table.id})
    said = pointing("readings.models", ids, table=table.id) if ids else only
    covariates = any(findings.spec.hypotheses[name].covariates for name in findings.spec.hypotheses)
    adjusted = (Phrase("readings.models_adjusted"),) if covariates else ()
    return ProseSpec(((said, *adjusted, *missing),)), *figures, table


def _notes(findings: Findings, rows: Iterable[Row]) -> Iterable[Phrase]:
    """What the table's columns mean, and what a reader must know to trust single estimates."""
    yield Phrase("tables.models.note")
    if any(findings.estimate(f"{name}.disattenuated") for name in findings.spec.hypotheses):
        yield Phrase("tables.models.note_disattenuated")
    yield from health_notes(rows)


def _rows(findings: Findings, name: str) -> Iterable[Row]:
    for model in MODELS:
        yield name, model_name(model), findings.result(f"{name}.{model}")
    known = {*MODELS, "ols.permutation", "ols.equivalence"}
    for result in findings.under(f"{name}.ols"):
        if result.term.removeprefix(f"{name}.") not in known:
            yield name, covariate_name(findings, result.term.removeprefix(f"{name}.ols.")), result


def covariate_name(findings: Findings, covariate: str) -> Phrase:
    """What a covariate's slope is called: by its label, and for a category by its place (`region_2`)."""
    labels = {v.name: v.label for v in findings.codebook.variables if v.role == "covariate"}
    if covariate in labels:
        return Phrase("tables.model.covariate", {"name": labels[covariate]})
    name, _, place = covariate.rpartition("_")
    if name in labels and place.isdecimal():
        return Phrase("tables.model.category", {"name": labels[name], "category": category(findings, name, int(place))})
    return Phrase("tables.model.covariate", {"name": covariate})


def _forests(findings: Findings) -> list[FigureSpec]:
    """Pictures of the comparable estimates; as many hypotheses in each as a page holds."""
    groups = [rows for name in findings.spec.hypotheses if (rows := _comparable(findings, name))]
    at_once = forest_figure.MOST_ROWS // len(COMPARABLE)
    parts = [groups[start : start + at_once] for start in range(0, len(groups), at_once)]
    return [_forest(findings, part, number) for number, part in enumerate(parts, start=1)]


def _comparable(findings: Findings, name: str) -> list[tuple[Text, Result]]:
    named = hypothesis_name(name)
    return [
        (Phrase("tables.model.row", {"name": named, "model": model_name(model)}), found)
        for model in COMPARABLE
        if isinstance(found := findings.result(f"{name}.{model}"), Estimate)
    ]


def _forest(findings: Findings, groups: Sequence[Sequence[tuple[Text, Result]]], number: int) -> FigureSpec:
    return forest_figure.spec(
        [row for group in groups for row in group],
        findings.spec.criteria.smallest_effect,
        groups=[len(group) for group in groups],
        figure_id=f"fig-forest-{number}",
        caption=Phrase("tables.figure.forest"),
    )
