"""The correlation between units that sampling of people does not weaken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage.contextual import contextual
from cxresearch.linkage.latent import LATENT_PARTS, unit_latent
from cxresearch.linkage.latent_influence import latent_leave_one_out
from cxresearch.linkage.latent_sides import LatentSides, latent_sides
from cxresearch.measurement.two_level_omega import PARTS as OMEGA_PARTS
from cxresearch.measurement.two_level_omega import two_level_omega
from cxresearch.moments import Floats, item_moments
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.covariates import covariate_panels
from cxresearch.workflow.measuring import answers_of, answers_together
from cxresearch.workflow.topics.context import Context, Found


def latent(context: Context) -> Found:
    """The latent two-source model of every hypothesis, and the omegas of every scale within and between units.

    The model takes every unit that has either side, so far as the anonymity threshold allows, over the periods that the
    hypothesis compares. Each unit's leaving-out is done where the latent correlation decides.
    """
    results: list[Result] = []
    for name in context.study.spec.hypotheses:
        results += _hypothesis(context, name)
        results += _contextual(context, name)
    for measure, declared in context.study.spec.measures.items():
        if declared.scale:
            results += _omegas(context, measure)
    return Found(tuple(results))


def _hypothesis(context: Context, name: str) -> tuple[Result, ...]:
    declared, term = context.study.spec.hypotheses[name], f"{name}.latent"
    if context.linked[name].no_common_periods:
        parts = (term, *(f"{term}.{part}" for part in LATENT_PARTS))
        return tuple(NotEstimable(term=part, reason="latent.no_common_periods") for part in parts)
    sides = _sides(context, name)
    results = unit_latent(
        sides,
        term=term,
        level=context.level,
        smallest_effect=context.study.spec.criteria.smallest_effect,
        covariates=_covariates(context, declared.covariates, sides.units),
    )
    if declared.primary != "latent":
        return results
    return (*results, *latent_leave_one_out(sides, term=f"{term}.leave_one_out"))


def _sides(context: Context, name: str) -> LatentSides:
    spec = context.study.spec
    declared = spec.hypotheses[name]
    panels, within = {}, {}
    for side, measure in (("ex", declared.ex), ("cx", declared.cx)):
        within[side] = spec.measures[measure].standardise == "within_period"
        panel = context.linked[name].sides[side]
        if within[side]:
            panel = _in_periods(context.measures[measure].by_period, context.linked[name].periods)
        frame = panel.frame if side == "cx" else _with_eligible(context, name, measure, panel)
        panels[side] = replace(panel, frame=frame, health=context.measures[measure].overall.health)
    return latent_sides(
        panels["ex"],
        panels["cx"],
        min_n=context.threshold,
        standardise_ex=within["ex"],
        standardise_cx=within["cx"],
    )


def _with_eligible(context: Context, name: str, measure: str, panel: UnitPanel) -> pd.DataFrame:
    """The panel's rows with how many people the unit has: the greatest number over the periods compared."""
    known = _in_periods(context.measures[measure].by_period, context.linked[name].periods).frame
    most = known.groupby("unit")["n_eligible"].max()
    return panel.frame.assign(n_eligible=panel.frame["unit"].map(most).to_numpy(dtype=np.float64))


def _in_periods(panel: UnitPanel, periods: tuple[str, ...]) -> UnitPanel:
    if not periods:
        return panel
    kept = panel.frame["period"].isin(["", *periods]).to_numpy(dtype=bool)
    moments = None if panel.moments is None else panel.moments.select(kept)
    return replace(panel, frame=panel.frame[kept].reset_index(drop=True), moments=moments)


def _covariates(context: Context, names: tuple[str, ...], units: tuple[str, ...]) -> Floats | None:
    """Each unit's covariates (J, K), NaN where unknown; None where the hypothesis has none."""
    panels = [panel for name in names for panel in covariate_panels(context.data, name)]
    if not panels:
        return None
    columns = [
        pd.Series(p.frame["mean"].to_numpy(dtype=np.float64), index=p.frame["unit"]).groupby(level=0).mean()
        for p in panels
    ]
    return np.column_stack([column.reindex(list(units)).to_numpy(dtype=np.float64) for column in columns])


def _contextual(context: Context, name: str) -> list[Result]:
    """EX and another measure of the hypothesis that the same people answered: their slopes within and between units.

    `<hypothesis>.contextual.<measure>` for the outcome or a mediator, if both measures stand in one and the same source
    of respondents. Answers of several periods count as rows of their own.
    """
    declared = context.study.spec.hypotheses[name]
    predictor = answers_of(context.study, context.data, declared.ex)
    results: list[Result] = []
    for measure in (declared.cx, *declared.mediators):
        outcome = answers_of(context.study, context.data, measure)
        sources = {found.responses.source for found in (*predictor, *outcome)}
        if len(sources) != 1 or predictor[0].responses.grain != "respondents":
            continue
        both = answers_together(context.study, context.data, next(iter(sources)), (declared.ex, measure))
        frame = both[0].responses.frame
        placed = frame["unit"].notna().to_numpy()
        codes, units = pd.factorize(frame["unit"][placed], sort=True)
        x, y = (
            found.item_scores(context.study.spec.measures[m])[placed]
            for found, m in zip(both, (declared.ex, measure), strict=True)
        )
        term, times = f"{name}.contextual.{measure}", frame["frequency"].to_numpy(dtype=np.float64)[placed]
        results += contextual(codes, x, y, len(units), term=term, level=context.level, frequency=times)
    return results


def _omegas(context: Context, measure: str) -> tuple[Result, ...]:
    """From the answers of all sources that hold the same items; counts and published scores have none by person."""
    term = f"scale.{measure}"
    found = answers_of(context.study, context.data, measure)
    names = {tuple(variable.name for variable in answers.variables) for answers in found}
    grains = sorted({answers.responses.grain for answers in found} - {"respondents"})
    if grains or len(names) != 1:
        reason = f"measurement.grain_{grains[0]}" if grains else "latent.different_items"
        return tuple(NotEstimable(term=f"{term}.{part}", reason=reason) for part in OMEGA_PARTS)
    items = np.concatenate([answers.items() for answers in found])
    frames = [answers.responses.frame for answers in found]
    unit = pd.concat([frame["unit"] for frame in frames])
    frequency = pd.concat([frame["frequency"] for frame in frames]).to_numpy(dtype=np.float64)
    placed = unit.notna().to_numpy()
    codes, units = pd.factorize(unit[placed], sort=True)
    moments = item_moments(codes, items[placed], len(units), frequency=frequency[placed])
    return two_level_omega(moments, term=term, level=context.level)
