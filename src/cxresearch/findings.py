"""All that a run found: what exhibits show, reports print and `results/` keeps.

Findings hold nothing about single respondents, and no unit below the anonymity threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cxresearch.codebook.variables import Codebook
from cxresearch.errors import Problem
from cxresearch.language import Label
from cxresearch.losses import Loss
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study.registration import Registration
from cxresearch.study.spec import StudySpec
from cxresearch.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the numbers were made from.

    Attributes
    ----------
    key : hash of everything below; equal keys mean equal results.
    plan_sha256, codebook_sha256 : of `study.yml` and the codebook. registered_sha256 : of the registration's record, ""
        if there is none. data_sha256 : file (as named) to its hash.
    code_version, code_sha256 : version of cxresearch and hash of its source. python : its version.
    packages : package to version. seed : of every random draw.
    """

    key: str
    plan_sha256: str
    codebook_sha256: str
    registered_sha256: str
    data_sha256: Mapping[str, str]
    code_version: str
    code_sha256: str
    python: str
    packages: Mapping[str, str]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """One source as it was read."""

    id: str
    file: str
    format: str
    details: Mapping[str, str]
    n_rows: int
    n_kept: int
    n_units: int
    n_periods: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The results of a study.

    Attributes
    ----------
    spec, codebook, provenance : the plan and what was analysed.
    sources : one summary per source. losses : everything dropped. notices : what a reader should know of the data.
    results : every statistic by its term, in the order they were computed.
    answers : columns source, period, n_answers, n_units, response_rate (NaN where unknown).
    missing : columns source, variable, n, n_missing.
    distributions : columns measure, source, item, value, n; items as answered, not reversed.
    panels : columns measure and `PANEL_COLUMNS`; units under the threshold are left out.
    linked : columns hypothesis, unit, ex, ex_se, ex_n, cx, cx_se, cx_n; as above.
    verdicts : one per hypothesis, in the plan's order.
    frames : rows that figures of the analyses beside the main results draw, by name.
    registration : the plan registered before the run, and what was changed since.
    categories : covariate to its categories in alphabetical order, of which the first is what others are compared with.
    """

    spec: StudySpec
    codebook: Codebook
    provenance: Provenance
    sources: tuple[SourceSummary, ...]
    losses: tuple[Loss, ...]
    notices: tuple[Problem, ...]
    results: Mapping[str, Result]
    answers: pd.DataFrame
    missing: pd.DataFrame
    distributions: pd.DataFrame
    panels: pd.DataFrame
    linked: pd.DataFrame
    verdicts: tuple[Verdict, ...] = field(default=())
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    registration: Registration | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def result(self, term: str) -> Result:
        """A statistic by its term; `NotEstimable` with the reason `not_computed` if the run has none."""
        return self.results.get(term, NotEstimable(term=term, reason="not_computed"))

    def frame(self, name: str) -> pd.DataFrame:
        """The rows of a figure by their name; an empty frame if the run has none."""
        return self.frames.get(name, pd.DataFrame())

    def estimate(self, term: str) -> Estimate | None:
        """A statistic by its term, or None where it could not be estimated."""
        found = self.result(term)
        return found if isinstance(found, Estimate) else None

    def under(self, prefix: str) -> tuple[Result, ...]:
        """All statistics whose term starts with `prefix` and a dot."""
        return tuple(result for term, result in self.results.items() if term.startswith(prefix + "."))


@dataclass(frozen=True, kw_only=True)
class GroupFindings:
    """What may be shown of one group of the study - a unit, a period, or units taken together - beside the others.

    Attributes
    ----------
    by : `unit`, `period`, or a grouping that the study declares or a covariate of its units. group : its name as shown.
    by_label : what such a group is called, nominative singular.
    results : by term: `group.<measure>` with `.rest` (everybody else), `.difference` (group less rest),
        `.difference.holm` (its p value adjusted over the group's measures), `.shrunken` (pulled to the mean of all
        groups by its reliability), `.change` (last period less the one before), `.percentile` (share of the other shown
        groups that score lower, 0..1); `group.item.<source>.<item>` with `.difference`; `group.response.<measure>`.
        What may not be shown is `NotEstimable` with a reason that holds no number of people.
    trend : measure, side, period, n, mean, conf_low, conf_high, rest_mean, rest_low, rest_high; hidden rows are absent,
        and NaN means that the number is not known (`n` of published scores) or cannot be estimated.
    others : measure, mean, n, conf_low, conf_high, own; every shown group of this kind without its name, by mean.
    pairs : hypothesis, ex, cx, own; shown groups without their names.
    items : measure, source, item, touchpoint, n, mean, conf_low, conf_high, rest_mean, difference, diff_low, diff_high.
    withheld : what is not shown and why, without numbers of people.
    n_groups : shown groups of this kind. members : units of the group that may be named; () for a unit.
    """

    by: str
    group: str
    by_label: Label
    results: Mapping[str, Result]
    trend: pd.DataFrame
    others: pd.DataFrame
    pairs: pd.DataFrame
    items: pd.DataFrame
    withheld: tuple[Loss, ...]
    n_groups: int
    members: tuple[str, ...] = ()

    def result(self, term: str) -> Result:
        """A statistic by its term; `NotEstimable` with the reason `not_computed` if there is none."""
        return self.results.get(term, NotEstimable(term=term, reason="not_computed"))

    def estimate(self, term: str) -> Estimate | None:
        """A statistic by its term, or None where it could not be estimated or may not be shown."""
        found = self.result(term)
        return found if isinstance(found, Estimate) else None
