"""A study drafted from two exports."""

from cxresearch.study.draft.draft import Draft, Guess, draft_study

__all__ = ["Draft", "Guess", "draft_study"]
