"""Last stage: the verdict on each hypothesis from its results and the quality of its measures."""

from __future__ import annotations

from collections.abc import Mapping

from cxresearch.aggregation.decision import OUTCOMES, Outcome
from cxresearch.statistic import Estimate, Result
from cxresearch.study import Study, same_source
from cxresearch.study.informants import variables_of
from cxresearch.study.registration import deviating
from cxresearch.verdict import Criteria, Evidence, Quality, Verdict, decide_all, parts_of


def conclude(study: Study, results: Mapping[str, Result]) -> tuple[Verdict, ...]:
    """One verdict per hypothesis, in the plan's order, p values adjusted over the confirmatory ones."""
    registered = study.registration
    changed = deviating(study.spec, study.codebook, registered.deviations) if registered else frozenset()
    evidence = [
        Evidence(
            hypothesis=name,
            results=parts_of(name, results.values()),
            ex=_quality(study, hypothesis.ex, results),
            cx=_quality(study, hypothesis.cx, results),
            same_source=same_source(study, name),
            confirmatory=hypothesis.confirmatory and name not in changed,
        )
        for name, hypothesis in study.spec.hypotheses.items()
    ]
    return decide_all(evidence, {name: criteria_of(study, name) for name in study.spec.hypotheses})


def criteria_of(study: Study, hypothesis: str) -> Criteria:
    """The declared criteria of one hypothesis."""
    declared, asked = study.spec.criteria, study.spec.hypotheses[hypothesis]
    return Criteria(
        level=declared.level,
        smallest_effect=declared.smallest_effect,
        min_units=declared.min_units,
        min_alpha=declared.min_alpha,
        min_icc2=declared.min_icc2,
        min_rwg=declared.min_rwg,
        direction=asked.direction,
        primary=asked.primary,
    )


def _quality(study: Study, measure: str, results: Mapping[str, Result]) -> Quality:
    def known(term: str) -> float | None:
        found = results.get(term)
        return found.estimate if isinstance(found, Estimate) else None

    items = {variable.name for variable in variables_of(study, measure)}
    return Quality(
        alpha=known(f"scale.{measure}.alpha"),
        icc2=known(f"unit.{measure}.icc2"),
        rwg=known(f"unit.{measure}.rwg.uniform.median"),
        single_item=len(items) == 1,
        aggregation=_outcome(known(f"aggregation.{measure}.decision")),
    )


def _outcome(value: float | None) -> Outcome | None:
    """The decision to aggregate from the value of its result."""
    return None if value is None else OUTCOMES[int(value)]
