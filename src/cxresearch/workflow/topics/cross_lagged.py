"""Panel models of both directions."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def cross_lagged(context: Context) -> Found:
    """Panel models of both directions."""
    del context
    return Found()
