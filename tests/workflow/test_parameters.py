"""A notebook runs with the parameters it has, or stops and names the one it does not have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from cxresearch.errors import ParameterError
from cxresearch.workflow.parameters import Parameters, injected_names, parameter_problems, read_parameters
from cxresearch.workflow.places import chapter_notebooks

GIVEN: Mapping[str, Any] = {"study": "data/example", "language": "fi", "seed": 0, "run": ""}
KNOWN = "study, language, seed, run"

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"typo": 1}, f"There is no parameter typo (given 1). The parameters are {KNOWN}; perhaps "),
    "misspelt": (
        {"langauge": "en"},
        f"There is no parameter langauge (given 'en'). The parameters are {KNOWN}; perhaps language was meant.",
    ),
    "a number as text": ({"seed": "1"}, "The parameter seed is of type str: '1'. Give a value of type int."),
    "a truth value": ({"seed": True}, "The parameter seed is of type bool: True. Give a value of type int."),
    "a list": ({"study": ["a"]}, "The parameter study is of type list: ['a']. Give a value of type str."),
    "nothing": ({"run": None}, "The parameter run is of type NoneType: None. Give a value of type str."),
    "language": ({"language": "sv"}, "The language sv is not known. Choose from: fi, en."),
    "seed below zero": (
        {"seed": -1},
        "The seed -1 is out of range. Give a whole number from 0 to 4294967295; 0 takes the study's own seed.",
    ),
    "seed too large": (
        {"seed": 2**32},
        "The seed 4294967296 is out of range. Give a whole number from 0 to 4294967295; 0 takes the study's own seed.",
    ),
}


def test_good_parameters_are_taken() -> None:
    assert parameter_problems(GIVEN) == []
    assert read_parameters({**GIVEN, "other": "of the notebook's own"}) == Parameters()
    assert read_parameters({**GIVEN, "seed": 2**32 - 1}).seed == 2**32 - 1


@pytest.mark.parametrize("case", REFUSED)
def test_others_are_refused(case: str) -> None:
    given, sentence = REFUSED[case]
    (problem,) = parameter_problems({**GIVEN, **given})
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"
    assert problem.what("fi") and problem.remedy("fi")


def test_what_papermill_injects_is_found() -> None:
    cells = ["seed = 3", '# Parameters\nstudy = "a"\ntypo = 1\n', "# Parameters"]
    assert injected_names(cells) == ["study", "typo"]


def test_an_injected_parameter_that_the_notebook_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"There is no parameter typo \(given 1\)"):
        read_parameters({**GIVEN, "typo": 1, "In": ["", "# Parameters\ntypo = 1\n"]})


def test_missing_parameters_are_told_with_all_others() -> None:
    with pytest.raises(ParameterError) as failed:
        read_parameters({"study": "data/example", "language": "sv", "seed": 0})
    assert [problem.code for problem in failed.value.problems] == ["workflow.missing_parameter", "workflow.language"]
    assert failed.value.problems[0].what("en") == "The parameter run is missing from the notebook."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"typo": 1}, f"There is no parameter typo (given 1). The parameters are {KNOWN}"),
        ({"seed": "many"}, "The parameter seed is of type str: 'many'. Give a value of type int."),
    ],
)
def test_plain_papermill_stops_too(tmp_path: Path, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PapermillExecutionError) as failed:
        papermill.execute_notebook(
            str(chapter_notebooks()[0]),
            str(tmp_path / "out.ipynb"),
            parameters={"study": str(tmp_path), **given},
            kernel_name="python3",
            progress_bar=False,
        )
    assert sentence in failed.value.evalue
    assert failed.value.ename == "ParameterError"
