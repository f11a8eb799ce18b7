"""The abstract: aim, data, methods, result and conclusion, from the findings."""

from __future__ import annotations

from cxresearch.exhibits.columns import hypothesis_values
from cxresearch.exhibits.conclusions import answer, conclusions, verdict_key
from cxresearch.exhibits.latent import uninformative
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate


def abstract(findings: Findings) -> ProseSpec:
    """One paragraph each on aim, data, result and conclusion."""
    return ProseSpec((_aim(findings), _data(findings), _result(findings), _conclusion(findings)))


def _aim(findings: Findings) -> tuple[Text, ...]:
    return (Phrase("readings.abstract.aim"), Phrase("readings.abstract.plan", {"count": len(findings.spec.hypotheses)}))


def _data(findings: Findings) -> tuple[Text, ...]:
    counts = [findings.estimate(f"{hypothesis}.n") for hypothesis in findings.spec.hypotheses]
    units = max((found.estimate for found in counts if found), default=0)
    periods = findings.panels["period"].replace("", None).nunique()
    kind = "waves" if periods > 1 else "one_wave"
    values = {"count": int(units), "sources": len(findings.sources), "periods": int(periods)}
    return (Phrase(f"readings.abstract.{kind}", values), Phrase("readings.abstract.methods"))


def _result(findings: Findings) -> tuple[Text, ...]:
    sentences: list[Text] = []
    for verdict in findings.verdicts:
        found = findings.result(f"{verdict.hypothesis}.pearson")
        if verdict.exploratory or not isinstance(found, Estimate):
            continue
        values: dict[str, object] = {
            "r": found.estimate,
            "low": found.conf_low,
            "high": found.conf_high,
            "level": found.conf_level,
            "verdict": Phrase(f"readings.abstract.verdict.{verdict_key(verdict)}"),
        }
        values |= hypothesis_values(findings, verdict.hypothesis)
        told = findings.estimate(f"{verdict.hypothesis}.latent")
        if told is not None and not uninformative(told):
            values |= {"rho": told.estimate, "low": told.conf_low, "high": told.conf_high}
            key = f"readings.latent.abstract.{'next' if sentences else 'first'}"
        else:
            key = "readings.abstract.result" if sentences else "readings.abstract.first_result"
        sentences.append(Phrase(key, values))
    return tuple(sentences) or tuple(answer(findings, verdict) for verdict in findings.verdicts)


def _conclusion(findings: Findings) -> tuple[Text, ...]:
    overall = conclusions(findings)[0]
    return overall.paragraphs[0] if isinstance(overall, ProseSpec) else ()
