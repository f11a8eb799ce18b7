"""What an analysis beside the main results works with, and what it hands back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxresearch.losses import Loss
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True)
class Context:
    """The study with its data, as far as the main analysis has come.

    Attributes
    ----------
    study, data : the plan and every source as read. measures : by id, units by period and overall.
    linked : by hypothesis, with the linked panels. results : all statistics so far, by term. seed : of the run.
    """

    study: Study
    data: ReadStudy
    measures: Mapping[str, UnitMeasure]
    linked: Mapping[str, LinkedHypothesis]
    results: Mapping[str, Result]
    seed: int

    def rng(self, term: str) -> np.random.Generator:
        """A result's own generator, so that adding another result changes no number of this one."""
        return np.random.default_rng([self.seed, zlib.crc32(term.encode())])

    def estimate(self, term: str) -> Estimate | None:
        """A statistic by its term, None where it could not be estimated."""
        found = self.results.get(term, NotEstimable(term=term, reason="not_computed"))
        return found if isinstance(found, Estimate) else None

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return self.study.spec.criteria.level

    @property
    def threshold(self) -> int:
        """The smallest group of respondents that is shown."""
        return self.study.spec.privacy.min_respondents


@dataclass(frozen=True)
class Found:
    """What an analysis found.

    Attributes
    ----------
    results : its statistics. frames : rows that its figures draw, by name; nothing about single respondents, and no
        unit below the anonymity threshold. losses : what it left out.
    """

    results: tuple[Result, ...] = ()
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
