"""How large the next survey should be."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def planning(context: Context) -> Found:
    """How large the next survey should be."""
    del context
    return Found()
