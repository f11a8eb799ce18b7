"""Whether items measure the scales that they were written for, alike in all groups and waves."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def dimensions(context: Context) -> Found:
    """Whether items measure the scales that they were written for, alike in all groups and waves."""
    del context
    return Found()
