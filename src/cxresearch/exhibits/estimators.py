"""The same question by estimators for few clusters, categories and panels."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def estimators(findings: Findings) -> tuple[Exhibit, ...]:
    """The same question by estimators for few clusters, categories and panels."""
    del findings
    return ()
