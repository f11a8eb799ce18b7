"""Slopes within and between units, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterable

from cxresearch.exhibits.amounts import sized
from cxresearch.exhibits.columns import hypothesis_values
from cxresearch.exhibits.estimates import Row, missing_models
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.slope_table import interval_text, row_name, slope_table
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

PARTS = ("within", "between", "difference")


def within_between(findings: Findings) -> tuple[Exhibit, ...]:
    """The question, a table of the slopes, and each hypothesis in words."""
    rows = [row for name in findings.spec.hypotheses for row in _rows(findings, name)]
    known = [found for _, _, found in rows if isinstance(found, Estimate)]
    missing = missing_models(row for row in rows if not row[2].term.endswith((".between", ".difference")))
    if not any(".within_between." in found.term for found in known):
        return (ProseSpec((missing,)),) if missing else ()
    employees = any(found.method == "mixed.employee_within_between" for found in known)
    what = Phrase(f"readings.mixed.within_{'employee' if employees else 'what'}")
    said = [tuple(_sentences(findings, name)) for name in findings.spec.hypotheses]
    caution = Phrase(f"readings.mixed.caution{'_employee' if employees else ''}")
    paragraphs = ((what, caution), *(sentences for sentences in said if sentences), *((missing,) if missing else ()))
    return ProseSpec(paragraphs), slope_table(findings, "within_between", rows)


def _rows(findings: Findings, name: str) -> Iterable[Row]:
    yield name, row_name("mixed"), findings.result(f"{name}.mixed")
    for part in PARTS:
        yield name, row_name(part), findings.result(f"{name}.within_between.{part}")


def _sentences(findings: Findings, name: str) -> Iterable[Text]:
    within, between, difference = (findings.estimate(f"{name}.within_between.{part}") for part in PARTS)
    if within is None or between is None or difference is None:
        return
    slopes = {"within": sized(within.estimate), "within_interval": interval_text(within)}
    slopes |= {"between": sized(between.estimate), "between_interval": interval_text(between)}
    yield Phrase("readings.mixed.slopes", hypothesis_values(findings, name) | slopes)
    kind = "differ" if difference.excludes(0) else "alike"
    yield Phrase(
        f"readings.mixed.{kind}", {"difference": sized(difference.estimate), "interval": interval_text(difference)}
    )
