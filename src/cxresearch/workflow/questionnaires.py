"""The questions of one source that belong to scales, with every respondent's answers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.codebook import Variable
from cxresearch.moments import Floats, Ints, ItemMoments, item_moments
from cxresearch.study import Study
from cxresearch.workflow.measuring import Answers, answers_of, answers_together
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True)
class Questionnaire:
    """All items of a source's scales.

    Attributes
    ----------
    source : its id. variables : (K,) items, scale after scale. scales : measure to its columns; scales of one item too.
    items : (N, K) answers, reversed items turned. codes : (N,) unit of each row. frequency : (N,) people it stands for.
    """

    source: str
    variables: tuple[Variable, ...]
    scales: Mapping[str, tuple[int, ...]]
    items: Floats
    codes: Ints
    n_units: int
    frequency: Floats

    def moments(self) -> ItemMoments:
        """Moments of all items by unit."""
        return item_moments(self.codes, self.items, self.n_units, frequency=self.frequency)

    def several(self) -> dict[str, tuple[int, ...]]:
        """The scales of two items or more."""
        return {name: columns for name, columns in self.scales.items() if len(columns) > 1}


def scale_sources(study: Study, data: ReadStudy) -> dict[str, dict[str, Answers]]:
    """By source, the measures that are scales, each scale of the codebook once; their answers are side by side."""
    found: dict[str, list[str]] = {}
    seen: set[tuple[str, str]] = set()
    for measure, declared in study.spec.measures.items():
        for answers in answers_of(study, data, measure) if declared.scale else ():
            key = (answers.responses.source, str(declared.scale))
            if key not in seen:
                seen.add(key)
                found.setdefault(key[0], []).append(measure)
    return {
        source: dict(zip(measures, answers_together(study, data, source, measures), strict=True))
        for source, measures in found.items()
    }


def questionnaire(source: str, measures: Mapping[str, Answers]) -> Questionnaire:
    """The questionnaire of a source whose rows are respondents."""
    frame = next(iter(measures.values())).responses.frame
    codes, units = pd.factorize(frame["unit"], sort=True)
    variables: list[Variable] = []
    scales: dict[str, tuple[int, ...]] = {}
    for measure, answers in measures.items():
        scales[measure] = tuple(range(len(variables), len(variables) + len(answers.variables)))
        variables += answers.variables
    return Questionnaire(
        source=source,
        variables=tuple(variables),
        scales=scales,
        items=np.concatenate([answers.items() for answers in measures.values()], axis=1),
        codes=codes.astype(np.int64),
        n_units=len(units),
        frequency=frame["frequency"].to_numpy(dtype=np.float64),
    )
