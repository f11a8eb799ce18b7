"""The whole analysis of a study, stage by stage, into findings."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from cxresearch import __version__
from cxresearch.findings import Findings, Provenance
from cxresearch.losses import Loss
from cxresearch.provenance import sha256_of
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study import Study
from cxresearch.study.registration import RECORD, REGISTERED
from cxresearch.workflow.aggregating import UnitMeasure, unit_measure
from cxresearch.workflow.anonymity import Hidden, describes_few, hidden, shown_panels, shown_periods, shown_units
from cxresearch.workflow.concluding import conclude
from cxresearch.workflow.covariates import categories_of
from cxresearch.workflow.linkable import refuse_strangers, refuse_unlinkable
from cxresearch.workflow.linking import LinkedHypothesis, link_hypothesis
from cxresearch.workflow.measuring import distributions, measure_results
from cxresearch.workflow.overview import answers_overview, missing_overview
from cxresearch.workflow.reading import ReadStudy, read_study
from cxresearch.workflow.topics.context import Context
from cxresearch.workflow.topics.registry import found_by_topic
from cxresearch.workflow.unit_evidence import touchpoint_results, unit_results

PACKAGES = ("numpy", "scipy", "pandas", "statsmodels")
"""Packages whose version may change a number."""

Progress = Callable[[str], None]


def _silent(stage: str) -> None:
    del stage


def code_sha256() -> str:
    """Hash of the package's own source and sentences."""
    root = Path(str(resources.files("cxresearch")))
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".toml")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def provenance(study: Study, seed: int) -> Provenance:
    """What the findings of a study are made from; files that are missing or locked are told when they are read."""
    data = {}
    for name, source in study.spec.sources.items():
        path = study.source_file(name)
        if source.path and path.is_file():
            with contextlib.suppress(OSError):
                data[source.path] = sha256_of(path)
    named = study.spec.unit_aliases
    if named and (study.folder / named).is_file():
        data[named] = sha256_of(study.folder / named)
    parts = {
        "plan_sha256": study.sha256,
        "codebook_sha256": study.codebook.sha256,
        "registered_sha256": sha256_of(study.folder / REGISTERED / RECORD) if study.registration else "",
        "data_sha256": data,
        "code_version": __version__,
        "code_sha256": code_sha256(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "seed": seed,
    }
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Provenance(key=key, **parts)  # type: ignore[arg-type]


def all_hashed(study: Study, made_from: Provenance) -> bool:
    """Whether the key of the findings speaks of all data; a database on a server has no hash."""
    return all(source.path in made_from.data_sha256 for source in study.spec.sources.values())


def analyse(study: Study, made_from: Provenance, progress: Progress = _silent) -> Findings:
    """Read, measure, aggregate, link and conclude.

    Parameters
    ----------
    progress : hears the name of each stage as it begins: reading, measuring, aggregating, linking, examining,
        concluding.

    Raises
    ------
    CxError
        If the study or its data are wrong; every problem at once.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return _analysed(study, made_from, progress)


def _analysed(study: Study, made_from: Provenance, progress: Progress) -> Findings:
    """All stages; on one thread, because small matrices cost more to share out than to multiply."""
    progress("reading")
    data = read_study(study)
    refuse_strangers(study, data)
    progress("measuring")
    seed = made_from.seed
    results: list[Result] = [r for measure in study.spec.measures for r in measure_results(study, data, measure, seed)]
    progress("aggregating")
    measures = {measure: unit_measure(study, data, measure) for measure in study.spec.measures}
    results += [r for name, found in measures.items() for r in unit_results(study, data, name, found)]
    results += touchpoint_results(study, data)
    progress("linking")
    linked = {h: link_hypothesis(study, data, measures, h, made_from.seed) for h in study.spec.hypotheses}
    results += [r for found in linked.values() for r in found.results]
    refuse_unlinkable(study, data, linked)
    progress("examining")
    found = found_by_topic(Context(study, data, measures, linked, {r.term: r for r in results}, seed))
    results += found.results
    progress("concluding")
    threshold = study.spec.privacy.min_respondents
    concealed = {name: hidden(found, threshold) for name, found in measures.items()}
    units, withheld = _withheld(study, measures, linked, concealed)
    kept = _by_shown_period(_of_enough_people(results, threshold), measures, threshold)
    periods = {name: one.periods for name, one in linked.items()}
    return Findings(
        spec=study.spec,
        codebook=study.codebook,
        provenance=made_from,
        sources=data.summaries,
        losses=(*_losses(data, measures, linked), *withheld, *found.losses),
        notices=data.notices,
        results=kept,
        answers=answers_overview(study, data),
        missing=missing_overview(data),
        distributions=distributions(study, data),
        panels=_named(shown_panels(study, measures, concealed, periods), data.unit_names),
        linked=_named(units, data.unit_names),
        verdicts=conclude(study, kept),
        registration=study.registration,
        categories=categories_of(study, data),
        frames={name: _named(frame, data.unit_names) for name, frame in found.frames.items()},
    )


def _losses(
    data: ReadStudy, measures: Mapping[str, UnitMeasure], linked: Mapping[str, LinkedHypothesis]
) -> tuple[Loss, ...]:
    of_sources = [loss for responses in data.responses.values() for loss in responses.losses]
    of_measures = [loss for found in measures.values() for loss in found.overall.losses]
    of_hypotheses = [loss for found in linked.values() for loss in found.losses]
    return (*of_sources, *of_measures, *of_hypotheses)


def _withheld(
    study: Study,
    measures: Mapping[str, UnitMeasure],
    linked: Mapping[str, LinkedHypothesis],
    concealed: Mapping[str, Hidden],
) -> tuple[pd.DataFrame, tuple[Loss, ...]]:
    """The linked units that may be shown, of all hypotheses, and how many may not."""
    found = [shown_units(study, name, one.units, measures, concealed, one.periods) for name, one in linked.items()]
    return pd.concat([rows for rows, _ in found], ignore_index=True), tuple(loss for _, more in found for loss in more)


def _named(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    if "unit" not in frame:
        return frame
    return frame.assign(unit=frame["unit"].map(lambda key: names.get(key, key)))


def _of_enough_people(results: Sequence[Result], threshold: int) -> list[Result]:
    """The results, without those that rest on fewer people than the threshold."""
    return [_few_people(result, threshold) if describes_few(result, threshold) else result for result in results]


def _few_people(result: Result, threshold: int) -> Result:
    return NotEstimable(term=result.term, reason="workflow.few_people", details={"threshold": threshold})


def _by_shown_period(
    results: Sequence[Result], measures: Mapping[str, UnitMeasure], threshold: int
) -> dict[str, Result]:
    """All results by term, without the means of periods in which too few answered."""
    shown = {name: shown_periods(found, threshold) for name, found in measures.items()}

    def small(term: str) -> bool:
        kind, _, rest = term.partition(".")
        measure, _, period = rest.partition(".")
        return kind == "period" and period not in shown[measure]

    return {result.term: result for result in results if not small(result.term)}
