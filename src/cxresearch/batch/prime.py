"""What the parent of warm processes does once, so that no report has to: read the study, draw, ready the writers."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.report.warmup import warm_up
from cxresearch.workflow.session import keep_open


def prime(*, studies: Sequence[str], seed: int, run: str) -> None:
    """Ready this process for being copied: the studies' findings in memory, a figure drawn, the writers loaded.

    Leaves no thread behind.
    """
    for study in studies:
        keep_open(study, seed=seed, run=run)
    warm_up()
