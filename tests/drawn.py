"""Which statistics rest on random draws, by a part of their term."""

from __future__ import annotations

DRAWN = frozenset(
    {
        "alpha", "ave", "ave_weighted", "category", "cluster_bootstrap", "corrected", "folds", "htmt", "htmt2",
        "indirect", "johnson", "joint_test", "less", "lmg", "omega", "omega_observed", "permutation", "proportion",
        "r2", "random_responders", "same_source", "split_halves", "split_inflation", "split_sample", "weighted", "wild",
    }
)  # fmt: skip
"""Their interval, error or p value changes with the seed."""

ESTIMATED = frozenset({"folds", "random_responders"})
"""Their estimate does too: they are what draws gave."""


def is_drawn(term: str) -> bool:
    """Whether a statistic rests on random draws."""
    return bool(DRAWN & set(term.split(".")))


def is_estimated_by_draws(term: str) -> bool:
    """Whether its estimate does."""
    return bool(ESTIMATED & set(term.split(".")))
