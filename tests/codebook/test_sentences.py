"""Every sentence can be written, in both languages and both numbers, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cxresearch.errors import Problem
from cxresearch.language import LANGUAGES, Phrase, catalogue, render

HERE = Path(__file__).parent
CODE = "".join(path.read_text(encoding="utf-8") for path in (HERE.parents[1] / "src/cxresearch/codebook").glob("*.py"))
CODES = sorted(
    key.removeprefix("problems.").removesuffix(".what")
    for key in catalogue("en")
    if re.fullmatch(r"problems\.(codebook|data)\.\w+\.what", key)
)
LOSSES = sorted(key for key in catalogue("en") if re.fullmatch(r"losses\.[a-z_]+", key))
DETAILS = {
    "count": 3, "rows": "2, 3", "values": "a | b", "name": "x", "min": "1", "max": "5", "near": "y", "known": "y, z",
    "required": "name", "role": "item", "reserved": "line", "first": "2", "other": "y", "source": "s", "unit": "A",
    "example": "2025", "decimal": ".", "scale": "s", "r": -0.3, "n": 12, "spellings": 7, "columns": "a, b",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 3])
def test_every_problem_can_be_written(code: str, language: str, count: int) -> None:
    problem = Problem(code=code, file="f.csv", line=3, column="q1", value="v", details={**DETAILS, "count": count})
    for sentence in (problem.what(language), problem.remedy(language)):
        assert sentence[-1] in ".?"
        assert sentence[0].isupper() or sentence[0] in "“”0123456789" or sentence.startswith("study.yml")
        assert "{" not in sentence


@pytest.mark.parametrize("key", LOSSES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 3])
def test_every_loss_can_be_written(key: str, language: str, count: int) -> None:
    values = {**DETAILS, "value": "3", "count": count}
    assert render(Phrase(key, values), language)[-1] == "."


@pytest.mark.parametrize("code", CODES)
def test_no_sentence_is_left_over(code: str) -> None:
    stem = re.sub(r"_(near|perhaps|units)$", "", code.split(".")[1].removeprefix("fixed_"))
    assert re.search(rf"[\".]{stem}\"", CODE), f"no code raises {code}"


@pytest.mark.parametrize("key", LOSSES)
def test_every_loss_is_counted_somewhere(key: str) -> None:
    stem = key.split(".")[1]
    assert re.sub("_keep_(first|last)$", "_", stem) in CODE
