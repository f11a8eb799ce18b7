"""Differences between waves and units, and metrics beside each other."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def comparisons(findings: Findings) -> tuple[Exhibit, ...]:
    """Differences between waves and units, and metrics beside each other."""
    del findings
    return ()
