"""The association over all defensible ways of computing it."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def specifications(context: Context) -> Found:
    """The association over all defensible ways of computing it."""
    del context
    return Found()
