"""All groups of a batch at once: read, decide what may be shown, compute, keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from cxresearch.errors import DataError, Problem
from cxresearch.findings import Provenance
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import Study
from cxresearch.workflow.atomic import staged
from cxresearch.workflow.groups.assembled import Assembled, assembled
from cxresearch.workflow.groups.batch import Batch, Group
from cxresearch.workflow.groups.gathering import gathered
from cxresearch.workflow.groups.kept import KeptGroup, save_groups, sha256_of_text
from cxresearch.workflow.groups.ledger import ledger_file, ledger_text
from cxresearch.workflow.groups.listed import GroupEntry, GroupList
from cxresearch.workflow.groups.membership import PERIOD, check_kind

Progress = Callable[[str], None]


def _silent(stage: str) -> None:
    del stage


def prepare_groups(
    study: Study, by: str, made_from: Provenance, folder: Path, progress: Progress = _silent
) -> GroupList:
    """Compute every group of one kind and keep each in `folder/groups/<by>/<id>.json`, the list in `groups.json`.

    Parameters
    ----------
    by : `unit`, `period` or a grouping that the study declares.
    progress : hears the name of each stage as it begins: reading, measuring, releasing, computing, keeping.

    Raises
    ------
    CxError
        If the kind of group is unknown, the data are wrong, no group may be shown, or the folder cannot be written.
    """
    check_kind(study, by)
    with threadpool_limits(limits=1, user_api="blas"):
        batch, made = gathered(study, by, made_from, folder, progress)
        progress("computing")
        found = assembled(batch, made)
    progress("keeping")
    shared = {"others": found.others, "pairs": found.pairs}
    sha256 = sha256_of_text("".join(frame.to_csv(index=False) for frame in shared.values()))
    texts = {one.id: one.text(by, batch.label, len(found.groups), sha256) for one in found.groups}
    listed = _listed(batch, found, texts, made_from.key)
    if not listed.released:
        raise DataError(Problem(code="groups.nothing_to_show", column="by", value=by))
    ledger = ledger_file(folder)
    with staged(ledger.parent) as stage:
        (stage / ledger.name).write_text(ledger_text(made.ledger), encoding="utf-8")
    with staged(folder) as stage:
        save_groups(stage, listed, texts, shared)
    return listed


def _listed(batch: Batch, found: Assembled, texts: Mapping[str, str], key: str) -> GroupList:
    """The groups that may be shown, and after them one without a name if there are others: not even theirs are told."""
    kept = {one.id: one for one in found.groups}
    entries = [
        _entry(batch, group, kept[group.id], texts.get(group.id, "")) for group in batch.groups if group.id in kept
    ]
    if len(entries) < len(batch.groups):
        entries.append(GroupEntry(id="", name="", released=False))
    return GroupList(by=batch.by, key=key, groups=tuple(entries), periods=_periods(batch))


def _periods(batch: Batch) -> dict[str, tuple[str, ...]]:
    """Per measure all its periods in time order; none where the groups are periods or its levels cannot be compared."""
    if batch.by == PERIOD:
        return {}
    declared = batch.study.spec.measures
    return {name: tuple(one.waves) for name, one in batch.measures.items() if declared[name].standardise == "none"}


def _entry(batch: Batch, group: Group, kept: KeptGroup, text: str) -> GroupEntry:
    return GroupEntry(
        id=group.id,
        name=group.name,
        released=True,
        fingerprint=sha256_of_text(text),
        headline=_headline(batch, kept.results),
        sparkline=_sparkline(kept.trend, _periods(batch)),
    )


def _headline(batch: Batch, results: Mapping[str, Result]) -> dict[str, dict[str, float]]:
    """Per measure its shown mean, and the difference from everybody else with its interval and sign."""
    found = {}
    for measure in batch.measures:
        own, apart = (results.get(f"group.{measure}{part}") for part in ("", ".difference"))
        if not isinstance(own, Estimate):
            continue
        found[measure] = {"mean": own.estimate}
        if own.conf_low is not None and own.conf_high is not None:
            found[measure] |= {"mean_low": own.conf_low, "mean_high": own.conf_high}
        if isinstance(apart, NotEstimable) or apart is None:
            continue
        found[measure]["difference"] = apart.estimate
        if apart.conf_low is not None and apart.conf_high is not None:
            sign = 0 if not apart.excludes(0.0) else (1 if apart.estimate > 0 else -1)
            found[measure] |= {"conf_low": apart.conf_low, "conf_high": apart.conf_high, "sign": sign}
    return found


def _sparkline(trend: pd.DataFrame, periods: Mapping[str, tuple[str, ...]]) -> dict[str, list[float | None]]:
    """Per measure its means, one for each of its periods, None where the mean is not shown."""
    found: dict[str, list[float | None]] = {}
    for measure, rows in trend.groupby("measure", sort=False):
        shown = dict(zip(rows["period"], rows["mean"].tolist(), strict=True))
        found[str(measure)] = [shown.get(period) for period in periods.get(str(measure), ())]
    return found
