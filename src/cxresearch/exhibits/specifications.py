"""The association over all defensible ways of computing it."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def specifications(findings: Findings) -> tuple[Exhibit, ...]:
    """The association over all defensible ways of computing it."""
    del findings
    return ()
