"""Names of rows as names of folders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.batch.rows import file_safe, file_safe_names

ORDINARY = {
    "Tiimi 01": "tiimi-01",
    "Väistö": "vaisto",
    "Sales & Service, 2025-Q1": "sales-service-2025-q1",
    "../../etc/passwd": "etc-passwd",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_stays_readable(name: str) -> None:
    assert file_safe(name) == ORDINARY[name]


@pytest.mark.parametrize("name", ["bundle", "Groups", "CON", "🦩", "x" * 300])
def test_a_name_that_says_too_little_or_is_taken_gets_a_hash(name: str) -> None:
    assert file_safe(name) not in ("bundle", "groups", "con", "")
    assert file_safe(name)[-8:].isalnum() and len(file_safe(name)) <= 64


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_different_names_give_different_file_safe_ids(names: list[str]) -> None:
    made = file_safe_names(names)
    assert len(set(made)) == len(names)
    assert all(set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and one for one in made)


def test_ids_are_the_same_in_every_run() -> None:
    assert file_safe_names(["Åbo", "Abo", "Turku"]) == file_safe_names(["Åbo", "Abo", "Turku"])
