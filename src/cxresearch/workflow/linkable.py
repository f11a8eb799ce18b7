"""Whether employee and customer results meet in any unit at all; where they do not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cxresearch.errors import DataError, Problem, raise_if
from cxresearch.study import Study
from cxresearch.study.document import STUDY_FILE
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.reading import ReadStudy

_SHOWN = 3


def refuse_unlinkable(
    study: Study, data: ReadStudy, measures: Mapping[str, UnitMeasure], linked: Mapping[str, LinkedHypothesis]
) -> None:
    """Stop where no hypothesis has two units to compare.

    Raises
    ------
    DataError
        If every hypothesis is left with no unit or with one; says what is missing, once for each pair of measures.
    """
    if any(len(found.units) > 1 for found in linked.values()):
        return
    problems = {
        (hypothesis.ex, hypothesis.cx): _problem(study, data, measures, name, len(linked[name].units))
        for name, hypothesis in study.spec.hypotheses.items()
    }
    raise_if(list(problems.values()), DataError)


def _problem(study: Study, data: ReadStudy, measures: Mapping[str, UnitMeasure], name: str, count: int) -> Problem:
    hypothesis = study.spec.hypotheses[name]
    ex, cx = (set(measures[m].overall.frame["unit"]) for m in (hypothesis.ex, hypothesis.cx))
    details = {
        "ex": study.spec.measures[hypothesis.ex].label.label(),
        "cx": study.spec.measures[hypothesis.cx].label.label(),
        "n_ex": len(ex),
        "n_cx": len(cx),
        "common": len(ex & cx),
        "threshold": study.spec.privacy.min_respondents,
        "ex_units": _examples(ex, data.unit_names),
        "cx_units": _examples(cx, data.unit_names),
    }
    code = "one_unit" if count or len(ex & cx) == 1 else "units_too_small" if ex & cx else "no_common_units"
    return Problem(code=f"workflow.{code}", file=STUDY_FILE, column=f"hypotheses.{name}", details=details)


def _examples(units: Iterable[str], names: Mapping[str, str]) -> str:
    """A few names as the file has them, so that a reader sees how the two sides write them."""
    shown = sorted(units)[:_SHOWN]
    return ", ".join(names.get(unit, unit)[:40] for unit in shown) or "–"
