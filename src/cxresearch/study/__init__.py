"""The study as its folder declares it."""

from cxresearch.study.spec import HypothesisSpec, MeasureSpec, SourceSpec, StudySpec, json_schema

__all__ = ["HypothesisSpec", "MeasureSpec", "SourceSpec", "StudySpec", "json_schema"]
