"""Whether items measure the scales that they were written for, alike in all groups and waves."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.findings import Findings


def dimensions(findings: Findings) -> tuple[Exhibit, ...]:
    """Whether items measure the scales that they were written for, alike in all groups and waves."""
    del findings
    return ()
