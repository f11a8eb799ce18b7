"""Differences between waves and units, and metrics beside each other."""

from __future__ import annotations

from cxresearch.exhibits.alternatives import alternatives
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.unit_differences import first_outcome, noticeable, unit_table, units_apart
from cxresearch.exhibits.wave_changes import wave_sentence, wave_table
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text


def comparisons(findings: Findings) -> tuple[Exhibit, ...]:
    """Changes between periods, units against the others, noticeable differences, and NPS beside its alternatives."""
    if "comparisons" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.comparisons.left_out"),),)),)
    waves, units = wave_table(findings), unit_table(findings)
    beside = alternatives(findings)
    if not (waves or units or beside):
        return (ProseSpec(((Phrase("readings.comparisons.none"),),)),)
    said: list[Text] = [Phrase("readings.comparisons.what"), wave_sentence(findings)]
    if units:
        said.append(noticeable(findings))
    apart = units_apart(findings)
    if apart:
        said.append(Phrase("readings.comparisons.apart", {"measure": first_outcome(findings)}))
    tables = [table for table in (waves, units, apart) if table]
    return ProseSpec((tuple(said),)), *tables, *beside
