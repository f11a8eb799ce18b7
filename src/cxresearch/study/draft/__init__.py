"""A study drafted from two exports."""

from cxresearch.study.draft.draft import Draft, Guess, draft_study
from cxresearch.study.draft.marks import guesses_left

__all__ = ["Draft", "Guess", "draft_study", "guesses_left"]
