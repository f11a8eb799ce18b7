"""The drafted codebook as a file that a spreadsheet opens by double click."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from cxresearch.codebook.load import COLUMNS
from cxresearch.codebook.texts import number_text
from cxresearch.codebook.variables import Variable
from cxresearch.language import render
from cxresearch.study.draft.roles import DraftVariable

_FORMULA = ("=", "+", "-", "@")


def codebook_csv(drafted: Iterable[DraftVariable], language: str) -> bytes:
    """The codebook as UTF-8 with a byte order mark, columns parted by semicolons.

    A spreadsheet with Finnish settings opens this form by double click; readers of this package take any dialect.
    The last column says in `language` what was guessed. A text that a spreadsheet would take for a formula gets a
    blank in front, which the codebook's reader takes away again.
    """
    columns = list(COLUMNS)
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for row in drafted:
        note = " ".join(render(guess, language) for guess in row.guesses)
        writer.writerow({name: _harmless(cell) for name, cell in {**_cells(row.variable), "note": note}.items()})
    return sheet.getvalue().encode("utf-8-sig")


def _cells(variable: Variable) -> Mapping[str, str]:
    return {
        "name": variable.name,
        "source": variable.source,
        "role": variable.role,
        "scale": variable.scale,
        "reversed": "yes" if variable.reversed else "",
        "min": _number(variable.minimum),
        "max": _number(variable.maximum),
        "missing": "|".join(variable.missing),
        "options": "|".join(
            f"{_number(value)}={column}" for value, columns in variable.options.items() for column in columns
        ),
        "label_fi": variable.label.fi,
        "label_en": variable.label.en,
        "question_fi": variable.question.fi,
        "question_en": variable.question.en,
        "informant": variable.informant,
        "kind": variable.kind,
    }


def _number(value: float | None) -> str:
    return "" if value is None else number_text(float(value))


def _harmless(cell: str) -> str:
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f" {cell}"
    return cell
