"""Whether the plan was registered before the run, and what was changed since."""

from __future__ import annotations

from cxresearch.exhibits.columns import column, hypothesis_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.study.registration import deviating

FINGERPRINT = 12
"""Characters of a fingerprint that tell plans apart in a text."""


def registration(findings: Findings) -> tuple[Exhibit, ...]:
    """A sentence on the registered plan and a table of what deviates from it."""
    found = findings.registration
    if found is None:
        return (ProseSpec(((Phrase("readings.registration.none"),),)),)
    presence = "with_data" if found.data_present else "before_data"
    values = {"date": found.date, "fingerprint": found.sha256[:FINGERPRINT]}
    said: list[Text] = [Phrase(f"readings.registration.{presence}", values)]
    if not found.deviations:
        return (ProseSpec(((*said, Phrase("readings.registration.kept")),)),)
    said.append(Phrase("readings.registration.changed", {"count": len(found.deviations)}))
    if changed := deviating(findings.spec, findings.codebook, found.deviations):
        names = in_words([hypothesis_name(name) for name in findings.spec.hypotheses if name in changed])
        said.append(Phrase("readings.registration.exploratory", {"count": len(changed), "names": names}))
    rows = tuple((one.key, one.before or None, one.after or None) for one in found.deviations)
    columns = (column("key", row_header=True), column("registered"), column("now"))
    table = TableSpec("tbl-deviations", Phrase("tables.registration.caption"), columns, rows)
    return ProseSpec((tuple(said),)), table
