"""Which analysis has which sentence in the methods: a sentence is told if the run has a result of that analysis."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

HYPOTHESIS = "H"
"""Stands for every hypothesis in the patterns of terms; no id has a capital letter."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence `readings.methods.<paragraph>.<key>` and the results that it speaks of.

    Attributes
    ----------
    terms : patterns of terms (`*` for any part). methods : patterns of the results' methods, without their topic.
    """

    key: str
    terms: tuple[str, ...]
    methods: tuple[str, ...] = ("*",)


ESTIMATORS = ("H.cr2", "H.wild", "H.cluster_bootstrap", "H.gee", "H.wls")
"""Other ways to the slope over customers."""

PARAGRAPHS: dict[str, tuple[Told, ...]] = {
    "responses": (
        Told("rates", ("response.*.rr1", "response.*.rr2")),
        Told("late", ("nonresponse.*.early_late",)),
        Told("rate_score", ("nonresponse.*.rate_score",)),
        Told("weights", ("weights.*.n_eff",)),
        Told("screening", ("screening.*.flagged",)),
        Told("screening_versions", ("H.screening.flagged_out", "H.screening.strict")),
    ),
    "reliability": (
        Told("omega", ("scale.*.omega",)),
        Told("omega_bootstrap", ("scale.*.omega",), ("one_factor_bootstrap",)),
        Told("omega_delta", ("scale.*.omega",), ("one_factor_delta",)),
        Told("lambda6", ("scale.*.lambda6",)),
        Told("ordinal_alpha", ("scale.*.ordinal_alpha",)),
        Told("two_level_omega", ("scale.*.omega_within", "scale.*.omega_between")),
    ),
    "structure": (
        Told("parallel", ("questionnaire.*.parallel_components", "questionnaire.*.parallel_factors")),
        Told("suitability", ("questionnaire.*.kmo", "questionnaire.*.bartlett")),
        Told("omega_h", ("questionnaire.*.omega_h",)),
        Told("cfa", ("cfa.*.chi2",)),
        Told("cfa_missing", ("cfa.*.chi2",), ("*fiml*",)),
        Told("cfa_robust", ("cfa.*.chi2",), ("mlr", "mlr_fiml")),
        Told("cfa_clustered", ("cfa.*.chi2",), ("*_clustered",)),
        Told("one_factor", ("cfa.*.one_factor.chi2",)),
        Told("htmt", ("validity.*.htmt.*",)),
        Told("fornell_larcker", ("validity.*.fornell_larcker.*",)),
        Told("invariance", ("invariance.*.reached",)),
        Told("partial", ("invariance.*.partial.*",)),
        Told("scaled_difference", ("cfa.*.difference", "invariance.*.difference"), ("scaled_difference",)),
    ),
    "common_method": (
        Told("split_sample", ("common_method.*.split_sample",)),
        Told("marker", ("common_method.*.marker",)),
        Told("harman", ("questionnaire.*.harman",)),
    ),
    "comparisons": (
        Told("waves", ("compare.*",), ("difference_shared_units",)),
        Told("units", ("compare.*.units.holm",)),
        Told("detectable", ("mdd.*",)),
        Told("alternatives", ("alternatives.*",)),
    ),
    "drivers": (Told("lmg", ("driver.*.lmg",)), Told("johnson", ("driver.*.johnson",))),
    "agreement": (
        Told("other_indices", ("unit.*.ad.mean", "unit.*.awg.mean")),
        Told("random_responders", ("aggregation.*.random_responders",)),
        Told("decision", ("aggregation.*.decision",)),
    ),
    "latent": (
        Told("two_source", ("H.latent",)),
        Told("finite", ("H.latent.fpc",)),
        Told("adjusted", ("H.latent.adjusted",)),
        Told("explained", ("H.latent.explained",)),
        Told("contextual", ("H.contextual.*.effect",)),
    ),
    "mixed": (
        Told("variance", ("variance.*.unit",)),
        Told("employees", ("H.within_between.within",), ("employee_within_between",)),
        Told("periods", ("H.within_between.within",), ("period_within_between",)),
        Told("random_slope", ("H.random_slope",)),
        Told("group_slope", ("H.group_slope",)),
        Told("cross_level", ("H.cross_level.*",)),
    ),
    "models": (
        Told("ways", ESTIMATORS),
        Told("cr2", ("H.cr2",)),
        Told("wild_signs", ("H.wild",), ("wild_rademacher*",)),
        Told("wild_webb", ("H.wild",), ("wild_webb*",)),
        Told("cluster_bootstrap", ("H.cluster_bootstrap",)),
        Told("gee", ("H.gee",)),
        Told("gee_few", ("H.gee",), ("gee_bias_reduced",)),
        Told("wls", ("H.wls",)),
        Told("ordinal", ("H.ordinal",)),
        Told("logit", ("H.logit",)),
        Told("glmm", ("H.glmm",)),
    ),
    "change": (
        Told("fixed_effects", ("H.fixed_effects",)),
        Told("riclpm", ("H.riclpm.y_on_x", "H.riclpm.x_on_y")),
        Told("clpm", ("H.clpm.y_on_x", "H.clpm.x_on_y")),
        Told("equal_lags", ("H.riclpm.equal_lags",)),
        Told("baseline", ("H.baseline",)),
        Told("baseline_corrected", ("H.baseline.corrected",)),
    ),
    "mechanism": (
        Told("mediation", ("H.mediation.*.indirect",)),
        Told("moderation", ("H.moderation.*",)),
        Told("johnson_neyman", ("H.moderation.*.johnson_neyman.*",)),
        Told("quadratic", ("H.quadratic",)),
        Told("two_lines_declared", ("H.two_lines.low",), ("two_lines_declared",)),
        Told("two_lines_found", ("H.two_lines.low",), ("two_lines_robin_hood",)),
        Told("spline", ("H.spline",)),
    ),
    "honesty": (
        Told("customers_shuffled", ("H.permutation.customer_level",)),
        Told("periods_out", ("H.leave_one_period_out.*",)),
        Told("specifications", ("H.specifications.median",)),
        Told("joint_test", ("H.specifications.joint_test",)),
        Told("cross_validation", ("H.cross_validation",)),
        Told("robustness_value", ("H.robustness_value",)),
        Told("bayes_factor", ("H.bayes_factor",)),
    ),
    "combining": (
        Told("synthesis", ("synthesis.H",)),
        Told("prediction", ("synthesis.H.prediction",)),
        Told("planning", ("H.plan.power", "H.plan.units")),
    ),
}
"""The paragraphs of the analyses beside the main results, each in the order in which it is read."""


def analyses_told(findings: Findings, paragraph: str) -> tuple[Text, ...]:
    """The sentences of a paragraph whose analyses this run made."""
    made = _made(findings)
    values = {
        "flags": findings.spec.analyses.screening.min_flags,
        "power": findings.spec.criteria.power,
        "planned": findings.spec.analyses.planned_correlation,
    }
    return tuple(
        Phrase(f"readings.methods.{paragraph}.{told.key}", values)
        for told in PARAGRAPHS[paragraph]
        if any(_matches(told, term, method) for term, method in made)
    )


def _made(findings: Findings) -> frozenset[tuple[str, str]]:
    """Terms with hypotheses under one name, and methods without their topic, of everything that was estimated."""
    names = set(findings.spec.hypotheses)
    return frozenset(
        (".".join(HYPOTHESIS if part in names else part for part in term.split(".")), result.method.split(".")[-1])
        for term, result in findings.results.items()
        if isinstance(result, Estimate)
    )


def _matches(told: Told, term: str, method: str) -> bool:
    return any(fnmatchcase(term, pattern) for pattern in told.terms) and any(
        fnmatchcase(method, pattern) for pattern in told.methods
    )
