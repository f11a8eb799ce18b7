"""Through what, for whom and in what form the association holds."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def mechanism(findings: Findings) -> tuple[Exhibit, ...]:
    """Through what, for whom and in what form the association holds."""
    del findings
    return ()
