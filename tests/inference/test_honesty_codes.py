"""Every code that the honest analyses emit has a sentence in both languages, and none is left over."""

from __future__ import annotations

import re

import pytest

from cxresearch.inference.bayes_factor import PRIORS
from cxresearch.language import LANGUAGES, catalogue
from tests.conftest import ROOT

PLACES = ("inference", "linkage", "workflow/topics")
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for place in PLACES for path in (ROOT / "src" / "cxresearch" / place).rglob("*.py")
)
NAMED = set(re.findall(r'"honesty\.([a-z_0-9]+)"', SOURCE)) | {
    *(f"bayes_factor_{name}" for name in (*PRIORS, "declared")),
    *("robustness_value", "robustness_value_significant", "partial_r_squared"),
}


def sentences(language: str) -> set[str]:
    found = set()
    for key in catalogue(language):
        if match := re.fullmatch(r"(?:methods|health|reasons)\.honesty\.([a-z_0-9]+)", key):
            found.add(match[1])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_and_none_is_left_over(language: str) -> None:
    assert sentences(language) == NAMED
