"""Whether each measure may be aggregated to units."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def decisions(context: Context) -> Found:
    """Whether each measure may be aggregated to units."""
    del context
    return Found()
