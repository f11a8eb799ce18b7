"""The study as its folder declares it."""

from cxresearch.study.check import check_plan, check_study
from cxresearch.study.draft import Draft, Guess, draft_study, guesses_left
from cxresearch.study.informants import informants, same_source
from cxresearch.study.load import Study, load_study
from cxresearch.study.spec import HypothesisSpec, MeasureSpec, SourceSpec, StudySpec, json_schema

__all__ = [
    "Draft",
    "Guess",
    "HypothesisSpec",
    "MeasureSpec",
    "SourceSpec",
    "Study",
    "StudySpec",
    "check_plan",
    "check_study",
    "draft_study",
    "guesses_left",
    "informants",
    "json_schema",
    "load_study",
    "same_source",
]
