"""The study: what `study.yml` declares before the run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from cxresearch.codebook.variables import Grain, Side
from cxresearch.readers import ReadOptions
from cxresearch.study.analyses import AnalysesSpec
from cxresearch.study.bilingual import Bilingual as Bilingual
from cxresearch.study.declared import Declared, Identifier, IsoDate, Share
from cxresearch.study.groups import GroupingSpec


class Keywords(Declared):
    """Keywords of the report in both languages."""

    fi: tuple[str, ...] = Field(default=(), strict=False)
    """Keywords in Finnish."""
    en: tuple[str, ...] = Field(default=(), strict=False)
    """Keywords in English."""


class Reading(Declared):
    """How a file is read; what is left out is detected."""

    format: Literal["csv", "xlsx", "xls", "ods", "sav", "dta", "parquet", "sql"] | None = None
    """Format of the file; told by its name if left out."""
    delimiter: str | None = None
    """CSV: the sign between columns, such as `;`."""
    encoding: str | None = None
    """CSV: the character encoding, such as `cp1252`."""
    quote: str | None = None
    """CSV: the quotation mark; an empty text means that nothing is quoted."""
    decimal: Literal[",", "."] | None = None
    """CSV: the decimal sign."""
    sheet: str | None = None
    """Excel: the name of the sheet; the first if left out."""
    header_row: Annotated[int, Field(ge=1)] | None = None
    """The row that holds the column names, counted from 1."""
    url: str | None = None
    """SQL: the address of the database, in which `${NAME}` stands for an environment variable: no password belongs
    into this file. Never shown in a message or a report."""
    query: str | None = None
    """SQL: the query whose rows are the source."""
    memory: Literal["auto", "in", "out"] = "auto"
    """`out` aggregates the file out of memory; `auto` does so above 1 GiB."""

    def options(self) -> ReadOptions:
        """As the readers take it."""
        return ReadOptions(**self.model_dump(exclude={"memory"}))


class SourceSpec(Declared):
    """One export: who answered, what a row is, and where the file lies."""

    side: Side
    """Whom the rows speak of: employees, customers, processes, or the units themselves."""
    grain: Grain
    """What a row is: a person (`respondents`), a unit with a column per response option (`counts`), a unit with
    scores (`unit_scores`)."""
    path: str = ""
    """The file, relative to the study folder and inside it, or an absolute path; empty for a query with its own url."""
    label: Bilingual
    """What the source is called in the report."""
    period: str | None = None
    """The period of every row, when no column tells it."""
    duplicates: Literal["error", "keep_first", "keep_last"] = "error"
    """What to do with a respondent (or a unit) that occurs twice in a period."""
    read: Reading = Reading()
    """How the file is read; what is left out is detected."""


class MeasureSpec(Declared):
    """One score that the study uses: a scale of several items, or one item."""

    label: Bilingual
    """What the measure is called in the report."""
    scale: str | None = None
    """A scale of the codebook. Give `scale` or `item`, not both."""
    item: str | None = None
    """A single item or published score, by its name in the codebook. Give `scale` or `item`, not both."""
    metric: Literal["mean", "nps", "csat", "ces"] = "mean"
    """How answers become a score: mean, Net Promoter Score, share of satisfied answers, mean effort."""
    top: tuple[float, ...] = Field(default=(), strict=False)
    """csat: the answers that count as satisfied."""
    min_share: Share = 0.5
    """The share of a scale's items that a person must have answered."""
    standardise: Literal["none", "within_period"] = "none"
    """`within_period` makes periods with different response scales comparable in rank, not in level."""
    target: float | None = None
    """The declared target, on the measure's own scale."""


