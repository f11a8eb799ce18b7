"""Evidence for the verdict tests: a clearly supported hypothesis, changed where a case says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.verdict import Evidence, Quality

GOOD = Quality(alpha=0.85, icc2=0.75, rwg=0.80)


def result(value: float, low: float | None = None, high: float | None = None, **more: Any) -> Estimate:
    level = None if low is None else 0.95
    return Estimate(term="h1.x", estimate=value, conf_low=low, conf_high=high, conf_level=level, **more)


NOTHING = NotEstimable(term="h1.x", reason="linkage.one_period")


def supported() -> dict[str, Result]:
    """Sixty units in one period with r = .40."""
    return {
        "n": result(60, n_units=60, n_periods=1),
        "pearson": result(0.40, 0.16, 0.60, p_value=0.002),
        "spearman": result(0.38, 0.13, 0.58, p_value=0.003),
        "permutation": result(0.40, p_value=0.002),
        "leave_one_out.low": result(0.36),
        "leave_one_out.high": result(0.43),
        "equivalence": result(0.40, 0.20, 0.57, p_value=0.99),
        "mde": result(0.35),
        "control.price": result(0.05, -0.21, 0.30, p_value=0.7),
        "control.price.difference": result(0.35, 0.05, 0.60),
        "lagged": NOTHING,
        "lagged.reverse": NOTHING,
        "placebo_lag": NOTHING,
    }


def mirrored(results: Mapping[str, Result]) -> dict[str, Result]:
    """The same results with every sign turned."""
    turned: dict[str, Result] = {}
    for part, found in results.items():
        if isinstance(found, NotEstimable) or part in ("n", "mde"):
            turned[part] = found
            continue
        low = None if found.conf_high is None else -found.conf_high
        high = None if found.conf_low is None else -found.conf_low
        turned[part] = result(-found.estimate, low, high, p_value=found.p_value)
    ends = "leave_one_out.low", "leave_one_out.high"
    if all(end in turned for end in ends):
        turned[ends[0]], turned[ends[1]] = turned[ends[1]], turned[ends[0]]
    return turned


def evidence(changes: Mapping[str, Result | None] | None = None, **more: Any) -> Evidence:
    """The supported case with some results changed (None removes one)."""
    results = {**supported(), **(changes or {})}
    kept = {part: found for part, found in results.items() if found is not None}
    return Evidence(**{"hypothesis": "h1", "results": kept, "ex": GOOD, "cx": GOOD, **more})
