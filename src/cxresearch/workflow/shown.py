"""Exhibits that show themselves at the end of a notebook's cell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxresearch.exhibits import Exhibit, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Block
from cxresearch.findings import Findings
from cxresearch.statistic import tidy
from cxresearch.study import Study
from cxresearch.workflow.screen import Screen


@dataclass(frozen=True)
class Shown:
    """Exhibits of one call: they show themselves at the end of a cell and give their numbers by `tidy()`."""

    exhibits: tuple[Exhibit, ...]
    screen: Screen
    findings: Findings
    terms: tuple[str, ...] = ()

    def blocks(self) -> tuple[Block, ...]:
        """The exhibits written in the notebook's language."""
        return tuple(render_exhibit(exhibit, self.screen.language) for exhibit in self.exhibits)

    def _ipython_display_(self) -> None:
        for block in self.blocks():
            self.screen.show(block)

    def tidy(self) -> pd.DataFrame:
        """The statistics behind the exhibits in the column vocabulary, else the first table's cells."""
        chosen = [
            result
            for term, result in self.findings.results.items()
            if any(term == prefix or term.startswith(prefix + ".") for prefix in self.terms)
        ]
        tables = [exhibit for exhibit in self.exhibits if isinstance(exhibit, TableSpec)]
        return tidy(chosen) if chosen or not tables else tables[0].tidy()


@dataclass(frozen=True)
class Opened:
    """A study with its findings, in one language."""

    study: Study
    findings: Findings
    screen: Screen

    def _shown(self, exhibits: tuple[Exhibit, ...], *terms: str) -> Shown:
        return Shown(exhibits, self.screen, self.findings, terms)

    def _hypotheses(self) -> tuple[str, ...]:
        return tuple(self.findings.spec.hypotheses)

    def _parts(self, *parts: str) -> tuple[str, ...]:
        """Terms of the hypotheses' results with these parts."""
        return tuple(f"{name}.{part}" for name in self._hypotheses() for part in parts)
