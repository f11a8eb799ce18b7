"""Exhibits of the last chapter: verdicts, what they rest on, and the answers in words."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.exhibits.columns import column, hypothesis_name, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import verdict as verdict_figure
from cxresearch.exhibits.figures.verdict_rows import VerdictRow, verdict_row
from cxresearch.exhibits.listing import in_words, pointing
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Result
from cxresearch.verdict import DESIGNS, Ground, Limit, Verdict


def verdicts(findings: Findings) -> tuple[Exhibit, ...]:
    """The verdict panel and one sentence per hypothesis."""
    rows = [_row(findings, verdict) for verdict in findings.verdicts]
    figures = verdict_figure.pages(rows, findings.spec.criteria.smallest_effect)
    sentences = tuple((answer(findings, verdict),) for verdict in findings.verdicts)
    pointer = pointing("readings.verdict.figure", [figure.id for figure in figures])
    return ProseSpec(((pointer,),)), *figures, ProseSpec(sentences)


def _row(findings: Findings, verdict: Verdict) -> VerdictRow:
    statement = findings.spec.hypotheses[verdict.hypothesis].statement.label()
    name = hypothesis_name(verdict.hypothesis)
    named = Phrase("readings.verdict.statement", {"name": name, "statement": statement})
    return verdict_row(verdict, named, _size(findings, verdict.hypothesis))


def _size(findings: Findings, hypothesis: str) -> Result:
    primary = findings.spec.hypotheses[hypothesis].primary
    return findings.result(f"{hypothesis}.{DESIGNS[primary].size}")


def verdict_key(verdict: Verdict) -> str:
    """The verdict's code in the catalogues of readings: with its reservations if it has any."""
    return verdict.verdict + ("_reserved" if verdict.reserved else "")


def answer(findings: Findings, verdict: Verdict) -> Phrase:
    """One hypothesis' verdict, with the hypothesis as it was declared."""
    name = {"name": hypothesis_name(verdict.hypothesis)}
    values = {
        "heading": Phrase(f"readings.verdict.heading.{verdict_key(verdict)}", name),
        "statement": findings.spec.hypotheses[verdict.hypothesis].statement.label(),
        "sentence": verdict.sentence(),
    }
    return Phrase("readings.verdict.answer", values)


def _ground_text(findings: Findings, verdict: Verdict, ground: Ground | Limit) -> Phrase:
    phrase = ground.phrase()
    if ground.code == "p_adjusted" and verdict.exploratory:
        others = sum(other.exploratory for other in findings.verdicts) > 1
        phrase = Phrase(phrase.key.replace(".p_adjusted.", ".p_explored." if others else ".p_own."), phrase.values)
    control = phrase.values.get("control")
    if control is None:
        return phrase
    return Phrase(phrase.key, {**phrase.values, "control": measure_label(findings, str(control))})


def _asked(verdict: Verdict) -> tuple[Ground, ...]:
    """The grounds that this verdict rests on: equivalence only where no effect was found."""
    found = verdict.verdict in ("supported", "contradicted")
    hidden = {"opposite", "equivalence"} if found else {"opposite"}
    return tuple(ground for ground in verdict.grounds if ground.code not in hidden)


def grounds(findings: Findings) -> tuple[Exhibit, ...]:
    """For each hypothesis a paragraph of limits and a table of grounds."""
    exhibits: list[Exhibit] = []
    tables: list[str] = []
    for verdict in findings.verdicts:
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (_ground_text(findings, verdict, ground), _met(ground)) for ground in _asked(verdict)
        )
        name = hypothesis_name(verdict.hypothesis)
        table = TableSpec(
            f"tbl-grounds-{verdict.hypothesis.replace('_', '-')}",
            Phrase("tables.grounds.caption", {"hypothesis": name}),
            (column("ground", row_header=True), column("met")),
            rows,
        )
        tables.append(table.id)
        exhibits.append(table)
        limits: tuple[Text, ...] = tuple(_ground_text(findings, verdict, limit) for limit in verdict.limits)
        if limits:
            exhibits.append(ProseSpec(((Phrase("readings.verdict.limits", {"name": name}), *limits),)))
    if not tables:
        return ()
    return ProseSpec(((pointing("readings.verdict.grounds", tables),),)), *exhibits


def _met(ground: Ground) -> Text:
    return Phrase("tables.yes_no." + {True: "yes", False: "no", None: "unknown"}[ground.met])


def conclusions(findings: Findings) -> tuple[Exhibit, ...]:
    """The overall answer: what the confirmatory hypotheses say together."""
    confirmatory = [v for v in findings.verdicts if not v.exploratory]
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
    values: dict[str, object] = {"count": len(confirmatory), "supported": counted["supported"]}
    if counted["supported"]:
        values |= {"names": _names(confirmatory)}
    meaning = tuple(Phrase(f"readings.overall.{name}") for name in _meanings(findings))
    said = (Phrase(f"readings.overall.{overall}", values), *_reservation(findings))
    return (ProseSpec((said, meaning)),)


def _reservation(findings: Findings) -> tuple[Phrase, ...]:
    """Whose effect a negative control shows, or may show, a part of."""
    names = [hypothesis_name(verdict.hypothesis) for verdict in findings.verdicts if verdict.reserved]
    if not names:
        return ()
    return (Phrase("readings.overall.reservation", {"count": len(names), "names": in_words(names)}),)


def _meanings(findings: Findings) -> Iterator[str]:
    """What support does and does not say, as far as this study needs to hear it."""
    decided = {verdict.verdict for verdict in findings.verdicts}
    if "supported" in decided:
        yield "support"
    yield "experiment"
    if "inconclusive" in decided:
        yield "open"
    if "no_meaningful_effect" in decided:
        yield "negligible"


def _names(verdicts: list[Verdict]) -> Text:
    return in_words([hypothesis_name(verdict.hypothesis) for verdict in verdicts if verdict.verdict == "supported"])
