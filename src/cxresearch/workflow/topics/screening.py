"""Careless answers: how many each index flags."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def screening(context: Context) -> Found:
    """Careless answers: how many each index flags."""
    del context
    return Found()
