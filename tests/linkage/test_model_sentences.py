"""Every code of the models for few units, categories and panels has a sentence in both languages."""

from __future__ import annotations

import re

import pytest

from cxresearch.inference.clusters.wild_bootstrap import WEIGHTS
from cxresearch.language import LANGUAGES, catalogue
from tests.conftest import ROOT

ROOMS = ("inference", "linkage")
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / "src" / "cxresearch" / room).rglob("*.py")
)
DYNAMIC = {
    "models.cr1s", "models.cr2", "models.cr3",
    *(f"models.fixed_effects_{correction}" for correction in ("cr1s", "cr2", "cr3")),
    *(f"models.wild_{weights}{exact}" for weights in WEIGHTS for exact in ("", "_exact")),
    "models.cluster_bootstrap_bca", "models.cluster_bootstrap_percentile",
}  # fmt: skip
CODES = set(re.findall(r'"(models\.[a-z_0-9]+)"', SOURCE)) | DYNAMIC


def keys(language: str) -> set[str]:
    found = set()
    for kind in ("methods", "health", "reasons"):
        prefix = f"{kind}."
        found |= {key.removeprefix(prefix) for key in catalogue(language) if key.startswith(f"{prefix}models.")}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_and_sentences_are_the_same(language: str) -> None:
    assert keys(language) == CODES
