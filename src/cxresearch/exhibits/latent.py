"""The correlation between units that sampling of people does not weaken."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def latent(findings: Findings) -> tuple[Exhibit, ...]:
    """The correlation between units that sampling of people does not weaken."""
    del findings
    return ()
