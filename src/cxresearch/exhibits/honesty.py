"""Bayes factor, prediction of new units, robustness against what was not measured."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def honesty(findings: Findings) -> tuple[Exhibit, ...]:
    """Bayes factor, prediction of new units, robustness against what was not measured."""
    del findings
    return ()
