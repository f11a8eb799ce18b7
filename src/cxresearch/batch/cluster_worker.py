"""What a Dask worker does in a batch: it keeps warm processes and makes rows in them.

This module needs Dask, an extra; only `cluster` and the workers import it.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

from distributed import Worker, WorkerPlugin, get_worker

from cxresearch.batch.outcome import Outcome
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row
from cxresearch.provenance import sha256_of
from cxresearch.warm.client import Warm


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWork:
    """How a row is made; both functions are sent to workers by name.

    Attributes
    ----------
    open : opens the warm processes of one worker. make : makes a row in them.
    """

    open: Callable[[BatchPlan], Warm]
    make: Callable[[Row, BatchPlan, Warm], Outcome]


class WarmPlugin(WorkerPlugin):
    """Warm processes from the start of a worker to its end; a worker that Dask starts again gets new ones."""

    def __init__(self, name: str, plan: BatchPlan, work: RowWork) -> None:
        self.name = name
        self.plan = plan
        self.work = work

    async def setup(self, worker: Worker) -> None:
        """Open the warm processes while the worker goes on answering its scheduler."""
        del worker
        self.opening = threading.Lock()
        self.warm: Warm | None = None
        await asyncio.to_thread(self.opened)

    def opened(self) -> Warm:
        """The worker's warm processes; they are opened if that has not succeeded yet."""
        with self.opening:
            if self.warm is None:
                self.warm = self.work.open(self.plan)
            return self.warm

    async def teardown(self, worker: Worker) -> None:
        """End the warm processes; a row that is in the making ends with them."""
        del worker
        warm, self.warm = self.warm, None
        if warm is not None:
            await asyncio.to_thread(warm.close)


def make_row(name: str, row: Row) -> Outcome:
    """Make a row with the plugin `name` of the worker that this runs on."""
    plugin = cast(WarmPlugin, get_worker().plugins[name])
    return plugin.work.make(row, plugin.plan, plugin.opened())


def examine(study: str, probe: str, token: str, program: Mapping[str, str]) -> dict[str, Any]:
    """What a worker sees of the client's files.

    Returns
    -------
    dict
        `other` : one file of `program` (path → SHA-256) that is another one here, or empty. `study` : whether the
        study's folder is there. `read` : whether the file `probe` is there with the text `token`. `written` : a file
        that the worker wrote beside it; empty if it could not.
    """
    seen = {"other": _other_file(program), "study": not study or Path(study).is_dir(), "read": False, "written": ""}
    with suppress(OSError):
        seen["read"] = Path(probe).read_text(encoding="ascii") == token
    if seen["read"]:
        mine = Path(f"{probe}-{uuid.uuid4().hex}")
        with suppress(OSError):
            mine.write_text(token, encoding="ascii")
            seen["written"] = mine.name
    return seen


def _other_file(program: Mapping[str, str]) -> str:
    root = Path(str(resources.files("cxresearch")))
    for name, told in program.items():
        try:
            if sha256_of(root / name) != told:
                return name
        except OSError:
            return name
    return ""
