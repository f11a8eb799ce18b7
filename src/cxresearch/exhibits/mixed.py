"""Where the variance lies, and whether units differ in their slopes."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def mixed(findings: Findings) -> tuple[Exhibit, ...]:
    """Where the variance lies, and whether units differ in their slopes."""
    del findings
    return ()
