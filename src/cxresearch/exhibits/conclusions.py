"""Exhibits of the last chapter: verdicts, what they rest on, and the answers in words."""

from __future__ import annotations

from cxresearch.exhibits.columns import column, hypothesis_name, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import verdict as verdict_figure
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Result
from cxresearch.verdict import DESIGNS, Ground, Limit, Verdict

ROWS_A_FIGURE = 6


def verdicts(findings: Findings) -> tuple[Exhibit, ...]:
    """The verdict panel and one sentence per hypothesis."""
    rows = [_row(findings, verdict) for verdict in findings.verdicts]
    smallest = findings.spec.criteria.smallest_effect
    figures: list[Exhibit] = []
    for start in range(0, len(rows), ROWS_A_FIGURE):
        number = start // ROWS_A_FIGURE + 1
        figures.append(
            verdict_figure.spec(rows[start : start + ROWS_A_FIGURE], smallest, figure_id=f"fig-verdicts-{number}")
        )
    sentences = tuple((answer(findings, verdict),) for verdict in findings.verdicts)
    return (*figures, ProseSpec(sentences))


def _row(findings: Findings, verdict: Verdict) -> verdict_figure.VerdictRow:
    criteria = tuple((Phrase(f"verdict.short.{ground.code}"), ground.met) for ground in _criteria(verdict))
    return verdict_figure.VerdictRow(
        statement=Phrase(
            "readings.verdict.statement",
            {
                "name": hypothesis_name(verdict.hypothesis),
                "statement": findings.spec.hypotheses[verdict.hypothesis].statement.label(),
            },
        ),
        verdict=verdict.verdict,
        primary=_size(findings, verdict.hypothesis),
        criteria=criteria,
    )


def _criteria(verdict: Verdict) -> tuple[Ground, ...]:
    """The grounds that make or break a verdict; the opposite direction and equivalence only where they decide."""
    if verdict.verdict == "not_testable":
        return tuple(ground for ground in verdict.grounds if not ground.met)
    gates = ("separate_sources", "enough_units", "estimable")
    decisive = {"no_meaningful_effect": "equivalence", "contradicted": "opposite"}.get(verdict.verdict)
    hidden = {"opposite", "equivalence", *gates} - {decisive}
    return tuple(ground for ground in verdict.grounds if ground.code not in hidden)


def _size(findings: Findings, hypothesis: str) -> Result:
    primary = findings.spec.hypotheses[hypothesis].primary
    return findings.result(f"{hypothesis}.{DESIGNS[primary].size}")


def answer(findings: Findings, verdict: Verdict) -> Phrase:
    """One hypothesis' verdict as a sentence that names it."""
    declared = findings.spec.hypotheses[verdict.hypothesis]
    values = {
        "name": hypothesis_name(verdict.hypothesis),
        "ex": measure_label(findings, declared.ex),
        "cx": measure_label(findings, declared.cx),
        "word": verdict.word(),
        "sentence": verdict.sentence(),
    }
    return Phrase("readings.verdict.answer", values)


def _ground_text(findings: Findings, ground: Ground | Limit) -> Phrase:
    phrase = ground.phrase()
    control = phrase.values.get("control")
    if control is None:
        return phrase
    return Phrase(phrase.key, {**phrase.values, "control": measure_label(findings, str(control))})


def grounds(findings: Findings) -> tuple[Exhibit, ...]:
    """For each hypothesis a table of grounds and a paragraph of limits."""
    exhibits: list[Exhibit] = []
    for verdict in findings.verdicts:
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (_ground_text(findings, ground), _met(ground)) for ground in verdict.grounds if ground.code != "opposite"
        )
        exhibits.append(
            TableSpec(
                f"tbl-grounds-{verdict.hypothesis.replace('_', '-')}",
                Phrase("tables.grounds.caption", {"hypothesis": hypothesis_name(verdict.hypothesis)}),
                (column("ground", row_header=True), column("met")),
                rows,
            )
        )
        limits: tuple[Text, ...] = tuple(_ground_text(findings, limit) for limit in verdict.limits)
        if limits:
            name = {"name": hypothesis_name(verdict.hypothesis)}
            exhibits.append(ProseSpec(((Phrase("readings.verdict.limits", name), *limits),)))
    return tuple(exhibits)


def _met(ground: Ground) -> Text:
    return Phrase("tables.yes_no." + {True: "yes", False: "no", None: "unknown"}[ground.met])


def conclusions(findings: Findings) -> tuple[Exhibit, ...]:
    """The overall answer: what the confirmatory hypotheses say together."""
    confirmatory = [v for v in findings.verdicts if findings.spec.hypotheses[v.hypothesis].confirmatory]
    counted = {word: sum(v.verdict == word for v in confirmatory) for word in ("supported", "contradicted")}
    if not confirmatory:
        overall = "none_declared"
    elif counted["supported"] == len(confirmatory):
        overall = "all_supported"
    elif counted["supported"]:
        overall = "some_supported"
    elif all(v.verdict == "not_testable" for v in confirmatory):
        overall = "not_testable"
    else:
        overall = "none_supported"
    values = {"count": len(confirmatory), "supported": counted["supported"], "names": _names(confirmatory)}
    first = (Phrase(f"readings.overall.{overall}", values),)
    return (ProseSpec((first, (Phrase("readings.overall.meaning"),))),)


def _names(verdicts: list[Verdict]) -> str:
    return ", ".join(hypothesis_name(verdict.hypothesis) for verdict in verdicts if verdict.verdict == "supported")
