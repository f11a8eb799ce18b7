"""Every code of the reliability evidence has a sentence in both languages, and none is left over."""

from __future__ import annotations

import re

import pytest

from cxresearch.language import LANGUAGES, catalogue
from cxresearch.measurement.split_sample import FIGURES as SPLIT
from tests.conftest import ROOT

SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("measurement", "inference", "workflow/topics")
    for path in sorted((ROOT / "src" / "cxresearch" / folder).rglob("*.py"))
)
USED = set(re.findall(r'"(reliability\.[a-z0-9_]+)"', SOURCE))
BUILT = {
    *(f"reliability.{name}" for name in SPLIT),
    *(f"reliability.{name}" for name in ("omega_h", "omega_t", "ecv", "parallel_components", "parallel_factors")),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_and_sentences_agree(language: str) -> None:
    sentences = {
        match[1]
        for key in catalogue(language)
        if (match := re.fullmatch(r"(?:methods|health|reasons)\.(reliability\.[a-z0-9_]+)", key))
    }
    assert sentences == {code for code in USED | BUILT if not code.endswith(".toml")}
