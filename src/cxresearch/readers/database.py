"""The rows of an SQL query, from a SQLite file or any database that SQLAlchemy reaches → `RawTable`.

Secrets stay out of sight: an address may hold `${NAME}` for an environment variable; messages and details show the
address as written, without its password, and no text of the database driver that repeats a secret.
"""

from __future__ import annotations

import hashlib
import os
import re
import urllib.parse
from collections.abc import Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cxresearch.provenance import sha256_of
from cxresearch.readers.decimals import settle_decimal
from cxresearch.readers.header import check_names
from cxresearch.readers.options import Task
from cxresearch.readers.parquet import plain
from cxresearch.readers.refusal import refusal
from cxresearch.readers.table import RawTable

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_HIDDEN = "***"


def read_sql(task: Task) -> RawTable:
    """Run the query of a source and take its rows as they come.

    A SQLite file is opened for reading only; without a query it must hold exactly one table, which is read whole.

    Raises
    ------
    ReadError
        Unset environment variable, wrong address, missing driver, failing query, no query, no rows, empty or repeated
        column names. No message holds a password.
    """
    url, shown, secrets = _address(task)
    try:
        engine = sa.create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError) as error:
        raise refusal("no_driver", shown, value=url.drivername, reason=_without(str(error), secrets)) from None
    query = task.options.query or ""
    try:
        with engine.connect() as connection:
            query = query or _only_table(connection, task, shown)
            result = connection.exec_driver_sql(query)
            if not result.returns_rows:
                raise refusal("no_result", shown, value=query)
            names, rows = list(result.keys()), [[plain(value) for value in row] for row in result]
    except SQLAlchemyError as error:
        reason = _without(str(getattr(error, "orig", None) or error), secrets)
        raise refusal("query_failed", shown, value=_without(query, secrets), reason=reason) from None
    finally:
        engine.dispose()
    return _table(task, shown, names, rows, query)


def _address(task: Task) -> tuple[URL, str, tuple[str, ...]]:
    """The address with its secrets, the address as messages show it, and the secrets themselves."""
    template = task.options.url
    if template is None:
        path = urllib.parse.quote(str(task.path.absolute()))
        return URL.create("sqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"}), task.shown_as, ()
    filled = tuple(_variable(name, task.name) for name in _PLACEHOLDER.findall(template))
    values = iter(filled)
    try:
        url = make_url(_PLACEHOLDER.sub(lambda _: urllib.parse.quote(next(values), safe=""), template))
        shown = make_url(template).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise refusal("bad_url", task.name) from None
    shown = re.sub(r"%24%7B(\w+)%7D", r"${\1}", shown)
    secrets = (*filled, *(part for part in (url.password,) if part))
    return url, shown, (*secrets, *(urllib.parse.quote(secret, safe="") for secret in secrets))


def _variable(name: str, source: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise refusal("unset_variable", source, value=name)
    return value


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def _only_table(connection: sa.Connection, task: Task, shown: str) -> str:
    tables = sa.inspect(connection).get_table_names()
    if len(tables) != 1:
        raise refusal("no_query", shown, tables=", ".join(tables) or "–")
    return f"SELECT * FROM {connection.dialect.identifier_preparer.quote(tables[0])}"


def _table(task: Task, shown: str, names: list[str], rows: list[list[object]], query: str) -> RawTable:
    check_names(names, shown, None)
    if not rows:
        raise refusal("no_rows", shown)
    columns = {name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(names)}
    from_file = task.options.url is None
    return RawTable(
        name=task.name,
        file=shown,
        frame=pd.DataFrame(columns),
        lines=np.arange(1, len(rows) + 1, dtype=np.int64),
        sha256=sha256_of(task.path) if from_file else hashlib.sha256(repr((names, rows)).encode()).hexdigest(),
        format="sql",
        decimal=settle_decimal(columns.values(), task.options.decimal),
        details={"query": query},
    )
