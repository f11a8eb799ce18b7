"""The association over all defensible ways of computing it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxresearch.linkage.link import COVARIATE
from cxresearch.linkage.specification_grid import Variant
from cxresearch.linkage.specifications import FRAME_COLUMNS, SpecificationCurve, specification_curve
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.screening import Screening
from cxresearch.statistic import Result
from cxresearch.study import MeasureSpec
from cxresearch.study.informants import variables_of
from cxresearch.workflow.measuring import answers_of
from cxresearch.workflow.reading import ReadStudy
from cxresearch.workflow.screened import Rule, screened, screenings
from cxresearch.workflow.topics.context import Context, Found
from cxresearch.workflow.unit_means import unit_means

N_PERMUTATIONS = 500
MANY_UNITS = 500
"""With more units than this the joint test takes fewer arrangements: their number limits only how small p can be."""
_FEW_PERMUTATIONS = 200
_RULES: tuple[Rule, ...] = ("all", "flagged_out", "strict")


def specifications(context: Context) -> Found:
    """A specification curve for every hypothesis."""
    scores = _Scores(context, screenings(context.study, context.data))
    results: list[Result] = []
    frames = []
    for name in context.linked:
        curve = _curve(context, scores, name)
        results += curve.results
        frames.append(curve.frame.assign(hypothesis=name)[["hypothesis", *FRAME_COLUMNS]])
    known = [frame for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=["hypothesis", *FRAME_COLUMNS])
    return Found(tuple(results), {"specifications": pd.concat(known, ignore_index=True) if known else empty})


@dataclass
class _Scores:
    """Unit means of a measure by rule, way of scoring and periods, each computed once.

    The data of one rule are held at a time: they are as large as the data.
    """

    context: Context
    found: Mapping[str, Screening]
    kept: dict[tuple[str, ...], pd.DataFrame] = field(default_factory=dict)
    held: tuple[Rule, ReadStudy] | None = None

    def rules(self) -> tuple[Rule, ...]:
        """With no questionnaire to screen, everybody only."""
        return _RULES if self.found else _RULES[:1]

    def data(self, rule: Rule) -> ReadStudy:
        """The data under a rule."""
        if self.held is None or self.held[0] != rule:
            self.held = None
            self.held = (rule, screened(self.context.study, self.context.data, rule, self.found))
        return self.held[1]

    def ways(self, measure: str) -> dict[str, MeasureSpec]:
        """As declared; from complete answers only; as the plain mean of the answers."""
        context = self.context
        declared = context.study.spec.measures[measure]
        ways = {"declared": declared}
        grains = {found.responses.grain for found in answers_of(context.study, context.data, measure)}
        n_items = len({variable.name for variable in variables_of(context.study, measure)})
        if grains == {"respondents"} and n_items > 1 and declared.min_share < 1:
            ways["complete"] = declared.model_copy(update={"min_share": 1.0})
        if grains <= {"respondents", "counts"} and declared.metric in ("nps", "csat"):
            ways["mean"] = declared.model_copy(update={"metric": "mean"})
        return ways

    def means(self, rule: Rule, measure: str, way: str, periods: tuple[str, ...]) -> pd.DataFrame:
        key = (rule, measure, way, *periods)
        if key not in self.kept:
            declared = self.ways(measure)[way]
            self.kept[key] = unit_means(self.context.study, self.data(rule), measure, declared, periods)
        return self.kept[key]


def _curve(context: Context, scores: _Scores, name: str) -> SpecificationCurve:
    units = units_of(context.linked[name].overall)
    hypothesis = context.study.spec.hypotheses[name]
    covariates = {
        c: [column for column in units.covariates if column == c or column.rpartition("_")[0] == c]
        for c in hypothesis.covariates
    }
    return specification_curve(
        _variants(context, scores, name, units),
        covariates,
        term=f"{name}.specifications",
        level=context.level,
        rng=context.rng(f"{name}.specifications"),
        n_permutations=N_PERMUTATIONS if len(units.frame) <= MANY_UNITS else _FEW_PERMUTATIONS,
        larger=2 * context.threshold,
    )


def _variants(context: Context, scores: _Scores, name: str, units: LinkedUnits) -> list[Variant]:
    """The declared way first, then every mix of screening and scoring.

    A measure that is standardised within periods has no other way of scoring that would be comparable with it.
    """
    hypothesis = context.study.spec.hypotheses[name]
    found = [Variant("all", "declared", "declared", units.frame)]
    if (context.linked[name].overall.frame["period"] != "").any():
        return found
    held = units.frame.set_index("unit")[[COVARIATE + column for column in units.covariates]]
    periods = context.linked[name].periods
    for rule, ex_way, cx_way in itertools.product(
        scores.rules(), scores.ways(hypothesis.ex), scores.ways(hypothesis.cx)
    ):
        if (rule, ex_way, cx_way) == ("all", "declared", "declared"):
            continue
        ex = scores.means(rule, hypothesis.ex, ex_way, periods)
        cx = scores.means(rule, hypothesis.cx, cx_way, periods)
        found.append(Variant(rule, ex_way, cx_way, _linked(ex, cx, held, context.threshold)))
    return [variant for variant in found if len(variant.frame)]


def _linked(ex: pd.DataFrame, cx: pd.DataFrame, held: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Units known on both sides with enough respondents, and the covariates where the declared way knows them."""
    both = ex.rename(columns={"mean": "ex", "n": "ex_n"}).join(
        cx.rename(columns={"mean": "cx", "n": "cx_n"}), how="inner"
    )
    enough = ~((both["ex_n"] < threshold) | (both["cx_n"] < threshold)) & np.isfinite(both["ex"] + both["cx"])
    return both[enough].join(held).rename_axis("unit").reset_index().sort_values("unit", ignore_index=True)
