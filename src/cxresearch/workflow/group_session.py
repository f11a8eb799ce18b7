"""What the notebook of a group's report works with: the group, whose exhibits show themselves."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display

from cxresearch.exhibits import Exhibit, TableSpec
from cxresearch.exhibits import group as of_group
from cxresearch.exhibits.blocks import Block, Figure, Table
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Language
from cxresearch.report.typesetting import typeset
from cxresearch.statistic import tidy
from cxresearch.study import Study
from cxresearch.workflow.groups.kept import load_group, load_groups
from cxresearch.workflow.groups.prepare import prepare_groups
from cxresearch.workflow.parameters import read_group_parameters
from cxresearch.workflow.places import results_folder
from cxresearch.workflow.screen import Screen
from cxresearch.workflow.session import opened

_SCREEN_PPI = 114
"""Makes a figure as wide as the text some 720 pixels wide."""

Part = Callable[[Findings, GroupFindings], tuple[Exhibit, ...]]


def screen_png(figure: Figure) -> str:
    """A drawing as the PNG of a screen, base64; made from the SVG, so that the figure is drawn once."""
    page = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("/picture.svg", width: {figure.width_cm}cm)'
    files = {"main.typ": page.encode(), "picture.svg": figure.svg.encode()}
    return base64.b64encode(typeset(files, format="png", ppi=_SCREEN_PPI)).decode("ascii")


class GroupScreen(Screen):
    """Shows the blocks of a group's report, whose figures are SVG drawings alone."""

    def _show_body(self, block: Figure | Table, bundle: dict[str, Any]) -> None:
        if isinstance(block, Table) or block.png_base64:
            super()._show_body(block, bundle)
            return
        pictures = {"image/png": screen_png(block), "text/plain": block.alt}
        display(bundle | pictures, metadata={"image/png": {"alt": block.alt}}, raw=True)


@dataclass(frozen=True)
class GroupShown:
    """Exhibits of one call: they show themselves at the end of a cell and give their numbers by `tidy()`."""

    exhibits: tuple[Exhibit, ...]
    screen: GroupScreen

    def blocks(self) -> tuple[Block, ...]:
        """The exhibits written in the notebook's language."""
        return tuple(of_group.render_once(exhibit, self.screen.language) for exhibit in self.exhibits)

    def _ipython_display_(self) -> None:
        for block in self.blocks():
            self.screen.show(block)

    def tidy(self) -> pd.DataFrame:
        """The cells of the first table at full precision; empty without a table."""
        tables = [exhibit for exhibit in self.exhibits if isinstance(exhibit, TableSpec)]
        return tables[0].tidy() if tables else pd.DataFrame()


@dataclass(frozen=True)
class OpenGroup:
    """One group of a study with what may be shown of it, in one language: one method per exhibit."""

    study: Study
    findings: Findings
    group: GroupFindings
    screen: GroupScreen

    def tidy(self) -> pd.DataFrame:
        """Every statistic of the group in the column vocabulary."""
        return tidy(self.group.results.values())

    def about(self) -> GroupShown:
        """Which group this is and who answered."""
        return self._shown(of_group.about)

    def anonymity(self) -> GroupShown:
        """What is not shown, and why."""
        return self._shown(of_group.anonymity)

    def methods(self) -> GroupShown:
        """How the numbers were made."""
        return self._shown(of_group.methods)

    def scores(self) -> GroupShown:
        """The group's scores beside everybody else's."""
        return self._shown(of_group.scores)

    def place(self) -> GroupShown:
        """The group among all groups of its kind, and its shrunken scores."""
        return self._shown(of_group.place)

    def development(self) -> GroupShown:
        """The group over the periods."""
        return self._shown(of_group.development)

    def items(self) -> GroupShown:
        """The questions on which the group differs most."""
        return self._shown(of_group.items)

    def path(self) -> GroupShown:
        """The group's service path."""
        return self._shown(of_group.path)

    def together(self) -> GroupShown:
        """Employee and customer experience together, and what the whole study found."""
        return self._shown(of_group.together)

    def conclusions(self) -> GroupShown:
        """What the results say and do not say."""
        return self._shown(of_group.conclusions)

    def discussion(self) -> GroupShown:
        """Questions for the group to discuss."""
        return self._shown(of_group.discussion)

    def _shown(self, part: Part) -> GroupShown:
        return GroupShown(part(self.findings, self.group), self.screen)


def open_group(
    folder: str | Path, *, by: str = "unit", group: str = "", language: Language = "en", seed: int = 0, run: str = ""
) -> OpenGroup:
    """Open one group of a study.

    Parameters
    ----------
    folder : of the study, looked up from the working folder upwards. language : `fi` or `en`.
    by : kind of group: `unit`, `period` or a grouping that the study declares. group : its name or id; "" for the first
        that may be shown.
    seed : of every random draw; 0 takes the one in `study.yml`.
    run : folder of a batch, whose groups are taken as they stand; "" for the study's own, made anew where it is not up
        to date.

    Raises
    ------
    CxError
        If the study, its data or the parameters are wrong, or no such group may be shown.
    """
    study, findings = opened(folder, seed, run)
    place = Path(run).expanduser().resolve() if run else results_folder(study.folder) / "batch" / by
    kept = load_groups(place, by)
    if kept is None or (not run and kept.key != findings.provenance.key):
        prepare_groups(study, by, findings.provenance, place)
    return OpenGroup(study, findings, load_group(place, by, group), GroupScreen(language))


def begin_group(namespace: Mapping[str, Any]) -> OpenGroup:
    """Check the parameters in a notebook's `globals()` and open the group they name.

    Raises
    ------
    CxError
        As `open_group`; also if a parameter was injected that the notebook does not have.
    """
    given = read_group_parameters(namespace)
    return open_group(
        given.study, by=given.by, group=given.group, language=given.language, seed=given.seed, run=given.run
    )
