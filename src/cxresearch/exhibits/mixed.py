"""Where the variance lies, and whether units differ in their slopes."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.unit_slopes import unit_slopes
from cxresearch.exhibits.variance import variance
from cxresearch.exhibits.within_between import within_between
from cxresearch.findings import Findings


def mixed(findings: Findings) -> tuple[Exhibit, ...]:
    """Shares of variance, slopes within and between units, and slopes of units' own."""
    return (*variance(findings), *within_between(findings), *unit_slopes(findings))
