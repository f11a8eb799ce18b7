"""Careless answers: how many each index flags, and each hypothesis's correlation with and without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cxresearch.inference.correlation import pearson
from cxresearch.linkage.link import link
from cxresearch.linkage.units import units_of
from cxresearch.screening import Screening, screening_results
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.aggregating import unit_measure
from cxresearch.workflow.measuring import answers_of
from cxresearch.workflow.reading import ReadStudy
from cxresearch.workflow.screened import RULES, Rule, screened, screenings
from cxresearch.workflow.topics.context import Context, Found

SURVEYED = ("employee", "customer")


def screening(context: Context) -> Found:
    """Shares flagged (`screening.<source>.…`) and correlations by version (`<hypothesis>.screening.<version>`).

    The versions differ in who is left out: nobody (`all`), those whom at least two indices flag (`flagged_out`),
    those whom any index flags (`strict`). Nothing tells who was flagged.
    """
    found = screenings(context.study, context.data)
    results: list[Result] = []
    for source, responses in context.data.responses.items():
        if source in found:
            results += screening_results(found[source], source=source, threshold=context.threshold)
        elif responses.side in SURVEYED:
            results.append(NotEstimable(term=f"screening.{source}.flagged", reason="screening.no_respondents"))
    if found:
        results += _versions(context, found)
    return Found(tuple(results))


def _versions(context: Context, found: Mapping[str, Screening]) -> list[Result]:
    """Correlations by hypothesis and version; the data of one version at a time, for they are as large as the data."""
    sources = {name: _sources(context, name) & set(found) for name in context.study.spec.hypotheses}
    asked = [name for name, of_name in sources.items() if of_name]
    known: dict[tuple[str, Rule], Result] = {
        (name, "all"): _correlation(context, context.data, name, f"{name}.screening.all") for name in asked
    }
    for version in RULES[1:]:
        same = {name for name in asked if all(found[source].kept(version).all() for source in sources[name])}
        changed = [name for name in asked if name not in same]
        data = screened(context.study, context.data, version, found) if changed else context.data
        for name in changed:
            known[name, version] = _correlation(context, data, name, f"{name}.screening.{version}")
        for name in same:
            everybody = known[name, "all"].named(f"{name}.screening.{version}")
            told = replace(everybody, health=("screening.unchanged",)) if isinstance(everybody, Estimate) else everybody
            known[name, version] = told
    return [known[name, version] for name in asked for version in RULES]


def _sources(context: Context, hypothesis: str) -> set[str]:
    asked = context.study.spec.hypotheses[hypothesis]
    answers = [one for m in (asked.ex, asked.cx) for one in answers_of(context.study, context.data, m)]
    return {one.responses.source for one in answers}


def _correlation(context: Context, data: ReadStudy, hypothesis: str, term: str) -> Result:
    """Pearson's correlation between unit means as the main analysis links them."""
    study, asked, linked = context.study, context.study.spec.hypotheses[hypothesis], context.linked[hypothesis]
    apart = bool((linked.overall.frame["period"] != "").any())
    measures = [unit_measure(study, data, measure, linked.periods) for measure in (asked.ex, asked.cx)]
    within = [study.spec.measures[m].standardise == "within_period" for m in (asked.ex, asked.cx)]
    panels = [one.by_period if apart else one.overall for one in measures]
    units = units_of(
        link(
            panels[0],
            panels[1],
            min_n=context.threshold,
            periods=linked.periods,
            standardise_ex=within[0],
            standardise_cx=within[1],
        )
    )
    return pearson(units.column("ex"), units.column("cx"), term=term, level=context.level)
