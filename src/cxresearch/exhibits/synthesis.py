"""Results of waves or regions combined."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def synthesis(findings: Findings) -> tuple[Exhibit, ...]:
    """Results of waves or regions combined."""
    del findings
    return ()
