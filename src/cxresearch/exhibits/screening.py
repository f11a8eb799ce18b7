"""Careless answers: how many each index flags."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def screening(findings: Findings) -> tuple[Exhibit, ...]:
    """Careless answers: how many each index flags."""
    del findings
    return ()
