from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.codebook import safe_name, unit_key, unit_keys
from cxresearch.codebook.aliases import aliases_of
from cxresearch.codebook.distinct import distinct
from cxresearch.errors import StudyError
from tests.codebook.tables import raw

AWKWARD = [
    "../../x",
    "CON",
    "nul.txt",
    "👩\u200d💼 tiimi",
    "=1+1",
    "a" * 300,
    "-",
    "\x00",
    " ",
    "Ärräpää/ö",
    "🔥",
    "...",
    "~",
]


def keys_of(cells: list[object], aliases: dict[str, str] | None = None, frequency: list[int] | None = None):
    column = distinct(pd.Series(cells, dtype=object))
    times = np.array(frequency or [1] * len(cells), dtype=np.int64)
    return unit_keys(column, times, aliases)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("  Helsinki\u00a0 Itä ", "helsinki itä"),
        ("HELSINKI\u200b", "helsinki"),
        ("\ufeffStraße", "strasse"),
        ("Ａ１", "a1"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (np.float64(7), "7"),
        ("007", "007"),
        (datetime.datetime(2025, 3, 1), "2025-03-01"),
        (True, "true"),
        (None, ""),
        (float("nan"), ""),
        ("\u200b\u00a0", ""),
        ("I\u0307stanbul", unit_key("İstanbul")),
    ],
)
def test_spellings_of_a_unit_have_one_key(written: object, key: str) -> None:
    assert unit_key(written) == key


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert unit_key(unit_key(text)) == unit_key(text)


@given(st.text())
def test_upper_and_lower_case_and_blanks_do_not_part_units(text: str) -> None:
    assert unit_key(f"  {text.casefold()}\u00a0") == unit_key(text)


@given(st.one_of(st.text(), st.sampled_from(AWKWARD)))
def test_a_safe_name_is_safe(unit: str) -> None:
    name = safe_name(unit)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{10}", name)
    assert len(name) <= 51
    assert safe_name(f" {unit} ") == name


def test_safe_names_of_different_units_differ() -> None:
    units = [*filter(unit_key, AWKWARD), "a" * 301, "a b", "a-b", "a/b", "ä", "a"]
    assert len({safe_name(unit) for unit in units}) == len(units)


def test_a_reserved_name_is_not_left_bare() -> None:
    assert safe_name("CON").startswith("con-")
    assert safe_name("").startswith("unit-")


def test_the_most_frequent_spelling_is_shown_and_the_others_are_listed() -> None:
    found = keys_of(["Espoo", "ESPOO ", "ESPOO", "Vantaa", None])
    assert found.keys.tolist() == ["espoo", "espoo", "espoo", "vantaa", ""]
    assert found.names == {"espoo": "ESPOO", "vantaa": "Vantaa"}
    assert found.spellings == {"espoo": ("ESPOO", "Espoo")}


def test_a_row_that_stands_for_many_counts_as_many() -> None:
    assert keys_of(["Espoo", "ESPOO"], frequency=[5, 2]).names == {"espoo": "Espoo"}


def test_the_spelling_shown_does_not_depend_on_the_order_of_rows() -> None:
    assert keys_of(["b", "B"]).names == keys_of(["B", "b"]).names


def test_aliases_lead_to_the_proper_name() -> None:
    aliases = aliases_of(raw({"alias": ["HKI", "hki itä"], "unit": ["Helsinki", "Helsinki Itä"]}))
    found = keys_of(["hki", "HELSINKI", "HELSINKI", "Hki  Itä"], aliases)
    assert found.keys.tolist() == ["helsinki", "helsinki", "helsinki", "helsinki itä"]
    assert found.names == {"helsinki": "Helsinki", "helsinki itä": "Helsinki Itä"}
    assert found.aliased.tolist() == [True, False, False, True]
    assert found.spellings == {}


@pytest.mark.parametrize(
    ("alias", "unit", "sentence"),
    [
        (["a", "A "], ["One", "Two"], "“A” is given as another name of two units; the first is “One”, on row 2."),
        (["a", ""], ["One", "Two"], "lacks the alias or the unit (the other is “Two”)"),
        (["a", "b"], ["b", "c"], "“b” is used as a unit's proper name, but row 3 says that it is another name of “c”."),
    ],
)
def test_a_contradictory_alias_table_is_refused(alias: list[str], unit: list[str], sentence: str) -> None:
    with pytest.raises(StudyError, match=re.escape(sentence)) as caught:
        aliases_of(raw({"alias": alias, "unit": unit}, file="aliases.csv"))
    assert "aliases.csv:" in str(caught.value)
    assert "rinnakkaisni" in caught.value.text("fi").casefold()


def test_an_alias_table_without_its_columns_names_the_nearest() -> None:
    with pytest.raises(StudyError, match="Rename the column “units”"):
        aliases_of(raw({"alias": ["a"], "units": ["b"]}))
    with pytest.raises(StudyError, match="Give the table two columns, alias and unit"):
        aliases_of(raw({"x": ["a"], "unit": ["b"]}))


def test_an_alias_may_repeat_and_may_name_itself() -> None:
    assert aliases_of(raw({"alias": ["a", "A", "b", ""], "unit": ["b", "B", "b", ""]})) == {"a": "b", "b": "b"}
