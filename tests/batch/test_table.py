"""Tables of parameters: what they may hold, and everything that is wrong with one told at once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from cxresearch.batch.parameters import Parameter, notebook_parameters
from cxresearch.batch.table import read_table
from cxresearch.errors import ParameterError
from tests.batch.fakes import notebook_of

KNOWN = (
    Parameter(name="team", type="str"),
    Parameter(name="level", type="int"),
    Parameter(name="share", type="float"),
    Parameter(name="shown", type="bool"),
    Parameter(name="items", type="value", optional=True),
    Parameter(name="language", type="str"),
)


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_become_values_of_the_parameters_types(tmp_path: Path) -> None:
    path = table(tmp_path, 'name,team,level,share,shown,items\nFirst,007,12,0.5,yes,"[1, 2]"\nToka,B,-3,1e3,ei,\n')
    first, second = read_table(path, KNOWN)
    assert (first.name, first.line) == ("First", 2)
    assert first.values == {"team": "007", "level": 12, "share": 0.5, "shown": True, "items": [1, 2]}
    assert second.values == {"team": "B", "level": -3, "share": 1000.0, "shown": False, "items": None}


def test_a_decimal_comma_is_understood(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, "team;share\nA;0,25\nB;1,5\n"), KNOWN)
    assert [row.values["share"] for row in rows] == [0.25, 1.5]


def test_a_workbook_is_read_with_its_own_types(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("team", "level", "share", "shown"), (101, 3, 2, True), ("B", 4, 0.5, False)):
        book.active.append(row)
    book.save(tmp_path / "table.xlsx")
    rows = read_table(tmp_path / "table.xlsx", KNOWN)
    assert rows[0].values == {"team": "101", "level": 3, "share": 2.0, "shown": True}
    assert rows[0].name == "101, 3, 2.0, True"


WRONG = {
    "unknown column": (
        "tem,level\nA,1\n",
        ":1 (tem): The notebook has no parameter tem. Possible columns are team, level, share, shown, items, name. "
        "Nearest by name is: team.",
        ":1 (tem): Muistikirjassa ei ole parametria tem. Mahdolliset sarakkeet ovat team, level, share, shown, items, "
        "name. Nimeltään lähinnä on: team.",
    ),
    "column of the command": (
        "team,language\nA,fi\n",
        ":1 (language): The table has a column language, but the command itself gives this parameter.",
        ":1 (language): Taulukossa on sarake language, mutta tämän parametrin arvo tulee itse komennosta.",
    ),
    "not whole": (
        "team,level\nA,1\nB,2.5\n",
        ":3 (level): The value of level is not a whole number: 2.5.",
        ":3 (level): Sarakkeen level arvo ei ole kokonaisluku: 2.5.",
    ),
    "not a number": (
        "team,share\nA,many\n",
        ":2 (share): The value of share is not a number: many.",
        ":2 (share): Sarakkeen share arvo ei ole luku: many.",
    ),
    "neither true nor false": (
        "team,shown\nA,perhaps\n",
        ":2 (shown): The value of shown is neither true nor false: perhaps.",
        ":2 (shown): Sarakkeen shown arvo ei ole tosi eikä epätosi: perhaps.",
    ),
    "missing value": (
        "team,level\nA,1\nB,\n",
        ":3 (level): The value of level is missing. Fill in the cell, or remove the row.",
        ":3 (level): Sarakkeesta level puuttuu arvo. Täytä solu tai poista rivi.",
    ),
    "missing name": (
        "name,team\n,A\n",
        ":2 (name): The value of name is missing.",
        ":2 (name): Sarakkeesta name puuttuu arvo.",
    ),
    "repeated name": (
        "name,team\nx,A\ny,B\nX,C\n",
        ":4 (name): The name X is already on line 2.",
        ":4 (name): Nimi X on jo rivillä 2.",
    ),
    "repeated row": (
        "team,level\nA,1\nA,1\n",
        ":3: The name A, 1 is already on line 2.",
        ":3: Nimi A, 1 on jo rivillä 2.",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    text, english, finnish = WRONG[case]
    path = table(tmp_path, text)
    with pytest.raises(ParameterError) as refused:
        read_table(path, KNOWN, given=("language",))
    assert len(refused.value.problems) == 1
    assert f"{path}{english}" in refused.value.text("en")
    assert f"{path}{finnish}" in refused.value.text("fi")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = table(tmp_path, "name,team,level,colour\na,A,x,red\na,,2,blue\n")
    with pytest.raises(ParameterError) as refused:
        read_table(path, KNOWN)
    assert [problem.code for problem in refused.value.problems] == [
        "batch.unknown_column", "batch.not_int", "batch.missing_value", "batch.repeated_name",
    ]  # fmt: skip


def test_a_parameter_without_a_value_of_its_own_needs_a_column(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="The table has no column level, and this parameter has no default value"):
        read_table(table(tmp_path, "team\nA\n"), [*KNOWN[:1], Parameter(name="level", type="int", required=True)])


def test_the_parameters_of_a_notebook_and_their_types_are_read() -> None:
    source = (
        'team = "A"\nlevel: int\nshare: float = 1\nshown = True\nitems = [1]\nuntil: str | None = None\ncount = f()'
    )
    found = {one.name: one for one in notebook_parameters(notebook_of(parameters=source), "x.ipynb")}
    assert {name: one.type for name, one in found.items()} == {
        "team": "str", "level": "int", "share": "float", "shown": "bool", "items": "value", "until": "str",
        "count": "value",
    }  # fmt: skip
    assert [name for name, one in found.items() if one.required] == ["level"]
    assert [name for name, one in found.items() if one.optional] == ["until"]


def test_a_notebook_without_parameters_is_refused() -> None:
    notebook = notebook_of("1 + 1")
    notebook.cells[0].metadata["tags"] = []
    with pytest.raises(ParameterError, match="The notebook x.ipynb has no cell tagged “parameters”"):
        notebook_parameters(notebook, "x.ipynb")


def test_parameters_that_are_not_python_are_refused() -> None:
    with pytest.raises(
        ParameterError, match="The cell tagged “parameters” of the notebook x.ipynb is not valid Python"
    ):
        notebook_parameters(notebook_of(parameters="team = "), "x.ipynb")
