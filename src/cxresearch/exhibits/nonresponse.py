"""Who answered, and whether those who did not may differ."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def nonresponse(findings: Findings) -> tuple[Exhibit, ...]:
    """Who answered, and whether those who did not may differ."""
    del findings
    return ()
