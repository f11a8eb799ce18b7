"""The command line: a thin shell over the workflow.

Exit codes: 0 done; 1 the input or the place of the results is wrong; 2 the command itself is wrong; 130 interrupted.
Those of a batch are in `batch.command`.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxresearch.batch.command import BatchError, batch
from cxresearch.batch.merge_command import merge
from cxresearch.errors import CxError, Problem, StudyError, raise_if
from cxresearch.language import LANGUAGES, Phrase, check_language, render, spoken_language
from cxresearch.study import guesses_left, json_schema, load_study
from cxresearch.workflow.chapters import foreseeable_problems
from cxresearch.workflow.fetch import fetch as fetch_files
from cxresearch.workflow.lab import prepare_lab
from cxresearch.workflow.linkable import refuse_strangers
from cxresearch.workflow.new import check_study_name, new_study
from cxresearch.workflow.places import find_study, notebooks_folder
from cxresearch.workflow.plan_shown import between_zero_and_one, show_plan, whole_numbers, write_plan
from cxresearch.workflow.planned import plan_survey
from cxresearch.workflow.reading import read_study
from cxresearch.workflow.register import register as register_plan
from cxresearch.workflow.run import run_study

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Does employee experience predict customer scores? Survey exports in, an honest report out.",
)
INTERRUPTED = 130
"""Exit code after Ctrl-C, also the one that Typer gives it."""

_STUDY = Annotated[str, typer.Argument(help="Study folder, looked up from the working folder upwards.")]


def _say(key: str, **values: object) -> None:
    typer.echo(render(Phrase(f"cli.{key}", values), spoken_language()), err=True)


def show_problems(problems: Sequence[Problem], console: Console) -> None:
    """All problems as one table on a terminal, as lines elsewhere."""
    language = spoken_language()
    rows = [problem.row(language) for problem in problems]
    if not rows:
        return
    if not console.is_terminal:
        for row in rows:
            place = f"{row['where']}: " if row["where"] else ""
            console.print(Text(f"{place}{row['what']} {row['remedy']}"), soft_wrap=True)
        return
    table = Table(show_lines=True)
    for name in ("where", "what", "value", "remedy"):
        table.add_column(render(Phrase(f"cli.column.{name}"), language), overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[name]) for name in ("where", "what", "value", "remedy")))
    console.print(table)


def _warn_of_guesses(folder: Path) -> None:
    if count := guesses_left(folder):
        _say("guesses", count=count)


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


@app.command()
def run(
    study: _STUDY,
    language: Annotated[str, typer.Option(help="fi, en or fi,en.")] = ",".join(LANGUAGES),
    format: Annotated[str, typer.Option(help="html, pdf, docx, in any mix.")] = "html,pdf,docx",  # noqa: A002
    out: Annotated[str, typer.Option(help="Folder of the results; reports/<study> by default.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of random draws; 0 takes the study's own.")] = 0,
    workers: Annotated[int, typer.Option(help="Notebooks run side by side; 0 for one per processor.")] = 0,
) -> None:
    """Analyse a study and write its reports."""
    _warn_of_guesses(find_study(study))
    made = run_study(
        study,
        languages=_listed(language),  # type: ignore[arg-type]
        formats=_listed(format),
        out=out,
        seed=seed,
        workers=workers,
        progress=lambda step, of: _say(f"step.{step}", of=of),
    )
    for path in made.reports.values():
        typer.echo(os.path.relpath(path))
    for verdict in made.findings.verdicts:
        word = render(verdict.word(), spoken_language())
        typer.echo(f"{verdict.hypothesis.upper()}: {word}")


@app.command()
def check(
    study: Annotated[str, typer.Argument(help="Study folder.")] = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of study.yml.")] = False,
) -> None:
    """Show every problem of a study in one table; nothing is written."""
    if schema:
        typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    plan = load_study(find_study(study))
    raise_if(foreseeable_problems(plan), StudyError)
    data = read_study(plan)
    refuse_strangers(plan, data)
    _warn_of_guesses(plan.folder)
    if data.notices:
        show_problems(data.notices, Console(stderr=True))
    _say("checked", count=len(data.summaries))


@app.command()
def register(study: _STUDY) -> None:
    """Register the plan: later runs are held against this copy, and reports tell what was changed."""
    folder = register_plan(load_study(find_study(study)), datetime.date.today())
    _say("registered", folder=os.path.relpath(folder))


@app.command()
def plan(
    study: _STUDY,
    rho: Annotated[float, typer.Option(help="Latent correlation between units; 0 takes the study's own.")] = 0.0,
    power: Annotated[float, typer.Option(help="Chance of finding it; 0 takes the study's own.")] = 0.0,
    hypothesis: Annotated[str, typer.Option(help="Whose surveys are planned; the first one by default.")] = "",
    employees: Annotated[str, typer.Option(help="Employees per unit, such as 5,10,20.")] = "",
    customers: Annotated[str, typer.Option(help="Customers per unit, such as 20,40,80.")] = "",
    icc_employees: Annotated[float, typer.Option(help="ICC(1) of the employee score; 0 takes the results'.")] = 0.0,
    icc_customers: Annotated[float, typer.Option(help="ICC(1) of the customer score; 0 takes the results'.")] = 0.0,
    run_folder: Annotated[str, typer.Option("--run", help="Folder of the results to plan from.")] = "",
    out: Annotated[str, typer.Option(help="Write the table to this CSV file; nothing is written without it.")] = "",
) -> None:
    """Show how many units, employees and customers the next survey needs."""
    planned = plan_survey(
        study,
        run=run_folder,
        hypothesis=hypothesis,
        latent=between_zero_and_one("rho", rho),
        power=between_zero_and_one("power", power),
        icc_e=between_zero_and_one("icc-employees", icc_employees),
        icc_c=between_zero_and_one("icc-customers", icc_customers),
        employees=whole_numbers("employees", employees),
        customers=whole_numbers("customers", customers),
    )
    show_plan(planned, Console(soft_wrap=True))
    if out:
        write_plan(planned, Path(out))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the study; the folder is data/NAME.")],
    employee: Annotated[list[Path], typer.Option(help="Export of an employee survey; may be repeated.")],
    customer: Annotated[list[Path], typer.Option(help="Export of a customer survey; may be repeated.")],
    unit: Annotated[str, typer.Option(help="Column that names the units; guessed without it.")] = "",
) -> None:
    """Draft study.yml and codebook.csv from raw files; every guess is marked."""
    draft = new_study(Path("data") / check_study_name(name), employee, customer, unit=unit, language=spoken_language())
    _say("drafted", folder=str(draft.folder), count=len(draft.guesses))


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Name of a packaged study, such as nyc-schools.")],
    source: Annotated[str, typer.Option("--from", help="Copy from this folder instead of the network.")] = "",
) -> None:
    """Get the raw files of a packaged study and check their SHA-256 sums."""
    for fetched in fetch_files(name, source=Path(source) if source else None):
        typer.echo(f"{os.path.relpath(fetched.path)}  {fetched.size}")


@app.command()
def lab(study: _STUDY) -> None:
    """Open JupyterLab on the notebooks, with a copy whose parameters name this study."""
    raise typer.Exit(open_lab(find_study(study)))


app.command()(batch)
app.command()(merge)


def open_lab(study: Path) -> int:
    """Copy the notebooks into `reports/<study>/lab`, set to the study, and start JupyterLab there."""
    folder = prepare_lab(study, notebooks_folder())
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(folder)])


def main() -> None:
    """Run a command; user errors become a table and exit code 1, an interrupt 130."""
    try:
        check_language(spoken_language())
        app()
    except BatchError as error:
        show_problems(error.problems, Console(stderr=True))
        raise SystemExit(error.exit_code) from None
    except CxError as error:
        show_problems(error.problems, Console(stderr=True))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _interrupted()
        raise


def _interrupted() -> NoReturn:
    show_problems([Problem(code="workflow.interrupted")], Console(stderr=True))
    raise SystemExit(INTERRUPTED) from None
