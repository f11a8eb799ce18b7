"""What a verdict needs, declared before the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["positive", "negative"]
Primary = Literal["pearson", "latent", "ols", "mixed", "lagged", "within"]
Wording = Literal["association", "precedence", "within_unit"]
"""What the design allows to say: is associated with, precedes, changes within a unit together with."""


@dataclass(frozen=True, slots=True)
class Design:
    """What belongs to a primary analysis.

    Attributes
    ----------
    size : the result, on the scale of a correlation, that is held against the smallest effect of interest.
    permutation, leave_one_out, equivalence : its robustness checks. wording : what its design allows to say.
    """

    size: str
    permutation: str
    leave_one_out: str
    equivalence: str
    wording: Wording


def _over_time(name: str, wording: Wording) -> Design:
    return Design(f"{name}.std", f"{name}.permutation", f"{name}.leave_one_out", f"{name}.equivalence", wording)


_SLOPE = Design("ols.std", "ols.permutation", "leave_one_out.slope", "ols.equivalence", "association")

DESIGNS: dict[Primary, Design] = {
    "pearson": Design("pearson", "permutation", "leave_one_out", "equivalence", "association"),
    "latent": Design("latent", "permutation", "latent.leave_one_out", "latent.equivalence", "association"),
    "ols": _SLOPE,
    "mixed": _SLOPE,
    "lagged": _over_time("lagged", "precedence"),
    "within": _over_time("within", "within_unit"),
}
"""The analyses that may decide, by the end of their result's term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """The declared criteria of one hypothesis.

    Attributes
    ----------
    level : of intervals; alpha is 1 - level. smallest_effect : of interest, as a correlation.
    min_units : with fewer linked units the hypothesis is not testable. min_alpha, min_icc2 : least internal
        consistency of a scale and least reliability of unit means, for either measure. min_rwg : least agreement of
        employees within units. A criterion of 0 asks nothing.
    direction : the predicted sign. primary : the analysis that decides.
    """

    level: float = 0.95
    smallest_effect: float = 0.10
    min_units: int = 20
    min_alpha: float = 0.70
    min_icc2: float = 0.50
    min_rwg: float = 0.0
    direction: Direction = "positive"
    primary: Primary = "pearson"

    @property
    def alpha(self) -> float:
        """1 - level, the accepted risk of a false alarm."""
        return round(1 - self.level, 12)

    @property
    def sign(self) -> int:
        """+1 or -1, the predicted direction."""
        return 1 if self.direction == "positive" else -1

    @property
    def design(self) -> Design:
        """What belongs to the primary analysis."""
        return DESIGNS[self.primary]
