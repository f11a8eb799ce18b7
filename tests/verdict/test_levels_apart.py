"""An order in time is held against the model that sets units' lasting levels apart."""

from __future__ import annotations

import pytest

from cxresearch.language import LANGUAGES, render
from cxresearch.statistic import Estimate
from cxresearch.verdict.criteria import Criteria, Primary
from cxresearch.verdict.doubts import doubts
from cxresearch.verdict.evidence import Evidence


@pytest.mark.parametrize(
    ("primary", "low", "codes"),
    [("lagged", -0.1, ["levels_apart"]), ("lagged", 0.1, []), ("within", -0.1, []), ("pearson", -0.1, [])],
)
def test_only_an_order_is_doubted(primary: Primary, low: float, codes: list[str]) -> None:
    found = Estimate(term="h1.riclpm.y_on_x.std", estimate=0.2, conf_low=low, conf_high=0.5, conf_level=0.95)
    evidence = Evidence(hypothesis="h1", results={"riclpm.y_on_x.std": found})
    limits = doubts(evidence, Criteria(primary=primary), 1)
    assert [limit.code for limit in limits] == codes
    for language in LANGUAGES:
        assert all(render(limit.phrase(), language) for limit in limits)
