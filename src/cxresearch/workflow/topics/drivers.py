"""Which touchpoints matter most."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def drivers(context: Context) -> Found:
    """Which touchpoints matter most."""
    del context
    return Found()
