"""Whether employee and customer results meet in any unit at all; where they do not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cxresearch.errors import DataError, Problem, raise_if
from cxresearch.study import Study
from cxresearch.study.document import STUDY_FILE
from cxresearch.workflow.linking import LinkedHypothesis
from cxresearch.workflow.measuring import answers_of
from cxresearch.workflow.reading import ReadStudy

_SHOWN, _LONGEST = 3, 40


def refuse_strangers(study: Study, data: ReadStudy) -> None:
    """Stop where the two sides of every hypothesis name no two common units.

    Raises
    ------
    DataError
        Says once for each pair of measures how many units each side has and how it writes them.
    """
    common = {name: len(set.intersection(*_sides(study, data, name))) for name in study.spec.hypotheses}
    if all(count < 2 for count in common.values()):
        codes = {name: "one_unit" if count else "no_common_units" for name, count in common.items()}
        raise_if(_problems(study, data, codes), DataError)


def refuse_unlinkable(study: Study, data: ReadStudy, linked: Mapping[str, LinkedHypothesis]) -> None:
    """Stop where no hypothesis has two units with enough people on both sides.

    Raises
    ------
    DataError
        Says once for each pair of measures that the common units are too small.
    """
    if all(len(found.units) < 2 for found in linked.values()):
        codes = {
            name: "no_common_periods" if found.no_common_periods else "units_too_small"
            for name, found in linked.items()
        }
        raise_if(_problems(study, data, codes), DataError)


def _sides(study: Study, data: ReadStudy, name: str) -> tuple[set[str], set[str]]:
    """Keys of the units that the employee measure's sources name, and the customer measure's."""
    hypothesis = study.spec.hypotheses[name]
    ex, cx = (
        {str(unit) for found in answers_of(study, data, m) for unit in found.responses.frame["unit"].unique()}
        for m in (hypothesis.ex, hypothesis.cx)
    )
    return ex, cx


def _problems(study: Study, data: ReadStudy, codes: Mapping[str, str]) -> list[Problem]:
    problems: dict[tuple[str, str], Problem] = {}
    for name, code in codes.items():
        hypothesis, (ex, cx) = study.spec.hypotheses[name], _sides(study, data, name)
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
        problem = Problem(code=f"workflow.{code}", file=STUDY_FILE, column=f"hypotheses.{name}", details=details)
        problems.setdefault((hypothesis.ex, hypothesis.cx), problem)
    return list(problems.values())


def _examples(units: Iterable[str], names: Mapping[str, str]) -> str:
    """A few names as the files have them, so that a reader sees how the two sides write them."""
    return ", ".join(names.get(unit, unit)[:_LONGEST] for unit in sorted(units)[:_SHOWN]) or "–"
