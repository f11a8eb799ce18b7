"""Through what, for whom and in what form the association holds."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def mechanism(context: Context) -> Found:
    """Through what, for whom and in what form the association holds."""
    del context
    return Found()
