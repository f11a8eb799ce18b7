"""Which touchpoints matter most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cxresearch.exhibits.columns import measure_label, reason
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import dots
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_words, references
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.inference.multiplicity import holm
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate


@dataclass(frozen=True)
class _Outcome:
    """One overall score: its measure, R^2, each touchpoint's share and the differences between them."""

    measure: str
    r2: Estimate
    kind: str
    shares: dict[str, Estimate]
    pairs: dict[tuple[str, str], Estimate]


def drivers(findings: Findings) -> tuple[Exhibit, ...]:
    """Each touchpoint's share of the overall scores, and which touchpoints can be told apart."""
    if "drivers" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.drivers.left_out"),),)),)
    asked = [m for m in findings.spec.measures if f"driver.{m}.r2" in findings.results]
    outcomes = [found for measure in asked if (found := _outcome(findings, measure))]
    untold = tuple(
        Phrase("readings.drivers.not_estimable", {"count": 1, "measure": measure_label(findings, m), "why": why})
        for m in asked
        if (why := reason(findings.result(f"driver.{m}.r2")))
    )
    if not outcomes:
        return (ProseSpec((untold or (Phrase("readings.drivers.none"),),)),)
    figures = _figures(findings, outcomes)
    read = Phrase("readings.drivers.read", {"exhibits": references([figure.id for figure in figures])})
    gap = _gap(findings, outcomes)
    check = () if gap is None else (Phrase("readings.drivers.johnson", {"gap": gap}),)
    said = tuple(tuple(_said(findings, outcome)) for outcome in outcomes)
    return (ProseSpec(((Phrase("readings.drivers.what"), *untold), *said, (read, *check))), *figures)


def _outcome(findings: Findings, measure: str) -> _Outcome | None:
    term = f"driver.{measure}"
    r2 = findings.estimate(f"{term}.r2")
    if r2 is None:
        return None
    found = {r.term.removeprefix(f"{term}."): r for r in findings.under(term) if isinstance(r, Estimate)}
    kind = "lmg" if any(part.endswith(".lmg") for part in found) else "johnson"
    shares = {part.removesuffix(f".{kind}"): one for part, one in found.items() if part.endswith(f".{kind}")}
    pairs = {
        (first, second): one for part, one in found.items() for first, _, second in [part.partition(".less.")] if second
    }
    return _Outcome(measure, r2, kind, shares, pairs)


def item_label(findings: Findings, item: str) -> Label | str:
    """What a touchpoint is called: its own label in the codebook."""
    return next((v.label for v in findings.codebook.variables if v.name == item), item)


def _said(findings: Findings, outcome: _Outcome) -> Iterator[Text]:
    top = max(outcome.shares, key=lambda item: outcome.shares[item].estimate)
    yield Phrase(
        "readings.drivers.together",
        {
            "measure": measure_label(findings, outcome.measure),
            "r2": outcome.r2.estimate,
            "level": outcome.r2.conf_level,
            "low": outcome.r2.conf_low,
            "high": outcome.r2.conf_high,
            "n": outcome.r2.n_respondents,
            "top": item_label(findings, top),
            "share": outcome.shares[top].estimate,
        },
    )
    told = told_apart(outcome.pairs, 1 - findings.spec.criteria.level)
    if not told:
        yield Phrase("readings.drivers.not_apart", {"pairs": len(outcome.pairs)})
        return
    names = [
        Phrase("readings.drivers.pair", {"more": item_label(findings, more), "less": item_label(findings, less)})
        for more, less in told
    ]
    yield Phrase("readings.drivers.apart", {"pairs": len(outcome.pairs), "names": in_words(names)})
    if len(told) < len(outcome.pairs):
        yield Phrase("readings.drivers.order")


def told_apart(pairs: dict[tuple[str, str], Estimate], alpha: float) -> list[tuple[str, str]]:
    """Pairs (greater, smaller) that differ after Holm's adjustment over all pairs."""
    adjusted = holm({f"{place}": one.p_value for place, one in enumerate(pairs.values())})
    clear = [p is not None and p < alpha for p in adjusted.values()]
    return [
        (first, second) if one.estimate > 0 else (second, first)
        for ((first, second), one), told in zip(pairs.items(), clear, strict=True)
        if told
    ]


def _figures(findings: Findings, outcomes: list[_Outcome]) -> list[FigureSpec]:
    """As many overall scores side by side as there is room for; rows are the touchpoints in the codebook's order."""
    at_once = dots.MOST_PANELS
    figures = []
    for place, start in enumerate(range(0, len(outcomes), at_once), start=1):
        part = outcomes[start : start + at_once]
        items = list(dict.fromkeys(item for outcome in part for item in outcome.shares))[: dots.MOST_ROWS]
        panels = [
            (
                measure_label(findings, outcome.measure),
                [findings.result(f"driver.{outcome.measure}.{item}.{outcome.kind}") for item in items],
            )
            for outcome in part
        ]
        labels = [item_label(findings, item) for item in items]
        caption = Phrase("tables.drivers.figure")
        figures.append(dots.spec(labels, panels, figure_id=f"fig-drivers-{place}", caption=caption))
    return figures


def _gap(findings: Findings, outcomes: list[_Outcome]) -> float | None:
    """The largest difference between Johnson's weights and the LMG shares; None where only one of them is known."""
    gaps = [
        abs(share.estimate - other.estimate)
        for outcome in outcomes
        if outcome.kind == "lmg"
        for item, share in outcome.shares.items()
        if (other := findings.estimate(f"driver.{outcome.measure}.{item}.johnson"))
    ]
    return max(gaps) if gaps else None
