"""The packaged sources: unique keys, and the ones that the reports cite."""

from __future__ import annotations

import pytest

from cxresearch.report import KEYS
from cxresearch.report.bibliography import citation_style, keys, packaged


def test_keys_are_unique_and_plain() -> None:
    assert len(KEYS) == len(set(KEYS)) > 40
    assert all(key.isascii() and key.isalnum() for key in KEYS)


@pytest.mark.parametrize(
    "key",
    ["brown2008", "cronbach1951", "bliese2000", "lebreton2008", "james1984", "shrout1979", "reichheld2003", "rocks2016",
     "long2000", "spearman1904", "lakens2018", "harter2002", "hogreve2017", "schneider1998", "feldt1965",
     "mackinnon1985", "lipsitch2010", "hamaker2015", "holm1979", "phipson2010", "tuulaniemi2016", "peppers2017"],
)  # fmt: skip
def test_a_source_is_there(key: str) -> None:
    assert key in KEYS


def test_keys_are_read_from_any_entry() -> None:
    assert keys("@Book{ one2001 ,\n title={x}}\n  @article{two,}\n@comment{three,}\n@string{four,}") == (
        "one2001",
        "two",
    )


def test_every_entry_has_a_title_and_someone_who_wrote_it() -> None:
    for entry in packaged().split("\n@")[1:]:
        assert "title = {" in entry, entry
        assert "author = {" in entry, entry


def test_the_style_is_apa() -> None:
    assert "APA Style 7th edition" in citation_style()
