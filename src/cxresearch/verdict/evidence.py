"""What a verdict looks at: one hypothesis's results and the quality of its two measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cxresearch.aggregation.decision import Outcome
from cxresearch.statistic import Estimate, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well one measure measures its units; None where the input's grain does not tell.

    Attributes
    ----------
    alpha : internal consistency of the scale. icc2 : reliability of unit means. rwg : agreement within units.
    single_item : whether the measure is one item, which has no internal consistency.
    aggregation : whether its answers may be summed up by unit, see `aggregation.decision`.
    """

    alpha: float | None = None
    icc2: float | None = None
    rwg: float | None = None
    single_item: bool = False
    aggregation: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that decides about one hypothesis.

    Attributes
    ----------
    hypothesis : its id. results : by the part of the term after `<hypothesis>.`, as `linkage.analyse` names them.
    ex, cx : quality of the measures. same_source : the same people answered both.
    confirmatory : declared before the run. p_adjusted : the primary p within its family; None takes it unadjusted.
    """

    hypothesis: str
    results: Mapping[str, Result]
    ex: Quality = field(default_factory=Quality)
    cx: Quality = field(default_factory=Quality)
    same_source: bool = False
    confirmatory: bool = True
    p_adjusted: float | None = None

    def estimate(self, part: str) -> Estimate | None:
        """The result of a part, None where there is none or it could not be estimated."""
        found = self.results.get(part)
        return found if isinstance(found, Estimate) else None

    @property
    def n_units(self) -> int:
        """Linked units."""
        found = self.estimate("n")
        return 0 if found is None else int(found.estimate)

    @property
    def n_periods(self) -> int:
        """Linked periods."""
        found = self.estimate("n")
        return 0 if found is None else found.n_periods or 0

    @property
    def controls(self) -> tuple[str, ...]:
        """Ids of the negative controls."""
        names = [part.split(".")[1] for part in self.results if part.startswith("control.")]
        return tuple(dict.fromkeys(names))


def parts_of(hypothesis: str, results: Iterable[Result]) -> dict[str, Result]:
    """The results of one hypothesis by the part of their term after `<hypothesis>.`; others are left out."""
    start = f"{hypothesis}."
    return {result.term.removeprefix(start): result for result in results if result.term.startswith(start)}
