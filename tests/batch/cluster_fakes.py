"""Warm processes and rows of a test cluster: they leave traces in the batch's folder. Workers import this by name."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from pathlib import Path

from cxresearch.batch.outcome import Outcome
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row


class Traced:
    """Warm processes that are only a file `warm-<process>-<nonce>` while they are open."""

    def __init__(self, plan: BatchPlan) -> None:
        self.path = Path(plan.cwd) / f"warm-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.path.touch()

    def close(self) -> None:
        self.path.rename(self.path.with_name(self.path.name.replace("warm", "closed")))


def open_traced(plan: BatchPlan) -> Traced:
    return Traced(plan)


def make_slowly(row: Row, plan: BatchPlan, warm: Traced) -> Outcome:
    """Write the row's file as a whole; `begun-<row>-<process>` tells where it was begun."""
    traces = Path(plan.cwd)
    (traces / f"begun-{row.id}-{os.getpid()}").touch()
    assert warm.path.exists()
    time.sleep(float(row.parameters.get("seconds", 0)))
    text = f"report of {row.name}\n" * 1000
    target = Path(plan.out) / f"{row.id}.txt"
    partial = target.with_suffix(f".{uuid.uuid4().hex}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(target)
    return Outcome(
        row=row.id, key=row.key, state="done", outputs={target.name: hashlib.sha256(text.encode()).hexdigest()}
    )


def make_and_die(row: Row, plan: BatchPlan, warm: Traced) -> Outcome:
    """The worker's own process ends without a word, as when the machine runs out of memory."""
    del plan, warm
    if row.parameters.get("dies"):
        os._exit(9)
    return Outcome(row=row.id, key=row.key, state="done")
