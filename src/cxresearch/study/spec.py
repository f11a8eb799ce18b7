"""The study: what `study.yml` declares before the run."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cxresearch.codebook.variables import Grain, Side
from cxresearch.language import Label

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Declared(BaseModel):
    """Base of every part: unknown keys are errors, values are not coerced, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Bilingual(_Declared):
    """A text in both languages."""

    fi: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]

    def label(self) -> Label:
        """As the label that exhibits and reports use."""
        return Label(self.fi, self.en)


class Keywords(_Declared):
    """Keywords of the report in both languages."""

    fi: tuple[str, ...] = Field(default=(), strict=False)
    en: tuple[str, ...] = Field(default=(), strict=False)


class Reading(_Declared):
    """How a file is read; what is left out is detected."""

    format: Literal["csv", "xlsx", "xls", "sav", "dta", "parquet", "sql"] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: Literal[",", "."] | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None
    url: str | None = None
    query: str | None = None
    memory: Literal["auto", "in", "out"] = Field(
        default="auto", description="`out` aggregates the file out of memory; `auto` does so above 1 GiB"
    )


class SourceSpec(_Declared):
    """One export: who answered, what a row is, and where the file lies."""

    side: Side
    grain: Grain
    path: str = Field(default="", description="relative to the study folder; empty for a query with its own url")
    label: Bilingual
    period: str | None = Field(default=None, description="the period of every row, when no column tells it")
    duplicates: Literal["error", "keep_first", "keep_last"] = "error"
    read: Reading = Reading()


class MeasureSpec(_Declared):
    """One score that the study uses: a scale of several items, or one item."""

    label: Bilingual
    scale: str | None = Field(default=None, description="scale id in the codebook")
    item: str | None = Field(default=None, description="a single item or score, by its codebook name")
    metric: Literal["mean", "nps", "csat", "ces"] = "mean"
    top: tuple[float, ...] = Field(default=(), strict=False, description="csat: the answers that count as satisfied")
    min_share: Share = Field(default=0.5, description="share of a scale's items that must be answered")
    standardise: Literal["none", "within_period"] = "none"
    target: float | None = None


class HypothesisSpec(_Declared):
    """One declared expectation: this employee measure goes with that customer measure."""

    statement: Bilingual
    ex: Identifier
    cx: Identifier
    direction: Literal["positive", "negative"] = "positive"
    confirmatory: bool = True
    claim: str = ""
    primary: Literal["pearson", "spearman", "ols", "mixed"] = "pearson"
    periods: tuple[str, ...] = Field(
        default=(), strict=False, description="the periods of the main contrast; all if empty"
    )
    covariates: tuple[str, ...] = Field(default=(), strict=False)
    controls: tuple[Identifier, ...] = Field(
        default=(), strict=False, description="negative controls: outcomes that employees cannot influence"
    )


class CriteriaSpec(_Declared):
    """What a verdict needs, declared before the run."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    smallest_effect: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.10, description="as a correlation")
    min_units: Annotated[int, Field(ge=3)] = 20
    min_alpha: Share = 0.70
    min_icc2: Share = 0.50
    min_rwg: Share = 0.0
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.80


class PrivacySpec(_Declared):
    """Anonymity: groups smaller than this are never shown."""

    min_respondents: Annotated[int, Field(ge=1)] = 5
    free_text: bool = False


class ResamplingSpec(_Declared):
    """How many random draws."""

    permutations: Annotated[int, Field(ge=99, le=1_000_000)] = 9_999
    bootstrap: Annotated[int, Field(ge=99, le=1_000_000)] = 2_000


class StudySpec(_Declared):
    """The whole of `study.yml`."""

    study: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    title: Bilingual
    subtitle: Bilingual | None = None
    authors: tuple[str, ...] = Field(default=(), strict=False)
    organisation: Bilingual | None = None
    date: datetime.date | None = None
    keywords: Keywords = Keywords()
    unit: Bilingual = Field(description="what a unit is called, nominative singular: team / tiimi")
    period: Literal["none", "as_is", "year", "quarter", "month"] = "none"
    codebook: str = "codebook.csv"
    unit_aliases: str | None = Field(default=None, description="a table with the columns alias and unit")
    sources: dict[Identifier, SourceSpec] = Field(min_length=1)
    measures: dict[Identifier, MeasureSpec] = Field(min_length=1)
    hypotheses: dict[Identifier, HypothesisSpec] = Field(min_length=1)
    criteria: CriteriaSpec = CriteriaSpec()
    privacy: PrivacySpec = PrivacySpec()
    resampling: ResamplingSpec = ResamplingSpec()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20261121


def json_schema() -> dict[str, Any]:
    """The JSON schema of `study.yml`, for editors that complete it."""
    return StudySpec.model_json_schema()
