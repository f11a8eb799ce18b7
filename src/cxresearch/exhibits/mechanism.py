"""Through what, for whom and in what form the association holds."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.forms import baselines, forms
from cxresearch.exhibits.mediations import mediations
from cxresearch.exhibits.moderations import moderations
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase


def mechanism(findings: Findings) -> tuple[Exhibit, ...]:
    """Mediators, moderators, bends and the dependence of change on its starting point."""
    if "mechanism" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.mechanism.left_out"),),)),)
    return *mediations(findings), *moderations(findings), *forms(findings), *baselines(findings)
