"""Every code of mechanism, drivers and comparisons has a sentence in both languages, and no sentence is left over."""

from __future__ import annotations

import re

import pytest

from cxresearch.language import LANGUAGES, catalogue
from tests.conftest import ROOT

FILES = (
    "inference/mechanism/baseline.py",
    "inference/mechanism/bent_regression.py",
    "inference/mechanism/driver_analysis.py",
    "inference/mechanism/interaction.py",
    "inference/mechanism/mediation.py",
    "inference/mechanism/moderation.py",
    "inference/mechanism/nonlinearity.py",
    "inference/mechanism/two_lines.py",
    "linkage/mechanism.py",
    "scoring/alternatives.py",
    "scoring/comparisons.py",
    "workflow/topics/comparisons.py",
    "workflow/topics/drivers.py",
    "workflow/topics/mechanism.py",
)
SOURCE = "\n".join((ROOT / "src" / "cxresearch" / name).read_text(encoding="utf-8") for name in FILES)
PREFIX = r"(?:mechanism|comparison)\.[a-z_0-9]+"
ERRORS = ("classical", "hc3", "cluster")
DYNAMIC = {
    "methods": {
        *(f"mechanism.{name}_{errors}" for name in ("path", "interaction", "quadratic") for errors in ERRORS),
        *(f"mechanism.indirect_{part}" for part in ("percentile", "bootstrap")),
        *(f"mechanism.johnson_neyman_{where}" for where in ("between", "outside")),
        *(f"mechanism.two_lines_{how}" for how in ("declared", "robin_hood")),
        *(f"mechanism.{name}" for name in ("lmg", "johnson", "lmg_difference", "johnson_difference", "r2_bootstrap")),
        "mechanism.linear_spline",
        "mechanism.simple_slope",
    },
    "reasons": {"mechanism.significant_everywhere", "mechanism.significant_nowhere"},
    "health": {"mechanism.mediator_shares_outcome", "mechanism.mediator_shares_predictor"},
}
PATTERNS = {"methods": rf'method="({PREFIX})"', "reasons": rf'reason="({PREFIX})"', "health": rf'\("({PREFIX})",\)'}


def codes(kind: str) -> set[str]:
    return set(re.findall(PATTERNS[kind], SOURCE)) | DYNAMIC[kind]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PATTERNS)
def test_every_code_has_a_sentence(kind: str, language: str) -> None:
    assert {f"{kind}.{code}" for code in codes(kind)} - set(catalogue(language)) == set()


@pytest.mark.parametrize("kind", PATTERNS)
def test_no_sentence_is_left_over(kind: str) -> None:
    ours = {key.removeprefix(f"{kind}.") for key in catalogue("en") if re.fullmatch(rf"{kind}\.{PREFIX}", key)}
    assert ours <= codes(kind)
