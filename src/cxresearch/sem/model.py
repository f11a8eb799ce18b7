"""A structural equation model as data: directed effects, covariances and means, free, fixed or equal by label.

The form is RAM (McArdle and McDonald 1984): all variables, observed and latent, stand in one vector v with
v = M + A v + u and var(u) = S. A parameter is one entry of A, S or M in one group; entries with one label are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxresearch.moments import Floats, Ints

Kind = Literal["directed", "covariance", "mean"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of A, S or M.

    Attributes
    ----------
    kind : `directed` (an effect on `to` of `source`), `covariance` (variance where both are the same) or `mean`.
    to, source : variables; a mean has no source.
    label : name of the free parameter; entries with one label are equal. Empty for a fixed entry.
    fixed : the value of a fixed entry, None for a free one.
    """

    kind: Kind
    to: str
    source: str = ""
    label: str = ""
    fixed: float | None = None

    def __post_init__(self) -> None:
        if (self.fixed is None) == (self.label == ""):
            raise ValueError(f"{self.kind} {self.to} {self.source}: an entry is either labelled or fixed")


@dataclass(frozen=True, slots=True)
class Model:
    """A model of one or more groups.

    Attributes
    ----------
    observed, latent : names of the variables; the data's columns follow `observed`.
    groups : each group's entries.
    means : whether means are modelled; without, they are taken as they are and count for nothing.
    """

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    groups: tuple[tuple[Entry, ...], ...]
    means: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """Observed and then latent variables: the order of A, S and M."""
        return (*self.observed, *self.latent)


@dataclass(frozen=True, slots=True)
class GroupLayout:
    """One group's matrices with their fixed values, and where each free parameter goes.

    Attributes
    ----------
    a, s : (V, V), m : (V,) with zeros where free. n_observed : P, the first P of the V variables.
    parameters : (R,) which of the model's Q parameters the group has.
    a_at, s_at : (E, 3) row, column and parameter (of these R) of free entries, of S one triangle; m_at : (E, 2).
    repeated : whether a parameter stands in more than one entry of the group.
    """

    a: Floats
    s: Floats
    m: Floats
    n_observed: int
    parameters: Ints
    a_at: Ints
    s_at: Ints
    m_at: Ints
    repeated: bool

    def filled(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """A, S and M at the parameters `theta` (Q,)."""
        own = theta[self.parameters]
        a, s, m = self.a.copy(), self.s.copy(), self.m.copy()
        a[self.a_at[:, 0], self.a_at[:, 1]] = own[self.a_at[:, 2]]
        s[self.s_at[:, 0], self.s_at[:, 1]] = own[self.s_at[:, 2]]
        s[self.s_at[:, 1], self.s_at[:, 0]] = own[self.s_at[:, 2]]
        m[self.m_at[:, 0]] = own[self.m_at[:, 1]]
        return a, s, m


@dataclass(frozen=True, slots=True)
class Layout:
    """A model made ready for numbers: `labels` (Q,) of the free parameters, in order of appearance, and the groups."""

    labels: tuple[str, ...]
    groups: tuple[GroupLayout, ...]

    def index(self, label: str) -> int:
        """Where a parameter stands."""
        return self.labels.index(label)


def layout(model: Model) -> Layout:
    """Number the parameters and lay out the matrices.

    Raises
    ------
    ValueError
        If an entry names a variable that the model has not.
    """
    place = {name: index for index, name in enumerate(model.variables)}
    order: dict[str, int] = {}
    for entries in model.groups:
        for entry in entries:
            for name in (entry.to, entry.source):
                if name and name not in place:
                    raise ValueError(f"the model has no variable {name!r}")
            if entry.label and (model.means or entry.kind != "mean"):
                order.setdefault(entry.label, len(order))
    groups = tuple(_group_layout(entries, place, order, model) for entries in model.groups)
    return Layout(tuple(order), groups)


def _group_layout(entries: Sequence[Entry], place: dict[str, int], order: dict[str, int], model: Model) -> GroupLayout:
    size = len(place)
    fixed = {"directed": np.zeros((size, size)), "covariance": np.zeros((size, size)), "mean": np.zeros(size)}
    free: dict[str, list[tuple[int, ...]]] = {"directed": [], "covariance": [], "mean": []}
    for entry in entries:
        at = (place[entry.to],) if entry.kind == "mean" else (place[entry.to], place[entry.source])
        if entry.fixed is not None:
            fixed[entry.kind][at] = entry.fixed
            if entry.kind == "covariance":
                fixed[entry.kind][at[::-1]] = entry.fixed
        elif entry.label in order:
            free[entry.kind].append((*at, order[entry.label]))
    named = [entry[-1] for listed in free.values() for entry in listed]
    parameters = np.unique(np.array(named, dtype=np.int64))
    return GroupLayout(
        a=fixed["directed"],
        s=fixed["covariance"],
        m=fixed["mean"],
        n_observed=len(model.observed),
        parameters=parameters,
        a_at=_numbered(free["directed"], 3, parameters),
        s_at=_numbered(free["covariance"], 3, parameters),
        m_at=_numbered(free["mean"], 2, parameters),
        repeated=len(parameters) < len(named),
    )


def _numbered(entries: Sequence[tuple[int, ...]], width: int, parameters: Ints) -> Ints:
    """Entries as an array, their parameters numbered within the group."""
    at = np.array(entries, dtype=np.int64).reshape(-1, width)
    at[:, -1] = np.searchsorted(parameters, at[:, -1])
    return at
