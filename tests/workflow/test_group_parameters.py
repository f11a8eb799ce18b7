"""The notebook of a group's report runs with the parameters it has, or stops and names the one it does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cxresearch.errors import ParameterError
from cxresearch.workflow.parameters import GROUP_TYPES, GroupParameters, parameter_problems, read_group_parameters

GIVEN: Mapping[str, Any] = {
    "study": "data/example", "language": "fi", "by": "unit", "group": "", "seed": 0, "run": "",
}  # fmt: skip
KNOWN = "study, language, by, group, seed, run"

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt": ({"gruop": "x"}, f"There is no parameter gruop (given 'x'). The parameters are {KNOWN}; perhaps group"),
    "a number": ({"group": 7}, "The parameter group is of type int: 7. Give a value of type str."),
    "nothing": ({"by": None}, "The parameter by is of type NoneType: None. Give a value of type str."),
    "language": ({"language": "sv"}, "The language sv is not known. Choose from: fi, en."),
    "seed": ({"seed": -1}, "The seed -1 is out of range."),
}


def test_good_parameters_are_taken() -> None:
    assert list(GIVEN) == list(GROUP_TYPES)
    assert read_group_parameters({**GIVEN, "other": "of the notebook's own"}) == GroupParameters()
    assert read_group_parameters({**GIVEN, "group": "07", "by": "region"}) == GroupParameters(group="07", by="region")


@pytest.mark.parametrize("case", REFUSED)
def test_others_are_refused(case: str) -> None:
    given, sentence = REFUSED[case]
    (problem,) = parameter_problems({**GIVEN, **given}, GROUP_TYPES)
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"
    assert problem.what("fi") and problem.remedy("fi")


def test_a_chapter_has_no_group() -> None:
    (problem,) = parameter_problems({"group": "07"})
    assert "There is no parameter group" in problem.what("en")


def test_an_injected_parameter_that_the_notebook_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"There is no parameter typo \(given 1\)"):
        read_group_parameters({**GIVEN, "typo": 1, "In": ["", "# Parameters\ntypo = 1\n"]})


def test_missing_parameters_are_told() -> None:
    with pytest.raises(ParameterError, match="The parameter by is missing from the notebook"):
        read_group_parameters({name: value for name, value in GIVEN.items() if name != "by"})
