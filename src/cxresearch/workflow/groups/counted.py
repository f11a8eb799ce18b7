"""How many people stand behind each unit and period of a measure, with the groupings of the units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.codebook import in_natural_order
from cxresearch.moments import Ints
from cxresearch.workflow.groups.membership import Grouping

_DIGITS = 9
"""Weights that agree to so many decimals are the same; they are ratios of numbers of answers."""


def counts_of_answers(scores: pd.DataFrame, groupings: Sequence[Grouping], *, averaged: bool) -> PeopleCounts:
    """From answers, one row each.

    Parameters
    ----------
    scores : columns unit, period, respondent ("" for a person of its own), frequency, value (NaN for no answer),
        weight.
    averaged : whether a person's answers are averaged before the unit's mean over all periods is taken.
    """
    known = scores[scores["value"].notna()]
    named = known[known["respondent"] != ""]
    persons = named.groupby(["unit", "period", "respondent"], sort=True).agg(
        times=("value", "size"), weight=("weight", "mean")
    )
    persons = persons.reset_index().assign(people=1)
    if averaged:
        persons["share"] = _shares(named, persons)
    else:
        persons["share"] = 1.0
    unnamed = known[known["respondent"] == ""]
    others = unnamed.groupby(["unit", "period"], sort=True)["frequency"].sum().reset_index(name="people")
    rows = pd.concat([persons, others.assign(share=1.0)], ignore_index=True)
    different = (
        named.groupby("unit")["respondent"].nunique().add(unnamed.groupby("unit")["frequency"].sum(), fill_value=0)
    )
    return _counts(rows, different, groupings)


def _shares(named: pd.DataFrame, persons: pd.DataFrame) -> pd.Series:
    """What a person's mean of a period counts in the unit's total, beside what it counts in the period."""
    whole = named.groupby(["unit", "respondent"], sort=True).agg(
        all_times=("value", "size"), all_weight=("weight", "mean")
    )
    joined = persons.merge(whole.reset_index(), on=["unit", "respondent"], how="left")
    share = joined["times"] / joined["all_times"] * joined["all_weight"] / joined["weight"]
    return share.round(_DIGITS)


def counts_of_panel(panel: UnitPanel, overall: UnitPanel, groupings: Sequence[Grouping] = ()) -> PeopleCounts:
    """From a panel by unit and period whose totals are sums; rows whose people are not told are left out."""
    frame = panel.frame[panel.frame["n"].fillna(0) > 0]
    rows = pd.DataFrame({"unit": frame["unit"], "period": frame["period"], "people": frame["n"], "share": 1.0})
    return _counts(rows, overall.frame.assign(n=overall.frame["n"].fillna(0)).groupby("unit")["n"].sum(), groupings)


def counts_of_rows(rows: pd.DataFrame, groupings: Sequence[Grouping]) -> PeopleCounts:
    """From rows of units and periods (columns unit, period, people), everybody counted once."""
    known = rows[rows["people"] > 0].assign(share=1.0)
    return _counts(known, known.groupby("unit")["people"].sum(), groupings)


def _counts(rows: pd.DataFrame, different: pd.Series, groupings: Sequence[Grouping]) -> PeopleCounts:
    """From people (rows) by unit, period and share, and the different people of every unit."""
    units = tuple(sorted(str(unit) for unit in rows["unit"].unique()))
    periods = in_natural_order(rows["period"].unique())
    atoms = rows.groupby(["unit", "period", "share"], sort=True)["people"].sum().reset_index()
    unit = pd.Index(units).get_indexer(pd.Index(atoms["unit"]))
    period = pd.Index(periods).get_indexer(pd.Index(atoms["period"]))
    keys, cell = np.unique(unit * max(len(periods), 1) + period, return_inverse=True)
    people = atoms["people"].to_numpy(dtype=np.float64).astype(np.int64)
    n = np.bincount(cell.reshape(-1), weights=people, minlength=len(keys)).astype(np.int64)
    grouped = {one.name: _codes(one, units) for one in groupings}
    return PeopleCounts(
        units=units,
        periods=periods,
        unit=(keys // max(len(periods), 1)).astype(np.int64),
        period=(keys % max(len(periods), 1)).astype(np.int64),
        n=n,
        persons=different.reindex(list(units)).fillna(0).to_numpy(dtype=np.float64).astype(np.int64),
        atom_cell=cell.reshape(-1).astype(np.int64),
        atom_weight=atoms["share"].to_numpy(dtype=np.float64),
        atom_people=people,
        groups={name: codes for name, (codes, _) in grouped.items()},
        group_names={name: names for name, (_, names) in grouped.items()},
    )


def _codes(grouping: Grouping, units: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    names = tuple(sorted(set(grouping.of_unit.values())))
    place = {name: code for code, name in enumerate(names)}
    codes = [place.get(grouping.of_unit.get(unit, ""), -1) for unit in units]
    return np.array(codes, dtype=np.int64), names
