"""The command `cxresearch merge`.

Exit codes: 0 every report is there; 1 a shard is missing or incomplete, or the input is wrong; 3 some reports failed;
75 a shard is still at work in the folder.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cxresearch.batch.codes import exit_code
from cxresearch.batch.command import BatchError
from cxresearch.batch.merge import merge_shards
from cxresearch.batch.request import BatchRequest
from cxresearch.errors import CxError
from cxresearch.language import LANGUAGES, Phrase, render, spoken_language


def merge(
    study: Annotated[list[str] | None, typer.Argument(help="Study folder; several with --by study.")] = None,
    by: Annotated[str, typer.Option(help="As the shards were asked for it.")] = "",
    table: Annotated[str, typer.Option(help="As the shards were asked for it.")] = "",
    notebook: Annotated[str, typer.Option(help="As the shards were asked for it.")] = "",
    language: Annotated[str, typer.Option(help="As the shards were asked for it.")] = ",".join(LANGUAGES),
    format: Annotated[str, typer.Option(help="As the shards were asked for it.")] = "html,pdf,docx",  # noqa: A002
    out: Annotated[str, typer.Option(help="Folder of the batch, as the shards were asked for it.")] = "",
    seed: Annotated[int, typer.Option(help="As the shards were asked for it.")] = 0,
    shards: Annotated[int, typer.Option(help="How many shards there are; read from the folder by default.")] = 0,
) -> None:
    """Merge the shards of a batch: check that all are complete, write one journal and the front page."""
    request = BatchRequest(
        studies=tuple(study or ()),
        by=by,
        table=table,
        notebook=notebook,
        languages=_listed(language),  # type: ignore[arg-type]
        formats=_listed(format),
        out=out,
        seed=seed,
    )
    try:
        merged = merge_shards(request, of=shards, tell=_tell)
    except CxError as error:
        raise BatchError(error.problems, exit_code(error)) from error
    _tell(Phrase("batch.shards.merged", {"shards": merged.of, "count": merged.rows}))
    for path in merged.pages.values():
        typer.echo(os.path.relpath(path))
    if merged.failed:
        problems = [problem for outcome in merged.failed if (problem := outcome.problem()) is not None]
        raise BatchError(problems, merged.exit_code)


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _tell(phrase: Phrase) -> None:
    typer.echo(render(phrase, spoken_language()), err=True)
