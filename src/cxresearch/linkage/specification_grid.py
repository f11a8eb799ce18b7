"""The mixes of defensible choices as columns, samples and specifications."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.inference.correlation import mid_ranks
from cxresearch.inference.specifications.specification_curve import Specification
from cxresearch.linkage.link import COVARIATE
from cxresearch.moments import Floats

ESTIMATORS = ("ols", "weighted", "ranks")
"""Plain, weighted by the customers who answered (as a regression of customers), and of ranks."""

_FEWEST_UNITS = 10
_FAR = 2.5
_NORMAL_MAD = 1.4826
_MOST_COVARIATES = 5
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Variant:
    """The linked units as one mix of choices about answers and scores makes them.

    Attributes
    ----------
    screening, ex_score, cx_score : codes of the choices. frame : what they give, a row per linked unit: unit, ex, cx,
        ex_n, cx_n (NaN where unknown) and `covariate_<id>`.
    """

    screening: str
    ex_score: str
    cx_score: str
    frame: pd.DataFrame


@dataclass
class SpecificationGrid:
    """Specifications in the making.

    Attributes
    ----------
    units : names of all units, sorted; every array has one value for each. columns : of all specifications, from number
        1 on. weights : of all samples, 0 for units left out. specifications, choices : one by one. apart : what must be
        alike in units whose employees' values change places. places, samples : numbers of both, by content.
    """

    units: list[str]
    columns: list[Floats] = field(default_factory=list)
    samples: dict[bytes, int] = field(default_factory=dict)
    weights: list[Floats] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)
    specifications: list[Specification] = field(default_factory=list)
    choices: list[tuple[str, ...]] = field(default_factory=list)
    apart: list[Mask] = field(default_factory=list)

    def column(self, values: Floats) -> int:
        """The number of a column, which is added if it is new."""
        key = values.tobytes()
        if key not in self.places:
            self.columns.append(values)
            self.places[key] = len(self.columns)
        return self.places[key]

    @property
    def strata(self) -> NDArray[np.bool_]:
        """What must be alike (J, S) in units whose employees' values change places."""
        return np.unique(np.column_stack(self.apart), axis=1)

    def sample(self, weights: Floats) -> int:
        """The number of a sample, which is added if it is new."""
        key = weights.tobytes()
        if key not in self.samples:
            self.samples[key] = len(self.weights)
            self.weights.append(weights)
        return self.samples[key]


def _distinct(variants: Sequence[Variant]) -> list[Variant]:
    seen: set[bytes] = set()
    kept = []
    for variant in variants:
        frame = variant.frame
        values = frame[["ex", "cx"]].to_numpy(dtype=np.float64)
        key = "|".join(frame["unit"]).encode() + values.tobytes()
        if key not in seen:
            seen.add(key)
            kept.append(variant)
    return kept


def specification_grid(
    variants: Sequence[Variant], covariates: Mapping[str, Sequence[str]], larger: int
) -> SpecificationGrid:
    """Every mix of the variants with the estimators, the sets of covariates and the choices of units.

    Variants that give the same numbers as an earlier one are left out; the first specification is the declared one.
    """
    variants = _distinct(variants)
    units = sorted(set().union(*(variant.frame["unit"] for variant in variants)))
    grid = SpecificationGrid(units)
    sets = _covariate_sets(covariates)
    declared = variants[0].frame.set_index("unit").reindex(units)
    outliers = _outliers(variants[0].frame)
    usual = {side: np.array([unit not in outliers[side] for unit in units]) for side in ("ex", "cx")}
    enough = {side: ~(declared[f"{side}_n"].to_numpy(dtype=np.float64) < larger) for side in ("ex", "cx")}
    grid.apart.append(usual["ex"])
    choices = {"larger": enough["ex"] & enough["cx"], "no_outliers": usual["ex"] & usual["cx"]}
    for variant in variants:
        _add_variant(grid, variant, sets, choices)
    return grid


def _covariate_sets(covariates: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Names of the choices to their columns, the declared set first: all, none, each alone."""
    every = tuple(itertools.chain(*covariates.values()))
    sets = {"all": every} if every else {}
    sets["none"] = ()
    if 1 < len(covariates) <= _MOST_COVARIATES:
        sets |= {name: tuple(columns) for name, columns in covariates.items()}
    return sets


def _outliers(frame: pd.DataFrame) -> dict[str, frozenset[str]]:
    """By side, the units whose score lies more than 2.5 robust standard deviations from the median.

    Each side is judged alone: a rule that looked at both together would favour one answer.
    """
    names = frame["unit"].to_numpy(dtype=object)
    found = {}
    for side in ("ex", "cx"):
        distance = np.abs(frame[side].to_numpy(dtype=np.float64) - frame[side].median())
        spread = _NORMAL_MAD * float(np.median(distance))
        far = distance > _FAR * spread if spread > 0 else np.zeros(len(frame), dtype=bool)
        found[side] = frozenset(names[far].tolist())
    return found


def _add_variant(
    grid: SpecificationGrid, variant: Variant, sets: Mapping[str, tuple[str, ...]], choices: Mapping[str, Mask]
) -> None:
    table = variant.frame.set_index("unit").reindex(grid.units)
    values = {name: table[name].to_numpy(dtype=np.float64) for name in ("ex", "cx", "cx_n")}
    linked = np.isfinite(values["ex"]) & np.isfinite(values["cx"])
    grid.apart.append(np.isfinite(values["ex"]))
    ranks = {name: _ranked(values[name]) for name in ("ex", "cx")}
    allowed_units = {"all": linked, **{name: mask for name, mask in choices.items() if (linked & ~mask).any()}}
    for estimator, (set_name, held), (units_name, allowed) in itertools.product(
        ESTIMATORS, sets.items(), allowed_units.items()
    ):
        covariates = [table[COVARIATE + name].to_numpy(dtype=np.float64) for name in held]
        inside = linked & allowed & np.isfinite(np.array(covariates)).all(axis=0) if held else linked & allowed
        weights = values["cx_n"] if estimator == "weighted" else np.ones(len(inside))
        if inside.sum() < max(_FEWEST_UNITS, len(held) + 4) or not (weights[inside] > 0).all():
            continue
        pair = [ranks[name] if estimator == "ranks" else values[name] for name in ("ex", "cx")]
        numbers = [grid.column(column) for column in (*pair, *covariates)]
        sample = grid.sample(np.where(inside, weights, 0.0))
        grid.specifications.append(Specification(numbers[0], numbers[1], tuple(numbers[2:]), sample))
        grid.choices.append((variant.screening, variant.ex_score, variant.cx_score, estimator, set_name, units_name))


def _ranked(values: Floats) -> Floats:
    """Ranks among all units of which the value is known, whichever of them a specification takes."""
    ranks, known = np.full(len(values), np.nan), np.isfinite(values)
    ranks[known] = mid_ranks(values[known])
    return ranks
