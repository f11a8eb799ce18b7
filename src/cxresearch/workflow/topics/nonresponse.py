"""Who answered, and whether those who did not may differ."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def nonresponse(context: Context) -> Found:
    """Who answered, and whether those who did not may differ."""
    del context
    return Found()
