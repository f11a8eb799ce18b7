"""The warm processes that make a batch's rows."""

from __future__ import annotations

from cxresearch.batch.plan import BatchPlan
from cxresearch.warm.client import Warm, open_warm

PRELOAD = ("cxresearch.batch.prime", "cxresearch.batch.render", "cxresearch.workflow.group_session", "seaborn")
"""Modules that the parent of warm processes imports."""

PRIME = "cxresearch.batch.prime:prime"


def open_processes(plan: BatchPlan, jobs: int = 0) -> Warm:
    """Open warm processes that hold the batch's study in memory; `jobs` rows are made in them at once."""
    arguments = {"studies": [plan.study] if plan.study else [], "seed": plan.seed, "run": plan.out}
    return open_warm(preload=PRELOAD, prime=PRIME, arguments=arguments, processes=jobs or None)
