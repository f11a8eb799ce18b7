"""What all rows of a study's batch rest on, made once: the findings and the groups, kept in the batch's folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cxresearch.findings import Findings
from cxresearch.provenance import sha256_of
from cxresearch.study import Study
from cxresearch.workflow.analysis import all_hashed
from cxresearch.workflow.atomic import staged
from cxresearch.workflow.groups.kept import load_groups
from cxresearch.workflow.groups.listed import GroupList
from cxresearch.workflow.groups.prepare import prepare_groups
from cxresearch.workflow.run import current_findings
from cxresearch.workflow.store import load_bundle, save_bundle

Progress = Callable[[str, str], None]
"""Hears of each step as it begins: its code and what it works on."""


@dataclass
class Prepared:
    """A study's findings and groups in a folder."""

    study: Study
    findings: Findings
    folder: Path
    progress: Progress
    _groups: dict[str, GroupList] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Key of the findings: of what they are made from, and where that has no hash of the findings themselves."""
        made_from = self.findings.provenance
        if all_hashed(self.study, made_from):
            return made_from.key
        return f"{made_from.key}-{sha256_of(self.folder / 'bundle' / 'findings.json')}"

    def groups(self, by: str) -> GroupList:
        """The groups of one kind, kept from earlier if they fit.

        Raises
        ------
        CxError
            If the study has no such groups, or they cannot be computed or written.
        """
        if by not in self._groups:
            kept = load_groups(self.folder, by)
            if kept is None or not self._fit(kept):
                self.progress("groups", by)
                kept = prepare_groups(self.study, by, self.findings.provenance, self.folder)
            self._groups[by] = kept
        return self._groups[by]

    def _fit(self, groups: GroupList) -> bool:
        """Whether groups kept from earlier were made from the same data, and are still as the list tells them."""
        made_from = self.findings.provenance
        known = all_hashed(self.study, made_from)
        return known and groups.key == made_from.key and groups_are_as_told(self.folder, groups)


def prepare(study: Study, seed: int, folder: Path, progress: Progress) -> Prepared:
    """Obtain the findings of a study and keep them in `folder`.

    Raises
    ------
    CxError
        If the study or its data are wrong, or the folder cannot be written.
    """
    findings = current_findings(study, seed, folder, progress)
    made_from = findings.provenance
    if not all_hashed(study, made_from) or load_bundle(study, made_from.key, folder / "bundle") is None:
        with staged(folder) as stage:
            save_bundle(findings, stage / "bundle")
    return Prepared(study, findings, folder, progress)


def groups_are_as_told(folder: Path, groups: GroupList) -> bool:
    """Whether every kept group is there with the bytes that the list tells."""
    try:
        return all(
            sha256_of(folder / "groups" / groups.by / f"{entry.id}.json") == entry.fingerprint
            for entry in groups.released
        )
    except OSError:
        return False
