"""Findings made by hand on the plan and the codebook of the example study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cxresearch.findings import Findings, Provenance
from cxresearch.losses import Loss
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import load_study
from cxresearch.verdict import Evidence, decide_all
from cxresearch.verdict.criteria import Criteria

STUDY = Path(__file__).parents[2] / "data" / "example"
UNITS = 40


def estimate(term: str, value: float, low: float, high: float, p: float) -> Estimate:
    return Estimate(
        term=term, estimate=value, std_error=0.14, p_value=p, conf_low=low, conf_high=high, conf_level=0.95,
        n_units=UNITS, n_respondents=400,
    )  # fmt: skip


def results() -> dict[str, Result]:
    found: list[Result] = [
        Estimate(term="h1.n", estimate=UNITS, n_units=UNITS, n_periods=8),
        estimate("h1.pearson", 0.52, 0.24, 0.71, 0.0004),
        NotEstimable(term="h1.spearman", reason="linkage.constant"),
        estimate("h1.permutation", 0.52, 0.24, 0.71, 0.0005),
        Estimate(term="h1.leave_one_out.low", estimate=0.45, n_units=UNITS),
        Estimate(term="h1.leave_one_out.high", estimate=0.55, n_units=UNITS),
        estimate("h1.equivalence", 0.52, 0.29, 0.69, 0.9998),
        estimate("h1.control.parking", -0.001, -0.31, 0.31, 0.98),
        estimate("h1.control.parking.outcome", 0.52, 0.24, 0.71, 0.0004),
        estimate("h1.control.parking.difference", 0.521, 0.15, 0.85, 0.006),
        Estimate(term="h3.n", estimate=UNITS, n_units=UNITS, n_periods=8),
        estimate("h3.pearson", 0.01, -0.31, 0.32, 0.973),
        estimate("h3.equivalence", 0.01, -0.26, 0.27, 0.282),
        estimate("measure.nps", 52.4321, 44.61, 60.25, 0.0001),
        estimate("measure.csat", 86.47, 82.79, 90.15, 0.0001),
        estimate("measure.leadership", 3.777, 3.68, 3.87, 0.0001),
        NotEstimable(term="measure.delay", reason="measurement.grain_unit_scores"),
    ]
    return {one.term: one for one in found}


def findings() -> Findings:
    study = load_study(STUDY)
    made = results()
    parts = {name: {t.removeprefix(f"{name}."): r for t, r in made.items() if t.startswith(f"{name}.")} for name in
             study.spec.hypotheses}  # fmt: skip
    evidence = [Evidence(hypothesis=name, results=parts[name]) for name in ("h1", "h3")]
    losses = (
        Loss(where="pulse", reason="columns_unused", details={"count": 5, "columns": "a, b, c, d, e"}),
        Loss(where="pulse", reason="aliases_applied", details={"count": 49}),
        Loss(where="nps", reason="aggregation.without_score", n_rows=30),
        Loss(where="nps", reason="aggregation.without_score", n_rows=26),
        Loss(where="h1", reason="linkage.unit_only.ex", n_rows=7, n_units=5, details={"rows": 7, "count": 5}),
        Loss(where="h3", reason="linkage.unit_only.ex", n_rows=7, n_units=5, details={"rows": 7, "count": 5}),
    )
    return Findings(
        spec=study.spec,
        codebook=study.codebook,
        provenance=Provenance(
            key="k", plan_sha256="p", codebook_sha256="c", registered_sha256="", data_sha256={},
            code_version="1", code_sha256="s",
            python="3", packages={}, seed=1,
        ),
        sources=(),
        losses=losses,
        notices=(),
        results=made,
        answers=pd.DataFrame(),
        missing=pd.DataFrame(),
        distributions=pd.DataFrame(),
        panels=pd.DataFrame(),
        linked=pd.DataFrame(),
        verdicts=decide_all(evidence, Criteria()),
    )  # fmt: skip
