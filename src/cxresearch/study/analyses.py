"""What a study declares of its analyses beyond the verdict's criteria; every part has a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cxresearch.study.declared import Declared, Identifier

Topic = Literal[
    "screening", "nonresponse", "reliability", "dimensions", "common_method", "comparisons", "decisions",
    "latent", "mixed", "estimators", "cross_lagged", "mechanism", "drivers", "specifications", "honesty",
    "synthesis", "planning",
]  # fmt: skip
"""Analyses beside the main results; each can be left out."""


class ScreeningSpec(Declared):
    """When an employee's or a customer's answers look careless; nobody is dropped on one index."""

    min_flags: Annotated[int, Field(ge=2)] = 2
    """How many indices must agree before a respondent counts as flagged."""
    seconds_per_item: Annotated[float, Field(gt=0)] = 2.0
    """Faster answers than this are implausible."""
    identical_share: Annotated[float, Field(gt=0.5, le=1)] = 0.85
    """Share of identical answers from which two respondents count as near-duplicates."""
    longest_run: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of a source's items that may be answered alike in a row."""


class AnalysesSpec(Declared):
    """Declared choices of the analyses beside the main results."""

    leave_out: tuple[Topic, ...] = Field(default=(), strict=False)
    """Analyses that this study does not need."""
    screening: ScreeningSpec = ScreeningSpec()
    """When answers look careless."""
    groups: tuple[str, ...] = Field(default=(), strict=False)
    """Covariates of respondents (language, role, region) across which scales must measure alike."""
    marker: str | None = None
    """An item that should be unrelated to everything: how much answers share by method alone."""
    prior_width: Annotated[float, Field(gt=0, le=2)] = 1 / 3
    """Width of the stretched beta prior of the Bayes factor for a correlation."""
    synthesis_by: str | None = None
    """A covariate of units (region, company) over whose values results are combined; periods if left out."""
    breakpoints: dict[Identifier, float] = Field(default_factory=dict)
    """Employee measures with the declared value at which their association may bend."""
    planned_correlation: Annotated[float, Field(gt=0, lt=1)] = 0.30
    """The latent correlation between units for which the next survey is planned."""
