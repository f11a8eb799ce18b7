"""Panel models of both directions."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def cross_lagged(findings: Findings) -> tuple[Exhibit, ...]:
    """Panel models of both directions."""
    del findings
    return ()
