"""Through what: each declared mediator in words and as a diagram, and a table of the paths."""

from __future__ import annotations

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values, measure_label, reason
from cxresearch.exhibits.effects import effect_table
from cxresearch.exhibits.estimates import Row
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import paths
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable

_ROWS = ("a", "b", "direct", "total", "indirect", "indirect.bootstrap", "indirect.sobel")


def mediations(findings: Findings) -> tuple[Exhibit, ...]:
    """Every mediation of every hypothesis, and which hypotheses declared none."""
    exhibits: list[Exhibit] = []
    rows: list[Row] = []
    missing: list[tuple[Text, NotEstimable]] = []
    for name, hypothesis in findings.spec.hypotheses.items():
        for mediator in hypothesis.mediators:
            found = findings.result(f"{name}.mediation.{mediator}.indirect")
            if isinstance(found, NotEstimable):
                missing.append((measure_label(findings, mediator), found))
                continue
            exhibits += _mediation(findings, name, mediator, found)
            label = {"mediator": measure_label(findings, mediator)}
            term = f"{name}.mediation.{mediator}"
            rows += [
                (name, Phrase(f"tables.mechanism.mediation.{part.replace('.', '_')}", label), result)
                for part in _ROWS
                if isinstance(result := findings.result(f"{term}.{part}"), Estimate)
            ]
    without = [hypothesis_name(name) for name, h in findings.spec.hypotheses.items() if not h.mediators]
    table = effect_table(findings, rows, table_id="tbl-mediation", texts="tables.mechanism.mediation")
    said: list[Text] = [Phrase("readings.mechanism.role"), Phrase("readings.mechanism.mediation.what")]
    if without:
        values = {"count": len(without), "names": in_words(without)}
        said.append(Phrase("readings.mechanism.mediation.none", values))
    said += without_result(missing)
    closing: tuple[Exhibit, ...] = ()
    if table:
        ending = (Phrase("readings.mechanism.mediation.read"), Phrase("readings.mechanism.mediation.table"))
        closing = (ProseSpec((ending,)), table)
    return ProseSpec((tuple(said),)), *exhibits, *closing


def _mediation(findings: Findings, name: str, mediator: str, indirect: Estimate) -> list[Exhibit]:
    term = f"{name}.mediation.{mediator}"
    values: dict[str, Text] = {**hypothesis_values(findings, name), "mediator": measure_label(findings, mediator)}
    figure = paths.spec(
        {path: findings.result(f"{term}.{path}") for path in paths.PATHS},
        ex=values["ex"],
        mediator=values["mediator"],
        cx=values["cx"],
        figure_id=f"fig-mediation-{name}-{mediator}".replace("_", "-"),
    )
    total, direct = (findings.estimate(f"{term}.{part}") for part in ("total", "direct"))
    numbers = {
        "figure": figure.id,
        "indirect": sized(indirect.estimate),
        "interval": sized_interval(indirect),
        "level": indirect.conf_level,
        "p": indirect.p_value,
        "total": sized(total.estimate) if total else Phrase("readings.unknown"),
        "direct": sized(direct.estimate) if direct else Phrase("readings.unknown"),
    }
    kind = "clear" if indirect.excludes(0) else "unclear"
    sentence = Phrase(f"readings.mechanism.mediation.{kind}", {**values, **numbers})
    return [ProseSpec(((sentence, _share(findings, term), _sources(indirect)),)), figure]


def _share(findings: Findings, term: str) -> Phrase:
    found = findings.result(f"{term}.proportion")
    if isinstance(found, NotEstimable):
        return Phrase("readings.mechanism.mediation.no_share", {"why": reason(found)})
    ends = {"low": found.conf_low, "high": found.conf_high}
    return Phrase("readings.mechanism.mediation.share", {"share": found.estimate, **ends})


def _sources(indirect: Estimate) -> Phrase:
    kind = "apart"
    if "mechanism.mediator_shares_outcome" in indirect.health:
        kind = "same_customers"
    elif "mechanism.mediator_shares_predictor" in indirect.health:
        kind = "same_employees"
    return Phrase(f"readings.mechanism.mediation.{kind}")
