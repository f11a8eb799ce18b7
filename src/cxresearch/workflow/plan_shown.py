"""A survey plan on the terminal: its options read, its table shown, and written where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from cxresearch.errors import OutputError, ParameterError, Problem
from cxresearch.language import Phrase, render, spoken_language
from cxresearch.workflow.planned import SurveyPlan


def whole_numbers(option: str, text: str) -> tuple[int, ...]:
    """The numbers of a list such as `5,10,20`; () for an empty text.

    Raises
    ------
    ParameterError
        If it is not a list of whole numbers of 1 or more.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts) or (text.strip() and not parts):
        raise ParameterError(Problem(code="planning.list", column=option, value=text))
    return tuple(dict.fromkeys(int(part) for part in parts))


def between_zero_and_one(option: str, value: float) -> float | None:
    """The value of an option; None where it is 0, which means that it was not given.

    Raises
    ------
    ParameterError
        If it does not lie between 0 and 1.
    """
    if not 0 <= value < 1:
        raise ParameterError(Problem(code="planning.number", column=option, value=str(value)))
    return value or None


def show_plan(plan: SurveyPlan, console: Console) -> None:
    """Print the units needed as a table, and what the plan rests on, in the user's language."""
    language = spoken_language()

    def say(key: str, **values: object) -> str:
        return render(Phrase(f"tables.planning.{key}", values), language)

    console.print(say("run.caption", latent=plan.latent, power=plan.power), highlight=False)
    wide = plan.table.pivot(index="employees", columns="customers", values="units")
    table = Table()
    table.add_column(say("column.employees"), justify="right")
    for customers in wide.columns:
        table.add_column(say("column.customers", n=int(customers)), justify="right")
    for employees, row in wide.iterrows():
        cells = (say("run.no_units") if pd.isna(units) else say("run.count", n=int(units)) for units in row.tolist())
        table.add_row(say("run.count", n=int(str(employees))), *cells)
    console.print(table)
    console.print(say("run.note", icc_e=plan.design.icc_e, icc_c=plan.design.icc_c), highlight=False)
    origin = "from_results" if plan.hypothesis else "from_defaults"
    told = {"hypothesis": plan.hypothesis.upper()} if plan.hypothesis else {}
    console.print(say(f"run.{origin}", **told), highlight=False)


def write_plan(plan: SurveyPlan, path: Path) -> None:
    """Write the plan's table as CSV: employees, customers, observed, units.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    try:
        plan.table.to_csv(path, index=False)
    except OSError as error:
        raise OutputError(Problem(code="planning.unwritable", file=str(path))) from error
