"""Guesses that nobody has looked at are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxresearch.study import guesses_left


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("study: a\n", 0),
        ("period: none  # guessed: no dates\nunit: {}  # arvattu: sarake\n", 2),
        ("# Check what is marked “guessed” here.\n", 0),
    ],
)
def test_marked_lines_are_counted(tmp_path: Path, text: str, count: int) -> None:
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    assert guesses_left(tmp_path) == count
