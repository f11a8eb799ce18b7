"""How reliably scales and questionnaires measure, beyond alpha."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.inference.factors.covariance_draws import unit_products
from cxresearch.measurement.factors import ParallelAnalysis, bartlett, harman, kmo, parallel_analysis, parallel_results
from cxresearch.measurement.hierarchical import hierarchical_omega
from cxresearch.measurement.omega import FIGURES, lambda6, omega
from cxresearch.measurement.ordinal import ordinal_alpha
from cxresearch.measurement.validity import discriminant_ratios, latent_validity
from cxresearch.moments import Floats, Ints, item_moments, pooled_covariance
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.questionnaires import Questionnaire, questionnaire, scale_sources
from cxresearch.workflow.topics.context import Context, Found

PARALLEL_COLUMNS = ["source", "place", "component", "random_component", "factor", "random_factor"]
_OF_SCALES = (*FIGURES, "lambda6", "ordinal_alpha")
_OF_QUESTIONNAIRES = ("parallel_components", "parallel_factors", "kmo", "bartlett", "harman", "harman_factor")
_DRAWS = 500
_CELLS = 500 * 20**2


def reliability(context: Context) -> Found:
    """Omega, ordinal alpha and average variance of each scale; dimensions and validity of each source's scales."""
    results: list[Result] = []
    for measure, declared in context.study.spec.measures.items():
        if declared.scale:
            results += _scale(context, measure)
    rows: list[pd.DataFrame] = []
    for source, measures in scale_sources(context.study, context.data).items():
        grain = next(iter(measures.values())).responses.grain
        if grain != "respondents":
            terms = [f"questionnaire.{source}.{name}" for name in _OF_QUESTIONNAIRES]
            results += [NotEstimable(term=term, reason=f"measurement.grain_{grain}") for term in terms]
            continue
        found = questionnaire(source, measures)
        results += _dimensions(context, found, rows)
        results += _validity(context, found)
    frame = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=PARALLEL_COLUMNS)
    return Found(tuple(results), {"parallel": frame})


def _scale(context: Context, measure: str) -> list[Result]:
    term = f"scale.{measure}"
    found = answers_of(context.study, context.data, measure)
    names = [tuple(variable.name for variable in answers.variables) for answers in found]
    grains = {answers.responses.grain for answers in found}
    if grains != {"respondents"} or len(set(names)) != 1:
        grain = "counts" if grains == {"counts"} else "unit_scores"
        reason = "workflow.items_differ" if grains == {"respondents"} else f"measurement.grain_{grain}"
        return [NotEstimable(term=f"{term}.{name}", reason=reason) for name in _OF_SCALES]
    codes, items, frequency, n_units = _stacked(found)
    moments = item_moments(codes, items, n_units, frequency=frequency)
    draws, level = context.study.spec.resampling.bootstrap, context.level
    rng = context.rng(f"{term}.omega")
    return [
        *omega(moments, term=term, rng=rng, n_draws=draws, names=names[0], level=level),
        lambda6(moments, term=f"{term}.lambda6", names=names[0]),
        ordinal_alpha(codes, items, n_units, term=f"{term}.ordinal_alpha", level=level, frequency=frequency),
    ]


def _stacked(found: Sequence[Answers]) -> tuple[Ints, Floats, Floats, int]:
    frames = pd.concat([answers.responses.frame[["unit", "frequency"]] for answers in found])
    codes, units = pd.factorize(frames["unit"], sort=True)
    items = np.concatenate([answers.items() for answers in found])
    return codes.astype(np.int64), items, frames["frequency"].to_numpy(dtype=np.float64), len(units)


def _dimensions(context: Context, found: Questionnaire, rows: list[pd.DataFrame]) -> list[Result]:
    term = f"questionnaire.{found.source}"
    names = [f"{term}.{name}" for name in _OF_QUESTIONNAIRES]
    n_items, moments = len(found.variables), found.moments()
    if n_items < 3:
        details = {"items": n_items, "needed": 3}
        return [NotEstimable(term=one, reason="measurement.too_few_items", details=details) for one in names]
    n = int(moments.n_complete.sum())
    if n < max(10, 2 * n_items):
        details = {"n": n, "items": n_items}
        return [NotEstimable(term=one, reason="reliability.few_respondents", details=details) for one in names]
    correlation = _correlation(pooled_covariance(moments)[0])
    if correlation is None:
        return [NotEstimable(term=one, reason="reliability.redundant_items") for one in names]
    draws = max(100, min(_DRAWS, _CELLS // n_items**2))
    analysis = parallel_analysis(correlation, n, context.rng(f"{term}.parallel"), n_draws=draws)
    rows.append(_parallel_rows(found.source, analysis))
    return [
        *parallel_results(analysis, term=term, n=n),
        kmo(correlation, term=f"{term}.kmo", n=n),
        bartlett(correlation, term=f"{term}.bartlett", n=n),
        *harman(correlation, term=f"{term}.harman", n=n),
        *hierarchical_omega(unit_products(moments), len(found.several()), term=term, level=context.level),
    ]


def _correlation(covariance: Floats) -> Floats | None:
    sd = np.sqrt(np.diag(covariance))
    if sd.min() <= 0:
        return None
    correlation: Floats = covariance / np.outer(sd, sd)
    return correlation if np.linalg.eigvalsh(correlation)[0] > 1e-8 else None


def _parallel_rows(source: str, analysis: ParallelAnalysis) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": source,
            "place": np.arange(1, len(analysis.components) + 1),
            "component": analysis.components,
            "random_component": analysis.random_components,
            "factor": analysis.factors,
            "random_factor": analysis.random_factors,
        },
        columns=PARALLEL_COLUMNS,
    )


def _validity(context: Context, found: Questionnaire) -> list[Result]:
    scales, term = found.several(), f"validity.{found.source}"
    moments = found.moments()
    n, n_items = int(moments.n_complete.sum()), len(found.variables)
    if len(scales) < 2:
        return [NotEstimable(term=f"{term}.htmt", reason="reliability.one_scale")]
    if n < max(10, 2 * n_items) or _correlation(pooled_covariance(moments)[0]) is None:
        few = n < max(10, 2 * n_items)
        reason = "reliability.few_respondents" if few else "reliability.redundant_items"
        details = {"n": n, "items": n_items} if few else {}
        return [NotEstimable(term=f"{term}.htmt", reason=reason, details=details)]
    draws = context.study.spec.resampling.bootstrap
    rng = context.rng(f"{term}.htmt")
    return [
        *discriminant_ratios(moments, scales, term=term, rng=rng, n_draws=draws, level=context.level),
        *latent_validity(moments, scales, term=term, level=context.level),
    ]
