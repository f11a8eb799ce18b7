"""Careless answers: how many each index flags, and the correlations with and without the flagged."""

from __future__ import annotations

from cxresearch.exhibits.columns import column, hypothesis_name, interval_cell, interval_column, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import screening as screening_figure
from cxresearch.exhibits.listing import in_words, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

INDICES = (
    "longstring", "irv", "mahalanobis", "even_odd", "synonyms", "antonyms", "duplicates", "near_duplicates",
    "response_time",
)  # fmt: skip
SUMS = ("flagged", "strict")
VERSIONS = ("all", "flagged_out", "strict")


def screening(findings: Findings) -> tuple[Exhibit, ...]:
    """The shares flagged as a picture, which indices the data cannot carry, and the result by version."""
    by_source = {source: _shares(findings, source) for source in findings.spec.sources}
    known = {source: found for source, found in by_source.items() if any(_known(one) for one in found.values())}
    if not known:
        return (ProseSpec(((Phrase("readings.screening.none"),),)),)
    what = Phrase("readings.screening.what", {"count": findings.spec.analyses.screening.min_flags})
    first = ProseSpec(((what, Phrase("readings.screening.shares")), _unable(known)))
    exhibits: list[Exhibit] = [first, screening_figure.spec(_bars(findings, known))]
    versions = _versions(findings)
    if versions is not None:
        exhibits += [ProseSpec((_compared(findings),)), versions]
    return tuple(exhibits)


def _known(result: Result) -> bool:
    return isinstance(result, Estimate)


def _told(result: Result) -> bool:
    """Whether the run said anything on it: sources of processes and units are not screened."""
    return isinstance(result, Estimate) or result.reason != "not_computed"


def _shares(findings: Findings, source: str) -> dict[str, Result]:
    """What each index flags; how many agree is not told where too few indices judge for them to."""
    found = {name: findings.result(f"screening.{source}.{name}") for name in (*INDICES, *SUMS)}
    told = {name: result for name, result in found.items() if _told(result)}
    if sum(_known(told[name]) for name in INDICES if name in told) < findings.spec.analyses.screening.min_flags:
        told.pop("flagged", None)
    return told


def index_name(name: str) -> Phrase:
    """What an index is called."""
    return Phrase(f"tables.screening.index.{name}")


def _unable(known: dict[str, dict[str, Result]]) -> tuple[Text, ...]:
    """Which indices no questionnaire of the study can carry; the reasons stand beside their terms in the results."""
    able = {name for found in known.values() for name, result in found.items() if _known(result)}
    told = {name for found in known.values() for name in found}
    names: list[Text] = [
        Phrase("tables.list.quoted", {"text": index_name(name)}) for name in INDICES if name in told - able
    ]
    return (Phrase("readings.screening.unable", {"names": in_words(names)}),) if names else ()


def _bars(findings: Findings, known: dict[str, dict[str, Result]]) -> list[screening_figure.Bars]:
    return [
        screening_figure.Bars(
            source_label(findings, source),
            findings.spec.sources[source].side,
            tuple((index_name(name), one.estimate) for name, one in found.items() if isinstance(one, Estimate)),
        )
        for source, found in known.items()
    ]


def _versions(findings: Findings) -> TableSpec | None:
    rows: list[tuple[Cell, ...]] = []
    for name in findings.spec.hypotheses:
        for version in VERSIONS:
            found = findings.estimate(f"{name}.screening.{version}")
            if found is not None:
                label = Phrase(f"tables.screening.version.{version}")
                rows.append((hypothesis_name(name), label, found.n_units, found.estimate, interval_cell(found)))
    if not rows:
        return None
    columns = (
        column("hypothesis", row_header=True),
        ColumnSpec(Phrase("tables.screening.column.version")),
        column("n_units", "n"),
        ColumnSpec(Phrase("tables.screening.column.r"), "r2"),
        interval_column(findings, "r2"),
    )
    caption = Phrase("tables.screening.versions_caption")
    return TableSpec("tbl-screening-versions", caption, columns, tuple(rows))


def _compared(findings: Findings) -> tuple[Text, ...]:
    """Whether leaving the flagged out changes an answer, and the largest change of a correlation."""
    turned: list[Text] = []
    changes: list[float] = []
    for name in findings.spec.hypotheses:
        versions = [findings.estimate(f"{name}.screening.{version}") for version in VERSIONS]
        found = [one for one in versions if one is not None]
        if len(found) == len(VERSIONS):
            changes += [abs(one.estimate - found[0].estimate) for one in found[1:]]
            if len({one.excludes(0) for one in found}) > 1:
                turned.append(quoted(hypothesis_name(name)))
    said: list[Text] = [Phrase("readings.screening.versions")]
    if changes:
        said.append(Phrase("readings.screening.largest", {"change": max(changes)}))
    if turned:
        said.append(Phrase("readings.screening.turned", {"count": len(turned), "names": in_words(turned)}))
    elif changes:
        said.append(Phrase("readings.screening.same"))
    return tuple(said)
