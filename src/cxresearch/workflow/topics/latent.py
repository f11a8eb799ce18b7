"""The correlation between units that sampling of people does not weaken."""

from __future__ import annotations

from cxresearch.workflow.topics.context import Context, Found


def latent(context: Context) -> Found:
    """The correlation between units that sampling of people does not weaken."""
    del context
    return Found()
