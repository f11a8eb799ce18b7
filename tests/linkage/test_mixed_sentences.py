"""Every code that multilevel models emit has a sentence in both languages, and none is left over."""

from __future__ import annotations

import re

import pytest

from cxresearch.language import LANGUAGES, catalogue
from tests.conftest import ROOT

FILES = [*(ROOT / "src" / "cxresearch" / "linkage").glob("*.py"), ROOT / "src/cxresearch/workflow/topics/mixed.py"]
CODES = set(re.findall(r'"mixed\.([a-z_]+)"', "\n".join(file.read_text(encoding="utf-8") for file in FILES)))
KINDS = ("methods", "health", "reasons")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_sentence(language: str) -> None:
    told = {
        key.partition(".mixed.")[2] for key in catalogue(language) for kind in KINDS if key.startswith(f"{kind}.mixed.")
    }
    assert told == CODES
