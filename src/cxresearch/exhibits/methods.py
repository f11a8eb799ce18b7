"""The methods in words: sentences for what this study did, none for what it did not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cxresearch.exhibits.method_sentences import analyses_told
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text

BEFORE_UNITS = ("reliability", "structure", "common_method", "comparisons", "drivers")
AFTER_LINKAGE = ("latent", "mixed", "models")


def _sentence(name: str, **values: object) -> Phrase:
    return Phrase(f"readings.methods.{name}", values)


def methods_text(findings: Findings) -> ProseSpec:
    """From answers, scales, units and their association to checks, verdict and privacy, in the order of the report."""
    paragraphs: tuple[Callable[[Findings], tuple[Text, ...]], ...] = (
        partial(analyses_told, paragraph="responses"),
        _scoring,
        *(partial(analyses_told, paragraph=name) for name in BEFORE_UNITS),
        _aggregation,
        _linkage,
        *(partial(analyses_told, paragraph=name) for name in AFTER_LINKAGE),
        _direction,
        partial(analyses_told, paragraph="mechanism"),
        _controls,
        _checks,
        partial(analyses_told, paragraph="honesty"),
        partial(analyses_told, paragraph="combining"),
        _verdict,
        _privacy,
    )
    return ProseSpec(tuple(written for paragraph in paragraphs if (written := paragraph(findings))))


def _estimated(findings: Findings, part: str) -> bool:
    """Whether any hypothesis has an estimate under this end of a term."""
    return any(findings.estimate(f"{name}.{part}") is not None for name in findings.spec.hypotheses)


def _scoring(findings: Findings) -> tuple[Text, ...]:
    measures = findings.spec.measures.values()
    sentences: list[Text] = []
    if any(measure.scale for measure in measures):
        sentences.append(_sentence("scales"))
    sentences += _alpha(findings)
    if any(variable.reversed for variable in findings.codebook.variables):
        sentences.append(_sentence("reversed"))
    sentences += [_sentence(metric) for metric in ("nps", "csat", "ces") if any(m.metric == metric for m in measures)]
    if any(measure.standardise == "within_period" for measure in measures):
        sentences.append(_sentence("standardised"))
    if any(findings.estimate(f"measure.{measure}") for measure in findings.spec.measures):
        sentences.append(_sentence("clustered"))
    return tuple(sentences)


def _alpha(findings: Findings) -> list[Text]:
    """Cronbach's alpha, and how its intervals were computed."""
    found = [findings.estimate(f"scale.{measure}.alpha") for measure in findings.spec.measures]
    ways = {alpha.method == "measurement.alpha_bootstrap" for alpha in found if alpha is not None}
    if not ways:
        return []
    drawn = "bootstrap" if ways == {True} else "feldt" if ways == {False} else "both"
    return [_sentence("alpha"), _sentence(f"alpha_{drawn}")]


def _aggregation(findings: Findings) -> tuple[Text, ...]:
    grains = {source.grain for source in findings.spec.sources.values()}
    sentences: list[Text] = [_sentence("units")]
    if any(findings.estimate(f"unit.{measure}.icc1") for measure in findings.spec.measures):
        sentences.append(_sentence("icc_rwg"))
    sentences += analyses_told(findings, "agreement")
    if "respondents" in grains:
        sentences.append(_sentence("repeated"))
    if "unit_scores" in grains:
        sentences.append(_sentence("unit_scores"))
    return tuple(sentences)


def _linkage(findings: Findings) -> tuple[Text, ...]:
    sentences: list[Text] = [_sentence("association", level=findings.spec.criteria.level)]
    parts = ("weighted", "disattenuated", "ols", "mixed")
    return (*sentences, *(_sentence(part) for part in parts if _estimated(findings, part)))


def _checks(findings: Findings) -> tuple[Text, ...]:
    sentences: list[Text] = []
    if _estimated(findings, "permutation"):
        sentences.append(_sentence("permutation", draws=findings.spec.resampling.permutations))
    if _estimated(findings, "leave_one_out.low"):
        sentences.append(_sentence("leave_one_out"))
    if _estimated(findings, "mde"):
        sentences.append(_sentence("detectable", power=findings.spec.criteria.power))
    return tuple(sentences)


def _direction(findings: Findings) -> tuple[Text, ...]:
    sentences: list[Text] = []
    if _estimated(findings, "lagged"):
        sentences.append(_sentence("lagged"))
    if _estimated(findings, "within"):
        sentences.append(_sentence("within"))
    return (*sentences, *analyses_told(findings, "change"))


def _controls(findings: Findings) -> tuple[Text, ...]:
    if any(hypothesis.controls for hypothesis in findings.spec.hypotheses.values()):
        return (_sentence("controls"),)
    return ()


def _verdict(findings: Findings) -> tuple[Text, ...]:
    criteria = findings.spec.criteria
    sentences: list[Text] = [_sentence("verdict"), _sentence("equivalence", effect=criteria.smallest_effect)]
    if sum(hypothesis.confirmatory for hypothesis in findings.spec.hypotheses.values()) > 1:
        sentences.append(_sentence("multiplicity"))
    return tuple(sentences)


def _privacy(findings: Findings) -> tuple[Text, ...]:
    return (
        _sentence("privacy", threshold=findings.spec.privacy.min_respondents),
        _sentence("software", version=findings.provenance.code_version, seed=str(findings.provenance.seed)),
    )
