"""Differences between waves and units, and metrics beside each other."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def comparisons(context: Context) -> Found:
    """Differences between waves and units, and metrics beside each other."""
    del context
    return Found()
