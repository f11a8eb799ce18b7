"""Bayes factor, prediction of new units, robustness against what was not measured."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.exhibits.columns import column, hypothesis_name, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.inference.bayes_factor import PRIORS
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

_LARGEST, _SMALLEST = 1000.0, 0.001
_STRONG, _MODERATE = 10.0, 3.0
_COLUMNS = {
    "units": "cross_validation",
    "customers": "cross_validation.customer",
    "robustness": "robustness_value",
    "significance": "robustness_value.significant",
}


def honesty(findings: Findings) -> tuple[Exhibit, ...]:
    """Tables of what the main results stand up to, and in words what that means."""
    if "honesty" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.honesty.left_out"),),)),)
    names = [name for name in findings.spec.hypotheses if findings.estimate(f"{name}.robustness_value")]
    if not names:
        return (ProseSpec(((Phrase("readings.honesty.none"), *_untold(findings)),)),)
    paragraphs = (
        _bayes(findings, names),
        _prediction(findings, names),
        _robustness(findings, names),
        _untold(findings),
    )
    said = ProseSpec(tuple(paragraph for paragraph in paragraphs if paragraph))
    return said, _table(findings, names), _priors(findings, names), *_periods(findings), *_permutations(findings)


def _heading(name: str, spec: str = "") -> ColumnSpec:
    return ColumnSpec(Phrase(f"tables.honesty.column.{name}"), spec)


def _untold(findings: Findings) -> tuple[Phrase, ...]:
    return without_result(
        (hypothesis_name(name), findings.result(f"{name}.robustness_value")) for name in findings.spec.hypotheses
    )


def _factor(result: Result) -> Cell:
    if isinstance(result, NotEstimable):
        too_large = result.reason == "honesty.factor_too_large"
        return Phrase("tables.honesty.large", {"limit": _LARGEST}) if too_large else None
    if result.estimate > _LARGEST:
        return Phrase("tables.honesty.large", {"limit": _LARGEST})
    if result.estimate < _SMALLEST:
        return Phrase("tables.honesty.small", {"limit": _SMALLEST})
    return Phrase("tables.honesty.value", {"value": result.estimate})


def _size(result: Result) -> float | None:
    if isinstance(result, Estimate):
        return result.estimate
    return _LARGEST if result.reason == "honesty.factor_too_large" else None


def _bayes(findings: Findings, names: Sequence[str]) -> tuple[Text, ...]:
    groups: dict[str, list[Text]] = {"strong": [], "moderate": [], "undecided": [], "absent": []}
    for name in names:
        word = _evidence(findings.result(f"{name}.bayes_factor"))
        if word is not None:
            groups[word].append(hypothesis_name(name))
    said = [Phrase(f"readings.honesty.{word}", {"names": in_words(group)}) for word, group in groups.items() if group]
    if not said:
        return ()
    turned = [hypothesis_name(name) for name in names if _hangs_on_prior(findings, name)]
    if turned:
        said.append(Phrase("readings.honesty.other_prior", {"names": in_words(turned)}))
    width = findings.spec.analyses.prior_width
    return Phrase("readings.honesty.bayes", {"width": width}), *said, Phrase("readings.honesty.table")


def _evidence(result: Result) -> str | None:
    """The word for the size of a Bayes factor."""
    size = _size(result)
    limits = (("strong", _STRONG), ("moderate", _MODERATE), ("undecided", 1 / _MODERATE), ("absent", 0.0))
    return None if size is None else next(word for word, least in limits if size >= least)


def _hangs_on_prior(findings: Findings, name: str) -> bool:
    """Whether the evidence is read differently under another of the three priors."""
    words = {_evidence(findings.result(f"{name}.bayes_factor{end}")) for end in ("", *(f".{p}" for p in PRIORS))}
    return len(words - {None}) > 1


def _prediction(findings: Findings, names: Sequence[str]) -> tuple[Text, ...]:
    known = {name: found for name in names if (found := findings.estimate(f"{name}.cross_validation"))}
    if not known:
        return ()
    best = max(known, key=lambda name: known[name].estimate)
    said: list[Text] = [Phrase("readings.honesty.prediction")]
    if known[best].estimate > 0:
        values = {"name": hypothesis_name(best), "units": known[best].estimate}
        said.append(Phrase("readings.honesty.best", values))
        customers = findings.estimate(f"{best}.cross_validation.customer")
        if customers is not None and customers.estimate > 0:
            said.append(Phrase("readings.honesty.best_customers", {"customers": customers.estimate}))
    useless = [hypothesis_name(name) for name, found in known.items() if found.estimate <= 0]
    if useless:
        said.append(Phrase("readings.honesty.useless", {"names": in_words(useless)}))
    return tuple(said)


def _robustness(findings: Findings, names: Sequence[str]) -> tuple[Text, ...]:
    values = {name: findings.estimate(f"{name}.robustness_value") for name in names}
    known = sorted((found.estimate, hypothesis_name(name)) for name, found in values.items() if found)
    (least, least_name), (value, name) = known[0], known[-1]
    told = {"value": value, "name": name, "least": least, "least_name": least_name}
    extremes = (Phrase("readings.honesty.robust", told),) if len(known) > 1 else ()
    return Phrase("readings.honesty.robustness"), *extremes


def _table(findings: Findings, names: Sequence[str]) -> TableSpec:
    rows = tuple(
        (
            hypothesis_name(name),
            _factor(findings.result(f"{name}.bayes_factor")),
            *(value_cell(findings.result(f"{name}.{part}")) for part in _COLUMNS.values()),
        )
        for name in names
    )
    columns = (
        column("hypothesis", row_header=True),
        _heading("factor", "d2"),
        *(_heading(name, "pct1" if "units" in name or "customers" in name else "pct0") for name in _COLUMNS),
    )
    note = Phrase("tables.honesty.note", {"width": findings.spec.analyses.prior_width})
    return TableSpec("tbl-honesty", Phrase("tables.honesty.caption"), columns, rows, note)


def _priors(findings: Findings, names: Sequence[str]) -> TableSpec:
    rows = tuple(
        (hypothesis_name(name), *(_factor(findings.result(f"{name}.bayes_factor.{prior}")) for prior in PRIORS))
        for name in names
    )
    headings = (ColumnSpec(Phrase(f"tables.honesty.prior.{prior}"), "d2") for prior in PRIORS)
    columns = (column("hypothesis", row_header=True), *headings)
    note = Phrase("tables.honesty.prior.note")
    return TableSpec("tbl-honesty-prior", Phrase("tables.honesty.prior.caption"), columns, rows, note)


def _main_result(findings: Findings, name: str) -> Estimate | None:
    return findings.estimate(f"{name}.{findings.spec.hypotheses[name].primary}")


def _periods(findings: Findings) -> tuple[Exhibit, ...]:
    """The main result without each period; one sentence for the hypotheses that cannot spare a period."""
    rows: list[tuple[Cell, ...]] = []
    fragile: list[Text] = []
    lacking: list[tuple[Text, Result]] = []
    for name in findings.spec.hypotheses:
        ends = [findings.result(f"{name}.leave_one_period_out.{end}") for end in ("low", "high")]
        low, high = (found.estimate if isinstance(found, Estimate) else None for found in ends)
        if low is None or high is None:
            lacking.append((hypothesis_name(name), ends[0]))
            continue
        main = _main_result(findings, name)
        rows.append((hypothesis_name(name), main.estimate if main else None, low, high))
        if low * high <= 0:
            fragile.append(hypothesis_name(name))
    untold = without_result(lacking)
    if not rows:
        return (ProseSpec((untold,)),) if untold else ()
    hanging = {"names": in_words(fragile)} if fragile else {}
    end = Phrase(f"readings.honesty.periods_{'unstable' if fragile else 'stable'}", hanging)
    columns = (
        column("hypothesis", row_header=True),
        ColumnSpec(Phrase("tables.honesty.periods.result"), "d2"),
        _heading("least", "d2"),
        _heading("most", "d2"),
    )
    caption, note = Phrase("tables.honesty.periods.caption"), Phrase("tables.honesty.periods.note")
    table = TableSpec("tbl-periods-out", caption, columns, tuple(rows), note)
    return ProseSpec(((Phrase("readings.honesty.periods"), end, *untold),)), table


def _permutations(findings: Findings) -> tuple[Exhibit, ...]:
    rows: list[tuple[Cell, ...]] = []
    for name in findings.spec.hypotheses:
        term = f"{name}.permutation.customer_level"
        wrong, right = findings.estimate(term), findings.estimate(f"{term}.units")
        if wrong is not None and right is not None:
            rows.append((hypothesis_name(name), wrong.n_units, wrong.estimate, wrong.p_value, right.p_value))
    if not rows:
        return (ProseSpec(((Phrase("readings.honesty.no_customers"),),)),)
    columns = (
        column("hypothesis", row_header=True),
        column("n_units", "n"),
        _heading("r_customers", "r2"),
        _heading("wrong", "p"),
        _heading("right", "p"),
    )
    caption, note = Phrase("tables.honesty.permutation.caption"), Phrase("tables.honesty.permutation.note")
    table = TableSpec("tbl-permutations", caption, columns, tuple(rows), note)
    return ProseSpec(((Phrase("readings.honesty.permutation"),),)), table
