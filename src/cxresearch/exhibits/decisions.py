"""Whether each measure may be aggregated to units."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def decisions(findings: Findings) -> tuple[Exhibit, ...]:
    """Whether each measure may be aggregated to units."""
    del findings
    return ()
