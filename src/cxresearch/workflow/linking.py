"""Fourth stage: each hypothesis' measures linked by unit and period, and everything its question asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel
from cxresearch.codebook import in_natural_order
from cxresearch.linkage import LinkageSettings, LinkedPanel, analyse, dropped_difference, link, units_of
from cxresearch.linkage.pooling import pool_periods
from cxresearch.losses import Loss
from cxresearch.statistic import Result
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure, unit_measure
from cxresearch.workflow.covariates import covariate_panels
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True)
class LinkedHypothesis:
    """One hypothesis: its results, the units it rests on, and what was lost.

    Attributes
    ----------
    overall : the linked units over the chosen periods; where a measure is standardised within periods, by period.
    by_period : the linked units by period. sides : `ex` and `cx`, every unit of each side over the chosen periods,
        linked or not, before the anonymity threshold. periods : the chosen periods; () for all.
    """

    results: tuple[Result, ...]
    units: pd.DataFrame
    losses: tuple[Loss, ...]
    overall: LinkedPanel
    by_period: LinkedPanel
    sides: Mapping[str, UnitPanel]
    periods: tuple[str, ...] = ()
    no_common_periods: bool = False


def settings(study: Study, seed: int) -> LinkageSettings:
    """The plan's criteria as the linkage takes them."""
    criteria, resampling = study.spec.criteria, study.spec.resampling
    return LinkageSettings(
        level=criteria.level,
        seed=seed,
        n_permutations=resampling.permutations,
        n_bootstrap=resampling.bootstrap,
        smallest_effect=criteria.smallest_effect,
        power=criteria.power,
    )


def link_hypothesis(
    study: Study, data: ReadStudy, measures: Mapping[str, UnitMeasure], name: str, seed: int
) -> LinkedHypothesis:
    """Link and analyse one hypothesis.

    Differences between units rest on each unit's people over the chosen periods; units with fewer respondents than
    the anonymity threshold are left out, with a loss. The lagged models rest on units by period, and so does everything
    where a measure is standardised within periods.
    """
    hypothesis = study.spec.hypotheses[name]
    sides = {"ex": hypothesis.ex, "cx": hypothesis.cx}
    covariates = tuple(panel for c in hypothesis.covariates for panel in covariate_panels(data, c))
    within = {side: study.spec.measures[m].standardise == "within_period" for side, m in sides.items()}
    threshold = study.spec.privacy.min_respondents
    common = common_periods(measures[hypothesis.ex], measures[hypothesis.cx], hypothesis.periods)
    periods = hypothesis.periods if common is None else common
    chosen = {
        m: measures[m] if not periods else unit_measure(study, data, m, periods)
        for m in (*sides.values(), *hypothesis.controls)
    }
    apart = any(within.values()) or common is None
    between = {side: chosen[m].by_period if apart else chosen[m].overall for side, m in sides.items()}
    overall = link(
        between["ex"],
        between["cx"],
        covariates,
        min_n=threshold,
        periods=periods,
        where=name,
        standardise_ex=within["ex"],
        standardise_cx=within["cx"],
    )
    by_period = link(
        measures[hypothesis.ex].by_period,
        measures[hypothesis.cx].by_period,
        covariates,
        standardise_ex=within["ex"],
        standardise_cx=within["cx"],
    )
    controls = {control: _over(chosen[control].overall, periods) for control in hypothesis.controls}
    results = analyse(name, by_period, settings(study, seed), controls, overall=overall)
    dropped = tuple(
        dropped_difference(
            _over(between[side], periods),
            overall,
            term=f"{name}.dropped.{side}",
            level=study.spec.criteria.level,
            standardise=within[side],
            threshold=threshold,
        )
        for side in ("ex", "cx")
    )
    losses = (*overall.losses, *_outside(by_period, name, periods))
    return LinkedHypothesis(
        (*results, *dropped),
        _unit_rows(name, overall),
        losses,
        overall,
        by_period,
        {side: _over(panel, periods) for side, panel in between.items()},
        tuple(periods),
        common is None,
    )


def common_periods(ex: UnitMeasure, cx: UnitMeasure, declared: Sequence[str]) -> tuple[str, ...] | None:
    """The periods in which both measures are known, among those declared.

    () where nothing need be left out: a side has no periods, or both have the same and none are declared. None where
    both have periods and share none.
    """
    sides = [set(measure.by_period.frame["period"]) - {""} for measure in (ex, cx)]
    if not all(sides):
        return tuple(declared)
    shared = set.intersection(*sides)
    if not declared and shared == set.union(*sides):
        return ()
    kept = shared & set(declared) if declared else shared
    return in_natural_order(kept) if kept else None


def _outside(by_period: LinkedPanel, name: str, periods: Sequence[str]) -> tuple[Loss, ...]:
    """What answers outside the common periods were left out of the differences between units."""
    found = (loss for loss in by_period.losses if loss.reason.startswith("linkage.period_only"))
    return tuple(replace(loss, where=name) for loss in found) if periods else ()


def _over(panel: UnitPanel, periods: Sequence[str]) -> UnitPanel:
    """A panel over some periods, or all if none are given or it has none."""
    return pool_periods(panel, periods) if periods and (panel.frame["period"] != "").any() else panel


def _unit_rows(name: str, linked: LinkedPanel) -> pd.DataFrame:
    columns = ["unit", "ex", "ex_se", "ex_n", "cx", "cx_se", "cx_n"]
    return (
        units_of(linked)
        .frame[columns]
        .assign(hypothesis=name)[["hypothesis", *columns]]
        .astype(dict.fromkeys(columns[1:], np.float64))
    )
