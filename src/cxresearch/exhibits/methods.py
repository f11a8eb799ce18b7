"""The methods in words: sentences for what this study did, none for what it did not."""

from __future__ import annotations

from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text


def _sentence(name: str, **values: object) -> Phrase:
    return Phrase(f"readings.methods.{name}", values)


def methods_text(findings: Findings) -> ProseSpec:
    """Scoring, reliability, aggregation, linkage, direction, controls, verdict, privacy and software, in this order."""
    paragraphs = (_scoring, _aggregation, _linkage, _direction, _verdict, _privacy)
    return ProseSpec(tuple(paragraph(findings) for paragraph in paragraphs if paragraph(findings)))


def _scoring(findings: Findings) -> tuple[Text, ...]:
    measures = findings.spec.measures.values()
    sentences: list[Text] = []
    if any(measure.scale for measure in measures):
        sentences += [_sentence("scales"), _sentence("alpha")]
    if any(variable.reversed for variable in findings.codebook.variables):
        sentences.append(_sentence("reversed"))
    sentences += [_sentence(metric) for metric in ("nps", "csat", "ces") if any(m.metric == metric for m in measures)]
    if any(measure.standardise == "within_period" for measure in measures):
        sentences.append(_sentence("standardised"))
    return (*sentences, _sentence("clustered"))


def _aggregation(findings: Findings) -> tuple[Text, ...]:
    grains = {source.grain for source in findings.spec.sources.values()}
    sentences: list[Text] = [_sentence("units")]
    if "respondents" in grains:
        sentences.append(_sentence("icc_rwg"))
    if "unit_scores" in grains:
        sentences.append(_sentence("unit_scores"))
    return tuple(sentences)


def _linkage(findings: Findings) -> tuple[Text, ...]:
    draws = findings.spec.resampling.permutations
    return (
        _sentence("association", level=findings.spec.criteria.level),
        _sentence("models"),
        _sentence("permutation", draws=draws),
        _sentence("leave_one_out"),
    )


def _direction(findings: Findings) -> tuple[Text, ...]:
    sentences: list[Text] = []
    if findings.panels["period"].nunique() > 1:
        sentences.append(_sentence("lagged"))
    if any(hypothesis.controls for hypothesis in findings.spec.hypotheses.values()):
        sentences.append(_sentence("controls"))
    return tuple(sentences)


def _verdict(findings: Findings) -> tuple[Text, ...]:
    criteria = findings.spec.criteria
    return (_sentence("verdict"), _sentence("equivalence", effect=criteria.smallest_effect), _sentence("multiplicity"))


def _privacy(findings: Findings) -> tuple[Text, ...]:
    return (
        _sentence("privacy", threshold=findings.spec.privacy.min_respondents),
        _sentence("software", version=findings.provenance.code_version, seed=str(findings.provenance.seed)),
    )
