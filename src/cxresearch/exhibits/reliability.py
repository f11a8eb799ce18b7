"""How reliably scales and questionnaires measure, beyond alpha."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def reliability(findings: Findings) -> tuple[Exhibit, ...]:
    """How reliably scales and questionnaires measure, beyond alpha."""
    del findings
    return ()