class HypothesisSpec(Declared):
    """One declared expectation: this employee measure goes with that customer measure."""

    statement: Bilingual
    """The expectation as a sentence."""
    ex: Identifier
    """The employee measure."""
    cx: Identifier
    """The customer measure."""
    direction: Literal["positive", "negative"] = "positive"
    """The expected direction."""
    confirmatory: bool = True
    """Whether it is tested as declared; false: reported as exploratory."""
    claim: str = ""
    """The claim of the literature that it tests, in your own numbering."""
    primary: Literal["pearson", "latent", "ols", "mixed", "lagged", "within"] = "pearson"
    """The analysis that decides."""
    periods: tuple[str, ...] = Field(default=(), strict=False)
    """The periods of the main contrast; all if empty."""
    covariates: tuple[str, ...] = Field(default=(), strict=False)
    """Covariates of the codebook that are held constant."""
    controls: tuple[Identifier, ...] = Field(default=(), strict=False)
    """Negative controls: measures of outcomes that employees cannot influence."""
    mediators: tuple[Identifier, ...] = Field(default=(), strict=False)
    """Measures through which the employee measure may reach the customer measure, such as a touchpoint or process."""
    moderators: tuple[str, ...] = Field(default=(), strict=False)
    """Covariates or measures on which the strength of the association may depend."""


class CriteriaSpec(Declared):
    """What a verdict needs, declared before the run."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Level of the confidence intervals."""
    smallest_effect: Annotated[float, Field(gt=0, lt=1)] = 0.10
    """The smallest effect of interest, as a correlation."""
    min_units: Annotated[int, Field(ge=3)] = 20
    """Fewer linked units than this: not testable."""
    min_alpha: Share = 0.70
    """Least internal consistency of a scale."""
    min_icc2: Share = 0.50
    """Least reliability of unit means."""
    min_rwg: Share = 0.0
    """Least median agreement within units."""
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.80
    """The power for which detectable effects are reported."""


class PrivacySpec(Declared):
    """Anonymity: groups smaller than this are never shown."""

    min_respondents: Annotated[int, Field(ge=1)] = 5
    """The smallest group of respondents that is shown."""
    free_text: bool = False
    """Whether free text may be quoted."""


class ResamplingSpec(Declared):
    """How many random draws."""

    permutations: Annotated[int, Field(ge=99, le=1_000_000)] = 9_999
    """Random permutations of units."""
    bootstrap: Annotated[int, Field(ge=99, le=1_000_000)] = 2_000
    """Bootstrap samples."""


class StudySpec(Declared):
    """The whole of `study.yml`."""

    study: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    """Short name of the study: small letters, digits and hyphens."""
    title: Bilingual
    """Title of the report."""
    subtitle: Bilingual | None = None
    """Subtitle of the report."""
    authors: tuple[str, ...] = Field(default=(), strict=False)
    """Authors, first name first."""
    organisation: Bilingual | None = None
    """The organisation that the study is about or made for."""
    date: IsoDate | None = None
    """Date of the report, such as 2026-11-21."""
    keywords: Keywords = Keywords()
    """Keywords of the report."""
    unit: Bilingual
    """What a unit is called, nominative singular: team / tiimi."""
    period: Literal["none", "as_is", "year", "quarter", "month"] = "none"
    """How answers are grouped in time: not at all, as the period column says, or by calendar."""
    codebook: str = "codebook.csv"
    """The codebook, relative to the study folder (.csv or .xlsx)."""
    unit_aliases: str | None = None
    """A table with the columns alias and unit, where the sources name the same unit differently."""
    sources: dict[Identifier, SourceSpec] = Field(min_length=1)
    """The exports, each under an id of your own."""
    measures: dict[Identifier, MeasureSpec] = Field(min_length=1)
    """The scores that the study uses, each under an id of your own."""
    groups: dict[Identifier, GroupingSpec] = Field(default_factory=dict)
    """Groups of units that get reports of their own (district, region), each under an id of your own."""
    hypotheses: dict[Identifier, HypothesisSpec] = Field(min_length=1)
    """The declared expectations, each under an id of your own (h1, h2, …)."""
    criteria: CriteriaSpec = CriteriaSpec()
    """What a verdict needs."""
    privacy: PrivacySpec = PrivacySpec()
    """What may be shown."""
    resampling: ResamplingSpec = ResamplingSpec()
    """Numbers of random draws."""
    analyses: AnalysesSpec = AnalysesSpec()
    """Choices of the analyses beside the main results."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20261121
    """Seed of every random draw."""


def json_schema() -> dict[str, Any]:
    """The JSON schema of `study.yml`, for editors that complete it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudySpec.model_json_schema()}
