"""Draw, estimate and judge: the results of every condition, and the page that shows them."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.simulation.design import CONDITIONS, ICC_CX, ICC_EX, N_CUSTOMERS, N_EMPLOYEES, Condition, draw
from tests.simulation.estimators import LEVEL, OF_CORRELATION, OF_SLOPE, Estimator, Numbers

SEED = 20261122
N_DRAWS = 2000
DOCS = Path(__file__).parents[2] / "docs"
STORED, PAGE = DOCS / "simulations.json", DOCS / "simulations.md"

Judged = dict[str, Any]


def estimators(condition: Condition) -> Mapping[str, Estimator]:
    """The estimators that a condition judges."""
    return OF_CORRELATION if condition.surveyed else OF_SLOPE


def estimates(condition: Condition, n_draws: int) -> dict[str, list[Numbers | None]]:
    """Every estimator on the same draws; each draw follows from the seed, the condition and its number alone."""
    found: dict[str, list[Numbers | None]] = {name: [] for name in estimators(condition)}
    for number in range(n_draws):
        rng = np.random.default_rng([SEED, CONDITIONS.index(condition), number])
        drawn = draw(condition, rng)
        for name, estimator in estimators(condition).items():
            found[name].append(estimator(drawn, rng))
    return found


def judged(condition: Condition, estimator: str, numbers: Sequence[Numbers | None]) -> Judged:
    """Bias, coverage and rejections of one estimator under one condition."""
    truth = condition.correlation if condition.surveyed else condition.slope
    known = np.array([one for one in numbers if one is not None])
    value, low, high, p = known.T
    return {
        **asdict(condition),
        "estimator": estimator,
        "truth": truth,
        "draws": len(numbers),
        "estimable": len(known),
        "mean": float(value.mean()),
        "median": float(np.median(value)),
        "sd": float(value.std(ddof=1)),
        "coverage": float(((low <= truth) & (truth <= high)).mean()),
        "width": float(np.median(high - low)),
        "rejected": float((p < 1 - LEVEL).mean()),
    }


def condition_results(condition: Condition, n_draws: int = N_DRAWS) -> list[Judged]:
    """All estimators under one condition."""
    return [judged(condition, name, numbers) for name, numbers in estimates(condition, n_draws).items()]


def monte_carlo_error(share: float, n: int) -> float:
    """Standard error of a share of `n` draws."""
    return float(np.sqrt(share * (1 - share) / n))


def page(results: Sequence[Judged]) -> str:
    """The results as a page of the documentation."""
    first = results[0]["draws"]
    lines = [
        "# How the estimators behave when the truth is known",
        "",
        f"`make simulate` draws {first:,} organisations for each line (seed {SEED}), estimates as the product does and",
        "writes this page. Units have an average of "
        f"{N_EMPLOYEES} employees and {N_CUSTOMERS} customers; {ICC_EX:.0%} of the variance of",
        f"employees' answers and {ICC_CX:.0%} of customers' lies between units. *Unequal* sizes vary fivefold.",
        "*Coverage* is the share of 95 % intervals that hold the truth and *rejected* the share of p values below .05",
        "(the type I error where the truth is 0, the power elsewhere), each ± its Monte-Carlo standard error.",
    ]
    for surveyed, title in (
        (True, "Employees are a sample: the correlation of the units' true scores"),
        (False, "Employee scores are known: the slope of the customer score"),
    ):
        lines += ["", f"## {title}", "", *_explanation(surveyed), "", *_table(results, surveyed)]
    return "\n".join(lines) + "\n"


def _explanation(surveyed: bool) -> list[str]:
    if surveyed:
        return [
            "The correlation of unit means is drawn towards zero, because every mean rests on few people; the more",
            "units, the more surely its interval misses the truth. The latent correlation is not, and its interval is",
            "honestly wide. Draws in which a side has no variance between units have no latent correlation and are",
            "left out.",
        ]
    return ["With few units the interval must use the right degrees of freedom; all four do."]


def _table(results: Sequence[Judged], surveyed: bool) -> list[str]:
    lines = [
        "| units | sizes | truth | estimator | estimable | mean | median | bias | coverage | rejected | width |",
        "|---:|---|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in results:
        if one["surveyed"] != surveyed:
            continue
        n = one["estimable"]
        coverage, rejected = (
            f"{one[name]:.3f} ± {monte_carlo_error(one[name], n):.3f}" for name in ("coverage", "rejected")
        )
        sizes = "equal" if one["equal"] else "unequal"
        lines.append(
            f"| {one['n_units']} | {sizes} | {one['truth']:.2f} | {one['estimator']} | {n / one['draws']:.3f} "
            f"| {one['mean']:.3f} | {one['median']:.3f} | {one['mean'] - one['truth']:+.3f} ± {one['sd'] / n**0.5:.3f} "
            f"| {coverage} | {rejected} | {one['width']:.2f} |"
        )
    return lines


def main() -> None:
    """Run every condition, two at a time, and write both files."""
    with multiprocessing.Pool(2) as pool:
        results = []
        for condition, found in zip(CONDITIONS, pool.imap(condition_results, CONDITIONS), strict=True):
            print(condition, flush=True)
            results += found
    STORED.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
