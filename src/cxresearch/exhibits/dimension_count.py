"""How many dimensions each questionnaire has: parallel analysis, aptness for factoring, the general factor."""

from __future__ import annotations

from cxresearch.exhibits.columns import source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import eigenvalues
from cxresearch.exhibits.listing import without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

_APT, _ENOUGH = 0.80, 0.60
"""Kaiser's marks: from the first on items are well suited to factor analysis, from the second on sufficiently."""
_ONE_SCORE = 0.80
"""From this omega hierarchical on the total may be read as one score."""


def dimension_count(findings: Findings) -> tuple[Exhibit, ...]:
    """For each source with scales: a sentence on its dimensions and a figure of the eigenvalues."""
    sources = [s for s in findings.spec.sources if f"questionnaire.{s}.parallel_factors" in findings.results]
    found = {s: findings.result(f"questionnaire.{s}.parallel_factors") for s in sources}
    exhibits: list[Exhibit] = []
    for source, result in found.items():
        if isinstance(result, Estimate):
            exhibits += _of_source(findings, source, result, first=not exhibits)
    untold = without_result(
        (source_label(findings, source), result) for source, result in found.items() if not _grain(result)
    )
    return (*exhibits, ProseSpec((untold,))) if untold else tuple(exhibits)


def _grain(result: Result) -> bool:
    """Whether the data hold no respondents' answers, which the scales' own sentence says already."""
    return isinstance(result, NotEstimable) and result.reason.startswith("measurement.grain_")


def declared_scales(findings: Findings, source: str) -> int:
    """How many scales of several items the plan takes from a source."""
    items: dict[str, int] = {}
    for variable in findings.codebook.variables:
        if variable.source == source and variable.role == "item" and variable.scale:
            items[variable.scale] = items.get(variable.scale, 0) + 1
    used = {spec.scale for spec in findings.spec.measures.values() if spec.scale}
    return sum(scale in used and count > 1 for scale, count in items.items())


def _of_source(findings: Findings, source: str, factors: Estimate, *, first: bool) -> tuple[Exhibit, ...]:
    term, figure_id = f"questionnaire.{source}", f"fig-eigenvalues-{source.replace('_', '-')}"
    components = findings.estimate(f"{term}.parallel_components")
    counts = {"factor": int(factors.estimate), "component": int(components.estimate) if components else 0}
    rows = findings.frames["parallel"]
    values: dict[str, Text] = {"source": source_label(findings, source)}
    figure = eigenvalues.spec(
        rows[rows["source"] == source],
        counts,
        survey=values["source"],
        figure_id=figure_id,
        caption=Phrase("tables.reliability.figure_eigenvalues", values),
    )
    scales = declared_scales(findings, source)
    shown = {"count": counts["factor"], "components": counts["component"], "figure": figure_id}
    agreement = "as_declared" if counts["factor"] == scales else "more" if counts["factor"] > scales else "fewer"
    said: list[Text] = [
        *([Phrase("readings.reliability.parallel_what")] if first else []),
        Phrase("readings.reliability.items", {"count": scales, "items": factors.n_items, **values}),
        Phrase("readings.reliability.parallel", shown),
        *([Phrase(f"readings.reliability.{agreement}")] if scales else []),
        *_apt(findings, term),
    ]
    general = _general(findings, term)
    return (ProseSpec((tuple(said), general) if general else (tuple(said),)), figure)


def _apt(findings: Findings, term: str) -> list[Text]:
    kmo, test = findings.estimate(f"{term}.kmo"), findings.estimate(f"{term}.bartlett")
    if kmo is None or test is None:
        return []
    kind = "well" if kmo.estimate >= _APT else "enough" if kmo.estimate >= _ENOUGH else "poorly"
    values = {"kmo": kmo.estimate, "chi2": test.estimate, "df": test.df, "p": test.p_value}
    return [Phrase(f"readings.reliability.apt_{kind}", values)]


def _general(findings: Findings, term: str) -> tuple[Text, ...]:
    general, total = findings.estimate(f"{term}.omega_h"), findings.estimate(f"{term}.omega_t")
    if general is None or total is None:
        return ()
    values = {"general": general.estimate, "total": total.estimate, "mark": _ONE_SCORE}
    said: list[Text] = [Phrase("readings.reliability.general", values)]
    if general.conf_low is not None and general.conf_high is not None:
        ends = {"low": general.conf_low, "high": general.conf_high, "level": general.conf_level}
        said = [Phrase("readings.reliability.general_interval", values | ends)]
    said.append(Phrase(f"readings.reliability.{'one' if general.estimate >= _ONE_SCORE else 'several'}_score", values))
    if "reliability.two_factors" in general.health:
        said.append(Phrase("health.reliability.two_factors"))
    if "reliability.heywood" in general.health:
        said.append(Phrase("health.reliability.heywood"))
    return tuple(said)
