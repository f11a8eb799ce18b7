"""What a notebook works with: an open study whose exhibits show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxresearch.errors import OutputError
from cxresearch.exhibits import conclusions, linkage, measures, sources, units
from cxresearch.findings import Findings
from cxresearch.language import Language
from cxresearch.statistic import tidy
from cxresearch.study import Study, load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.atomic import staged
from cxresearch.workflow.examined import Examined
from cxresearch.workflow.kept_open import held, hold
from cxresearch.workflow.parameters import read_parameters
from cxresearch.workflow.places import find_study, results_folder
from cxresearch.workflow.screen import Screen
from cxresearch.workflow.shown import Shown
from cxresearch.workflow.store import load_bundle, save_bundle


@dataclass(frozen=True)
class OpenStudy(Examined):
    """A study with its findings, in one language: one method per exhibit, with those of `Examined`."""

    def tidy(self) -> pd.DataFrame:
        """Every statistic of the run in the column vocabulary."""
        return tidy(self.findings.results.values())

    def plan(self) -> Shown:
        """The declared hypotheses and the criteria of a verdict."""
        return self._shown(sources.plan(self.findings))

    def sources(self) -> Shown:
        """Who answered: the sources with their rows, units and periods."""
        return self._shown(sources.sources(self.findings))

    def responses(self) -> Shown:
        """Answers, response rates and missing answers."""
        return self._shown(sources.responses(self.findings), "response")

    def losses(self) -> Shown:
        """What was left out and why."""
        return self._shown(sources.losses(self.findings))

    def methods(self) -> Shown:
        """How the data were analysed, in words."""
        return self._shown(sources.methods(self.findings))

    def items(self) -> Shown:
        """How the answers to each item are distributed."""
        return self._shown(measures.items(self.findings), "item")

    def scales(self) -> Shown:
        """How reliably the scales measure."""
        return self._shown(measures.scales(self.findings), "scale")

    def scores(self) -> Shown:
        """Overall scores of the measures with their intervals."""
        return self._shown(measures.scores(self.findings), "measure")

    def path(self) -> Shown:
        """The service path: touchpoints in order, pain points and strengths."""
        return self._shown(measures.path(self.findings), "touchpoint")

    def aggregation(self) -> Shown:
        """Whether the answers may be aggregated to units."""
        return self._shown(units.aggregation(self.findings), "unit")

    def profile(self) -> Shown:
        """Units by employee and customer measure, with intervals."""
        return self._shown(units.profile(self.findings))

    def trend(self) -> Shown:
        """Measures over the periods."""
        return self._shown(units.trend(self.findings))

    def association(self) -> Shown:
        """Each hypothesis: customer score against employee score by unit."""
        return self._shown(linkage.association(self.findings), *self._hypotheses())

    def models(self) -> Shown:
        """Each hypothesis: the estimates of all models side by side."""
        return self._shown(linkage.models(self.findings), *self._hypotheses())

    def direction(self) -> Shown:
        """Which comes first: lagged models both ways and the placebo lag."""
        return self._shown(linkage.direction(self.findings), *(f"{h}.lagged" for h in self._hypotheses()))

    def controls(self) -> Shown:
        """Negative controls: outcomes that employees cannot influence."""
        return self._shown(linkage.controls(self.findings), *(f"{h}.control" for h in self._hypotheses()))

    def robustness(self) -> Shown:
        """Influence of single units, sensitivity and equivalence."""
        return self._shown(linkage.robustness(self.findings), *self._hypotheses())

    def verdicts(self) -> Shown:
        """The verdict on each hypothesis."""
        return self._shown(conclusions.verdicts(self.findings))

    def grounds(self) -> Shown:
        """What each verdict rests on and what limits it."""
        return self._shown(conclusions.grounds(self.findings))

    def conclusions(self) -> Shown:
        """The answers in words."""
        return self._shown(conclusions.conclusions(self.findings))


def obtain_findings(study: Study, seed: int, out: Path) -> Findings:
    """The findings of the bundle in `out`, computed and kept there when it has none that fit."""
    made_from = provenance(study, seed or study.spec.seed)
    kept = load_bundle(study, made_from.key, out / "bundle")
    if kept is not None:
        return kept
    findings = analyse(study, made_from)
    try:
        with staged(out) as stage:
            save_bundle(findings, stage / "bundle")
    except OutputError:
        return findings
    return findings


def open_study(folder: str | Path, *, language: Language = "en", seed: int = 0, run: str = "") -> OpenStudy:
    """Open a study folder and analyse it, or take the findings kept from an equal run.

    Parameters
    ----------
    folder : looked up from the working folder upwards. language : `fi` or `en`.
    seed : of every random draw; 0 takes the one in `study.yml`. run : folder of the results.

    Raises
    ------
    CxError
        If the study, its data or the parameters are wrong; every problem at once.
    """
    study, findings = opened(folder, seed, run)
    return OpenStudy(study, findings, Screen(language))


def opened(folder: str | Path, seed: int, run: str) -> tuple[Study, Findings]:
    """A study and its findings: those that this process holds open, else from the bundle, else computed."""
    place = find_study(folder)
    out = results_folder(place, run)
    known = held(place, seed, out)
    if known is not None:
        return known
    study = load_study(place)
    return study, obtain_findings(study, seed, out)


def keep_open(folder: str | Path, *, seed: int = 0, run: str = "") -> None:
    """Open a study as `open_study` does and hold it, so that it opens at once in this process and those forked from it.

    Raises
    ------
    CxError
        As `open_study`.
    """
    study, findings = opened(folder, seed, run)
    hold(study, seed, results_folder(study.folder, run), findings)


def begin(namespace: Mapping[str, Any]) -> OpenStudy:
    """Check the parameters in a notebook's `globals()` and open the study they name.

    Raises
    ------
    CxError
        As `open_study`; also if papermill injected a parameter that the notebook does not have.
    """
    given = read_parameters(namespace)
    return open_study(given.study, language=given.language, seed=given.seed, run=given.run)
