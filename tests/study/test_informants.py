from __future__ import annotations

import pytest

from cxresearch.study import Study, check_plan, informants, load_study, same_source
from tests.study.conftest import Make


def test_a_measure_is_answered_by_the_side_of_its_source(study: Study) -> None:
    assert informants(study, "leadership") == {"employee"}
    assert informants(study, "nps") == {"customer"}
    assert not same_source(study, "h1")


@pytest.mark.parametrize(
    ("informant", "expected", "same"),
    [
        ("employee", {"employee"}, True),
        ("employee+customer", {"employee", "customer"}, True),
        ("customer", {"customer"}, False),
        ("process", {"process"}, False),
    ],
)
def test_the_codebook_may_name_other_informants(make: Make, informant: str, expected: set[str], same: bool) -> None:
    book = [("Suosittelu;Recommendation;", f"Suosittelu;Recommendation;{informant}")]
    study = load_study(make(codebook=book))
    assert informants(study, "nps") == expected
    assert same_source(study, "h1") is same


def test_one_item_answered_by_both_sides_is_enough(make: Make) -> None:
    study = load_study(make(codebook=[("Tuki;Support;", "Tuki;Support;customer")]))
    assert informants(study, "leadership") == {"employee", "customer"}
    assert same_source(study, "h1")


def test_a_common_source_is_no_contradiction(make: Make) -> None:
    study = load_study(make(codebook=[("Tuki;Support;", "Tuki;Support;customer")]))
    assert check_plan(study) == ()
