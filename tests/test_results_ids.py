"""`docs/results.md` names every id that a run writes."""

from __future__ import annotations

import re

import pytest

from cxresearch.statistic import COLUMNS
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
NULLS = "uniform|slight_skew|moderate_skew|heavy_skew|triangular|normal"


def documented() -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", DOCUMENT, flags=re.MULTILINE)


def pattern(term: str, measures: str, hypotheses: str) -> str:
    kinds = {"measure": measures, "hypothesis": hypotheses, "null": NULLS, "item": r"\w+", "period": r"[\w-]+"}
    kinds["covariate"] = kinds["source"] = kinds["grouping"] = kinds["index"] = r"\w+"
    kinds["choice"] = kinds["option"] = kinds["part"] = r"[\w-]+"
    kinds["step"] = "configural|metric|scalar|strict"
    return re.sub(r"<(\w+)>", lambda match: f"(?:{kinds[match[1]]})", term.replace(".", r"\."))


@pytest.mark.slow
def test_every_id_of_the_example_is_documented() -> None:
    study = load_study(ROOT / "data" / "example")
    findings = analyse(study, provenance(study, study.spec.seed))
    known = [pattern(term, "|".join(study.spec.measures), "|".join(study.spec.hypotheses)) for term in documented()]
    unknown = [term for term in findings.results if not any(re.fullmatch(one, term) for one in known)]
    assert unknown == []


def test_every_column_is_documented() -> None:
    assert [name for name in COLUMNS if f"`{name}`" not in DOCUMENT] == []


def test_no_id_is_documented_twice() -> None:
    assert len(documented()) == len(set(documented()))
