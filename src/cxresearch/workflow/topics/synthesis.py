"""Results of waves or regions combined."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def synthesis(context: Context) -> Found:
    """Results of waves or regions combined."""
    del context
    return Found()
