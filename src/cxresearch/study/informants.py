"""Who answered: the people whose judgement a measure rests on.

A hypothesis whose employee measure and customer measure rest on the same people has a common source: their
answers hang together already because one mind gave both (Podsakoff et al., 2003). Such a pair is never evidence.
"""

from __future__ import annotations

from cxresearch.codebook.variables import Variable
from cxresearch.study.load import Study


def variables_of(study: Study, measure: str) -> tuple[Variable, ...]:
    """The codebook's items or scores of a measure, in all sources that the study declares."""
    spec = study.spec.measures[measure]
    if spec.scale:
        found = study.codebook.scale(spec.scale)
    else:
        found = tuple(v for v in study.codebook.named(spec.item or "") if v.role in ("item", "score"))
    return tuple(variable for variable in found if variable.source in study.spec.sources)


def side_of(study: Study, measure: str) -> str | None:
    """The side whose sources hold the measure; None if there is none, or more than one."""
    sides = {study.spec.sources[variable.source].side for variable in variables_of(study, measure)}
    return sides.pop() if len(sides) == 1 else None


def informants(study: Study, measure: str) -> frozenset[str]:
    """The sides that answered a measure: each item's informant, or the side of its source where none is named."""
    of_variables = [v.informants(study.spec.sources[v.source].side) for v in variables_of(study, measure)]
    return frozenset(side for sides in of_variables for side in sides)


def same_source(study: Study, hypothesis: str) -> bool:
    """Whether the same people answered, in part or in whole, both measures of a hypothesis."""
    spec = study.spec.hypotheses[hypothesis]
    return bool(informants(study, spec.ex) & informants(study, spec.cx))
