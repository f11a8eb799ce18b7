from __future__ import annotations

import pytest

from cxresearch.study import check_plan, load_study
from tests.study.conftest import Make

HYPOTHESIS = "    controls: [parking]\n"
CASES: list[tuple[str, str, str, str]] = [
    ("    mediators: [warmth]\n", "hypotheses.h1.mediators", "unknown_variable", "which hypotheses.h1.mediators names"),
    ("    moderators: [tenur]\n", "hypotheses.h1.moderators", "unknown_variable_near", "Did you mean tenure?"),
    ("    mediators: [leadership]\n", "hypotheses.h1.mediators", "explains_itself", "own measure “leadership”"),
    ("    moderators: [tenure, tenure]\n", "hypotheses.h1.moderators", "named_twice", "stands twice"),
    ("analyses:\n  groups: [region]\n", "analyses.groups", "unknown_covariate", "Use one of these: tenure."),
    ("analyses:\n  synthesis_by: tenuer\n", "analyses.synthesis_by", "unknown_covariate_near", "Did you mean tenure?"),
    (
        "    primary: latent\nanalyses:\n  leave_out: [latent]\n",
        "analyses.leave_out",
        "primary_left_out",
        "choose another primary analysis",
    ),
    ("analyses:\n  marker: weather\n", "analyses.marker", "unknown_variable", "“weather”"),
    ("analyses:\n  breakpoints: {leadershop: 3.5}\n", "analyses.breakpoints", "unknown_variable_near", "leadership"),
]


@pytest.mark.parametrize(("added", "column", "code", "sentence"), CASES)
def test_a_wrong_name_is_told_with_its_place(make: Make, added: str, column: str, code: str, sentence: str) -> None:
    (problem,) = check_plan(load_study(make((HYPOTHESIS, HYPOTHESIS + added))))
    assert (problem.code, problem.column) == (f"study.{code}", column)
    assert problem.line is not None
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"
    assert problem.what("fi") and problem.remedy("fi")


def test_what_exists_may_be_named(make: Make) -> None:
    added = "    mediators: [parking]\n    moderators: [tenure]\nanalyses:\n  groups: [tenure]\n  marker: parking\n"
    assert check_plan(load_study(make((HYPOTHESIS, HYPOTHESIS + added)))) == ()
