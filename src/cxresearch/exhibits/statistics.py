"""The appendix of all statistics: each with its name in words and its name in the results file."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.association import covariate_name
from cxresearch.exhibits.columns import column, hypothesis_values, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import pointing, without_result
from cxresearch.exhibits.moderations import moderator_label
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.specifications import specification_statistic
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text, catalogue
from cxresearch.statistic import Estimate, NotEstimable, Result

NOTHING_LOST = "linkage.nothing_dropped"
"""A comparison with the units left out has no value, and nobody misses it, where none were."""

ELSEWHERE = (
    "baseline", "bayes_factor", "clpm", "cluster_bootstrap", "control", "cr2", "cross_level", "cross_validation",
    "fixed_effects", "gee", "glmm", "group_slope", "lagged", "latent", "leave_one_period_out", "logit", "mediation",
    "moderation", "ordinal", "placebo_lag", "plan", "quadratic", "random_slope", "riclpm", "robustness_value",
    "screening", "specifications", "spline", "two_lines", "wild", "within", "within_between", "wls",
)  # fmt: skip
"""Parts that the chapter of results shows in tables or figures of their own; the results file has them all."""


def statistics(findings: Findings) -> tuple[Exhibit, ...]:
    """The statistics of every hypothesis but those with tables of their own, and why some have no value."""
    exhibits: list[Exhibit] = []
    tables: list[str] = []
    for name in findings.spec.hypotheses:
        results = tuple(r for r in findings.under(name) if _part(name, r).partition(".")[0] not in ELSEWHERE)
        if not results:
            continue
        table = _table(findings, name, results)
        tables.append(table.id)
        exhibits.append(table)
        missing = without_result(_lacking(findings, name, results))
        if missing:
            exhibits.append(ProseSpec((missing,)))
    if not tables:
        return ()
    return ProseSpec(((pointing("readings.statistics", tables),),)), *exhibits


def _lacking(findings: Findings, name: str, results: tuple[Result, ...]) -> Iterator[tuple[Text, Result]]:
    """Statistics without a value; what is only a part of another such statistic is not told again."""
    lacking = {
        _part(name, result): result
        for result in results
        if isinstance(result, NotEstimable) and result.reason != NOTHING_LOST
    }
    for part, result in lacking.items():
        above = part.split(".")
        if not any(".".join(above[:length]) in lacking for length in range(1, len(above))):
            yield statistic_name(findings, part), result


def _table(findings: Findings, name: str, results: tuple[Result, ...]) -> TableSpec:
    columns = (
        column("statistic", row_header=True),
        column("term"),
        column("estimate", "d3"),
        column("std_error", "d3"),
        column("interval", "d3"),
        column("p_value", "p"),
    )
    rows = tuple(_row(findings, name, result) for result in results if isinstance(result, Estimate))
    caption = Phrase("tables.estimates.caption", hypothesis_values(findings, name))
    note = Phrase("tables.estimates.note", {"level": findings.spec.criteria.level})
    return TableSpec(f"tbl-statistics-{name.replace('_', '-')}", caption, columns, rows, note)


def _part(name: str, result: Result) -> str:
    return result.term.removeprefix(f"{name}.")


def _row(findings: Findings, name: str, found: Estimate) -> tuple[Cell, ...]:
    part = _part(name, found)
    value: Cell = Phrase("tables.value.n", {"value": found.estimate}) if part == "n" else sized(found.estimate)
    return (
        statistic_name(findings, part),
        part,
        value,
        sized(found.std_error),
        sized_interval(found),
        found.p_value,
    )


def statistic_name(findings: Findings, part: str) -> Text:
    """What a statistic is, by the end of its term; a control, mediator, moderator or covariate by its label."""
    if part.startswith("control."):
        _, control, *end = part.split(".")
        return Phrase(f"tables.statistic.control_{'_'.join(end) or 'r'}", {"control": measure_label(findings, control)})
    if part.startswith(("mediation.", "moderation.")):
        family, given, *end = part.split(".")
        return Phrase(f"tables.statistic.{'_'.join((family, *end))}", {"name": moderator_label(findings, given)})
    if part.startswith("specifications."):
        return specification_statistic(findings, part.removeprefix("specifications."))
    for key in (f"tables.statistic.{part.replace('.', '_')}", f"tables.lags.{part.replace('.', '_')}"):
        if key in catalogue("en"):
            return Phrase(key)
    model, _, covariate = part.partition(".")
    if model in ("riclpm", "clpm"):
        lag, _, period = covariate.partition(".")
        return Phrase("tables.lags.in_period", {"name": Phrase(f"tables.lags.{model}_{lag}"), "period": period})
    return Phrase(f"tables.statistic.of_{model}", {"name": covariate_name(findings, covariate)})
