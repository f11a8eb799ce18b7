"""Every code that this part emits has a sentence in both languages."""

from __future__ import annotations

import re

import pytest

from cxresearch.aggregation import NULLS
from cxresearch.language import LANGUAGES, catalogue
from cxresearch.scoring import METRICS
from tests.conftest import ROOT

PLACES = ("scoring", "measurement", "aggregation", "inference/clusters/cluster_mean.py")
SOURCE = "\n".join(
    file.read_text(encoding="utf-8")
    for place in PLACES
    for path in [ROOT / "src" / "cxresearch" / place]
    for file in (path.rglob("*.py") if path.is_dir() else [path])
)
DYNAMIC = {
    "methods": {
        *(f"measurement.{name}" for metric in METRICS.values() for name in metric.intervals),
        *(f"measurement.{family}_{null}" for family in ("rwg", "rwg_star") for null in NULLS),
        *(f"measurement.{name}_{how}" for name in ("icc", "mean_reliability") for how in ("anova", "reml")),
        *(
            f"measurement.{name}"
            for name in ("icc1_n0", "icc1_mean", "icc2", "average_deviation", "awg", "feldt", "duhachek")
        ),
        *(f"measurement.difference_{how}" for how in ("shared_units", "separate_units", "welch", "wald")),
    },
    "reasons": {"measurement.grain_counts", "measurement.grain_unit_scores"},
    "health": {"measurement.conservative_se", "measurement.assumed_item_correlation"},
}
NAMES = r"(?:measurement|aggregation|scoring)\.[a-z_0-9]+"
PATTERNS = {
    "methods": rf'method="({NAMES})"',
    "reasons": rf'reason="({NAMES})"',
    "health": rf'\("({NAMES})",\)',
}


def codes(kind: str) -> set[str]:
    found = set(re.findall(PATTERNS[kind], SOURCE)) | DYNAMIC[kind]
    if kind == "reasons":
        return {code for code in found if f'Loss(where=measure, reason="{code}"' not in SOURCE}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PATTERNS)
def test_every_code_has_a_sentence(kind: str, language: str) -> None:
    assert len(codes(kind)) > 5
    missing = {f"{kind}.{code}" for code in codes(kind)} - set(catalogue(language))
    assert not missing


@pytest.mark.parametrize("kind", PATTERNS)
def test_no_sentence_is_left_over(kind: str) -> None:
    ours = {
        key.removeprefix(f"{kind}.")
        for key in catalogue("en")
        if re.fullmatch(rf"{kind}\.{NAMES}", key) and (kind == "reasons" or ".measurement." in key)
    }
    assert ours <= codes(kind)
