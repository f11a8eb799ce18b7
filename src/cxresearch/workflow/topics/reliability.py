"""How reliably scales and questionnaires measure, beyond alpha."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def reliability(context: Context) -> Found:
    """How reliably scales and questionnaires measure, beyond alpha."""
    del context
    return Found()
