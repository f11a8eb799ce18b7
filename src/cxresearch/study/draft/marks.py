"""Marks of guesses that nobody has looked at yet."""

from __future__ import annotations

import re
from pathlib import Path

from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.study.document import STUDY_FILE


def guesses_left(folder: Path) -> int:
    """How many lines of `study.yml` still bear the mark of a guess (`# guessed: …`, `# arvattu: …`)."""
    marks = (render(Phrase("draft.guessed", {"what": ""}), language).strip() for language in LANGUAGES)
    pattern = re.compile("|".join(rf"# {re.escape(mark)}" for mark in marks))
    return sum(bool(pattern.search(line)) for line in (folder / STUDY_FILE).read_text(encoding="utf-8").splitlines())
