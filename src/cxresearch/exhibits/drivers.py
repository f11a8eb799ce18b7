"""Which touchpoints matter most."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def drivers(findings: Findings) -> tuple[Exhibit, ...]:
    """Which touchpoints matter most."""
    del findings
    return ()
