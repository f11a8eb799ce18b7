"""Raw tables and codebooks for the tests, without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.codebook import Codebook, ValidationSpec, Variable
from cxresearch.codebook.load import codebook_of
from cxresearch.language import Label
from cxresearch.readers import RawTable

LABEL = Label("nimi", "name")


def raw(columns: Mapping[str, Sequence[Any]], *, file: str = "survey.csv", decimal: str = ".", **more: Any) -> RawTable:
    frame = pd.DataFrame({name: pd.Series(list(cells), dtype=object) for name, cells in columns.items()})
    lines = more.pop("lines", np.arange(2, len(frame) + 2, dtype=np.int64))
    return RawTable(
        name="survey", file=file, frame=frame, lines=lines, sha256="0" * 64, format="csv", decimal=decimal, **more
    )


def book(*variables: Variable) -> Codebook:
    return Codebook(variables, "codebook.csv", "0" * 64)


def variable(name: str, role: Any = "item", **more: Any) -> Variable:
    if role == "item":
        more = {"minimum": 1.0, "maximum": 5.0, "scale": "s", **more}
    return Variable(name=name, source=more.pop("source", "survey"), role=role, label=LABEL, **more)


UNIT = variable("team", "unit")


def spec(**more: Any) -> ValidationSpec:
    return ValidationSpec(**{"source": "survey", "side": "employee", "grain": "respondents", **more})


def codebook_from(text: str) -> Codebook:
    """A codebook written as rows of cells parted by `;`, the header first."""
    rows = [[cell.strip() for cell in line.split(";")] for line in text.strip().splitlines()]
    header = rows[0]
    cells = {name: [row[place] if place < len(row) else "" for row in rows[1:]] for place, name in enumerate(header)}
    return codebook_of(raw(cells, file="codebook.csv"))
