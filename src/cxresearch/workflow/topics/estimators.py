"""The same question by estimators for few clusters, categories and panels."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def estimators(context: Context) -> Found:
    """The same question by estimators for few clusters, categories and panels."""
    del context
    return Found()
