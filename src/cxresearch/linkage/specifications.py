"""Would other defensible choices have told another story? Every mix of them, and one test of them all.

The choices: who is left out as careless, how either score is made, which estimator, which covariates, which units. No
mix is the right one; the declared mix is shown among the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.inference.specifications.sample_products import unit_sample_products
from cxresearch.inference.specifications.specification_curve import (
    SpecificationEstimates,
    explained_by_choice,
    specification_estimates,
)
from cxresearch.inference.specifications.specification_test import JointTest, joint_test
from cxresearch.linkage.specification_grid import SpecificationGrid, Variant, specification_grid
from cxresearch.statistic import Estimate, NotEstimable, Result

DECISIONS = ("screening", "ex_score", "cx_score", "estimator", "covariates", "units")
"""What is decided, in the order of the work."""
FRAME_COLUMNS = ("estimate", "low", "high", "p_value", "n_units", "declared", *DECISIONS)
"""Columns of the curve: slope in standard deviations with its interval, and the choices."""

PARTS = (
    "median", "low", "high", "count", "share_positive", "share_significant", "joint_test", "joint_test.significant",
    "joint_test.sign",
)  # fmt: skip
"""Ends of the terms that every curve has."""


@dataclass(frozen=True)
class SpecificationCurve:
    """A curve: `results` with terms, and `frame` with `FRAME_COLUMNS`, one row per specification, in rising order."""

    results: tuple[Result, ...]
    frame: pd.DataFrame


def specification_curve(
    variants: Sequence[Variant],
    covariates: Mapping[str, Sequence[str]],
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_permutations: int = 500,
    larger: int = 10,
) -> SpecificationCurve:
    """All specifications of one hypothesis and their joint test.

    Parameters
    ----------
    variants : the first is the declared one. Variants that give the same numbers as an earlier one are left out.
    covariates : declared covariates, each with the ids of its columns; all of them are held constant
        in the declared specification. larger : least number of respondents on either side, for the choice `larger`.
    """
    grid = specification_grid(variants, covariates, larger)
    found, kept = _estimates(grid, level)
    base = next((place for place in kept if place == 0), None)
    if len(kept) < 2 or base is None:
        reason = NotEstimable(term=term, reason="honesty.too_few_specifications")
        return SpecificationCurve(
            tuple(reason.named(f"{term}.{part}") for part in PARTS), pd.DataFrame(columns=list(FRAME_COLUMNS))
        )
    columns = np.column_stack(grid.columns)
    specifications = [grid.specifications[place] for place in kept]
    tested = joint_test(
        columns,
        np.array(grid.weights),
        specifications,
        rng=rng,
        n_permutations=n_permutations,
        level=level,
        strata=grid.strata,
    )
    choices = [grid.choices[place] for place in kept]
    frame = _frame(found, kept, choices)
    results = (
        *_summary(frame, tested, term, level),
        *_explained(frame, term),
        *_single_changes(frame, term, level),
    )
    return SpecificationCurve(results, frame.sort_values("estimate", kind="stable", ignore_index=True))


def _estimates(grid: SpecificationGrid, level: float) -> tuple[SpecificationEstimates, list[int]]:
    if not grid.specifications:
        empty = np.empty(0)
        return SpecificationEstimates(empty, empty, empty, empty, empty, empty, np.empty(0, dtype=np.int64)), []
    data = unit_sample_products(np.column_stack(grid.columns), np.array(grid.weights))
    found = specification_estimates(data, grid.specifications, level=level)
    return found, np.flatnonzero(np.isfinite(found.slope) & (found.std_error > 0)).tolist()


def _frame(found: SpecificationEstimates, kept: list[int], choices: list[tuple[str, ...]]) -> pd.DataFrame:
    values = {"estimate": found.slope, "low": found.low, "high": found.high, "p_value": found.p_value}
    frame = pd.DataFrame({name: column[kept] for name, column in values.items()})
    frame["n_units"] = found.n_units[kept]
    frame["declared"] = np.array(kept) == 0
    for place, decision in enumerate(DECISIONS):
        frame[decision] = [choice[place] for choice in choices]
    return frame[list(FRAME_COLUMNS)]


def _summary(frame: pd.DataFrame, tested: JointTest, term: str, level: float) -> tuple[Result, ...]:
    estimates = frame["estimate"].to_numpy(dtype=np.float64)
    n_units = int(frame.loc[frame["declared"], "n_units"].iloc[0])
    significant = frame["p_value"].to_numpy(dtype=np.float64) < 1 - level
    positive = estimates > 0
    values = {
        "median": (float(np.median(estimates)), None),
        "low": (float(estimates.min()), None),
        "high": (float(estimates.max()), None),
        "count": (float(len(estimates)), None),
        "share_positive": (float(positive.mean()), None),
        "share_significant": (float(max((significant & positive).mean(), (significant & ~positive).mean())), None),
        "joint_test": (tested.median, tested.p_median),
        "joint_test.significant": (tested.share_significant, tested.p_significant),
        "joint_test.sign": (tested.share_sign, tested.p_sign),
    }
    return tuple(
        Estimate(
            term=f"{term}.{part}",
            estimate=value,
            p_value=p_value,
            n_units=n_units,
            method="honesty.specification_curve" if p_value is None else "honesty.specification_joint_test",
        )
        for part, (value, p_value) in values.items()
    )


def _decided(frame: pd.DataFrame) -> list[str]:
    return [decision for decision in DECISIONS if frame[decision].nunique() > 1]


def _explained(frame: pd.DataFrame, term: str) -> tuple[Result, ...]:
    decided = _decided(frame)
    shares = explained_by_choice(frame["estimate"].to_numpy(), [frame[name].tolist() for name in decided])
    return tuple(
        Estimate(term=f"{term}.choice.{name}", estimate=float(share), method="honesty.explained_by_choice")
        for name, share in zip(decided, shares, strict=True)
    )


def _single_changes(frame: pd.DataFrame, term: str, level: float) -> tuple[Result, ...]:
    """`term.declared` and `term.only.<decision>.<option>`: the declared specification, and it with one change."""
    declared = frame[frame["declared"]].iloc[0]
    rows = [(f"{term}.declared", declared)]
    for decision in _decided(frame):
        others = [name for name in DECISIONS if name != decision]
        same = (frame[others] == declared[others]).all(axis=1) & ~frame["declared"]
        rows += [(f"{term}.only.{decision}.{row[decision]}", row) for _, row in frame[same].iterrows()]
    return tuple(
        Estimate(
            term=name,
            estimate=float(row["estimate"]),
            p_value=float(row["p_value"]),
            conf_low=float(row["low"]),
            conf_high=float(row["high"]),
            conf_level=level,
            n_units=int(row["n_units"]),
            method="honesty.specification",
        )
        for name, row in rows
    )
