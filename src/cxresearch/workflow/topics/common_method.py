"""How much answers share by method alone."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def common_method(context: Context) -> Found:
    """How much answers share by method alone."""
    del context
    return Found()
