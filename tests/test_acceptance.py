"""The numbers of the page of witnesses: the reference files hold them, and what no other test holds as tightly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.inference import fit_random_intercept, permutation_test, row_level_moments
from cxresearch.inference.latent.two_source import fit_two_source
from cxresearch.inference.latent.two_source_profile import correlation_profile
from cxresearch.inference.latent.two_source_sides import side_of_moments
from cxresearch.inference.mixed.random_intercept import profiled_criterion
from cxresearch.statistic import Estimate
from tests.inference.test_two_source import simulated

PERMUTED = 5e-4
"""Six Monte Carlo errors of half a million permutations and of the reference's 199,999 together."""
NO_BETTER = 1e-9
"""A criterion this close to the best of a grid has not missed it."""

HELD: dict[str, dict[str, float]] = {
    "reliability": {
        "attitude.raw_alpha": 0.843143,
        "attitude.feldt_ci.0": 0.739376,
        "attitude.feldt_ci.1": 0.915773,
        "semTools.htmt.0": 0.707805,
        "semTools.htmt.1": 0.536500,
        "semTools.htmt.2": 0.558381,
        "semTools.htmt2.0": 0.705975,
        "semTools.htmt2.1": 0.535347,
        "semTools.htmt2.2": 0.556043,
    },
    "aggregation": {
        "bh1996.WBEING.ICC1": 0.04336905,
        "bh1996.WBEING.ICC2": 0.77171288,
        "lq2002.rwgj_uniform.mean": 0.8677849,
        "lq2002.rwgj_slightskew_1|34.mean": 0.4102780,
    },
    "cx_metrics": {
        "gen_cluster.ci_t.0": -1.46134,
        "gen_cluster.ci_t.1": 14.80496,
        "gen.adjwald_lewis_sauro.0": 3.61690,
        "gen.adjwald_lewis_sauro.1": 9.71129,
        "csat_small.wilson.0": 0.698966,
        "csat_small.wilson.1": 0.972134,
    },
    "linkage": {
        "sleepstudy.REMLcrit": 1743.62827,
        "cust.lmer_ri.satt_df.1": 58.7516,
        "cust.CR2.1": 0.15308754,
        "cust.CR2_df_satt.1": 11.59468,
        "cust.within_between.coef.EXw": 0.416738,
        "cust.within_between.coef.EX": 0.488121,
        "cust.polr.coef": 0.729476,
        "latent2source.REML_logLik": -4339.83799,
    },
    "extra": {
        "polychoric_S1.ordinal_alpha": 0.81843,
        "louo.min": 0.44010,
        "louo.max": 0.54723,
        "louo.R2_oos_unitmean": 0.12947,
        "exact_perm8.p_two_sided": 0.644246,
        "meta_molloy.est_z": 0.149918,
        "meta_molloy.tau2": 0.008111,
        "meta_molloy.QE": 38.1595,
    },
    "inference": {
        "correlationBF.rscale_medium_1_3": 18.2342,
        "correlationBF.ultrawide_1": 13.1470,
        "tost_corr.r05.1": 0.049308,
    },
    "mediation_unit": {"ab": 37.53857, "mc_ci95.0": 17.34, "mc_ci95.1": 58.18},
    "relimp": {"gen.lmg.tp_1": 0.138735, "gen.johnson_rw.0": 0.138381},
    "mc_reference": {"unit_permutation_r.p": 0.00267, "wild_cluster_restricted_rademacher.p": 0.0194},
    "panel_lavaan": {"riclpm.fit.chisq": 6.76549, "riclpm_equal.fit.chisq": 18.04733},
}
"""Numbers by reference file and the way to them, as printed; `|` stands for a point within a name."""


def at(held: Any, way: str) -> float:
    for step in way.split("."):
        held = held[int(step)] if isinstance(held, list) else held[step.replace("|", ".")]
    return float(held)


@pytest.mark.parametrize(
    ("file", "way", "printed"), [(file, way, value) for file, listed in HELD.items() for way, value in listed.items()]
)
def test_the_reference_holds_the_number(reference: Path, file: str, way: str, printed: float) -> None:
    held = at(json.loads((reference / f"{file}.json").read_text(encoding="utf-8")), way)
    digits = len(repr(printed).partition(".")[2])
    assert held == pytest.approx(printed, abs=10.0**-digits)


def test_the_permutation_p_is_that_of_the_reference(reference: Path) -> None:
    units = pd.read_csv(reference / "unit_table.csv")
    found = permutation_test(
        units.EX, units.NPS, term="p", level=0.95, rng=np.random.default_rng(5), n_permutations=499_999
    )
    assert isinstance(found, Estimate)
    assert found.p_value == pytest.approx(0.00267, abs=PERMUTED)


@pytest.mark.parametrize("tau2", [0.0, 0.01, 0.05, 0.2])
def test_no_optimum_of_a_random_intercept_is_missed_in_500_sets(tau2: float) -> None:
    """One in four of them has no variance between units, where optimisers stray."""
    ratios = np.concatenate([[0], np.geomspace(1e-6, 1e2, 200)])
    rng = np.random.default_rng(int(1000 * tau2) + 1)
    for _ in range(125):
        sizes = rng.integers(4, 30, int(rng.integers(20, 60)))
        codes = np.repeat(np.arange(len(sizes)), sizes)
        x = rng.normal(size=len(sizes))[codes]
        y = 0.3 * x + np.sqrt(tau2) * rng.normal(size=len(sizes))[codes] + rng.normal(size=len(codes))
        moments = row_level_moments(codes, y, x)
        found = fit_random_intercept(moments)
        assert found is not None
        assert found.criterion <= profiled_criterion(moments, ratios).min() + NO_BETTER


@pytest.mark.simulation
@pytest.mark.parametrize(
    "design", [(40, 8, 20, 0.12, 0.06, 0.40), (40, 8, 20, 0.12, 0.06, 0.0), (100, 8, 20, 0.12, 0.06, 0.40)]
)
def test_the_interval_of_the_latent_correlation_holds_the_truth(
    design: tuple[int, int, int, float, float, float],
) -> None:
    """Of 2000 organisations each: the Monte Carlo error is .005."""
    covered = 0
    for seed in range(2000):
        ex, cx = simulated(50_000 + seed, *design)
        fit = fit_two_source(side_of_moments(ex), side_of_moments(cx))
        assert fit is not None
        rise = correlation_profile(fit, np.array([design[-1]]))[0] - fit.deviance
        covered += bool(rise <= stats.chi2.ppf(0.95, 1))
    assert 0.93 <= covered / 2000 <= 0.97
