"""What cannot be fitted says why, in both languages; what is improper is a result that says so."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cxresearch.language import LANGUAGES, Phrase, catalogue, render
from cxresearch.sem.cfa_results import cfa_results
from cxresearch.sem.compare import compare
from cxresearch.sem.factor_models import cfa
from cxresearch.sem.fit import fit_model
from cxresearch.sem.fit_indices import fit_indices, noncentrality
from cxresearch.sem.model import Entry, Model, layout
from cxresearch.sem.samples import sample_from_moments, sample_from_rows
from cxresearch.statistic import NotEstimable
from tests.conftest import ROOT
from tests.sem.models import sure, two_factor_rows

NAMES = [f"i{number}" for number in range(6)]
TWO = {"p": NAMES[:3], "q": NAMES[3:]}
ROWS = two_factor_rows()
CONSTANT = ROWS * [1, 1, 1, 1, 1, 0]
COPIED = ROWS[:, [0, 1, 2, 3, 4, 4]]
APART = np.where((np.arange(len(ROWS)) < 60)[:, None] == (np.arange(6) < 3), ROWS, np.nan)
UNASKED = np.where(np.arange(6) == 2, np.nan, ROWS)


@pytest.mark.parametrize(
    ("rows", "factors", "reason", "sentence"),
    [
        (ROWS[:8], TWO, "sem.too_few_rows", "13 parameters and needs at least 14 observations"),
        (CONSTANT, TWO, "sem.no_variation", "always the same one"),
        (UNASKED, TWO, "sem.no_variation", "no answers"),
        (APART, TWO, "sem.no_overlap", "hardly ever measured together"),
        (COPIED, TWO, "sem.singular_data", "tell exactly the same"),
        (ROWS[:, :2], {"p": NAMES[:2]}, "sem.too_many_parameters", "more than the covariances"),
    ],
)
def test_what_cannot_be_fitted(rows: np.ndarray, factors: dict[str, list[str]], reason: str, sentence: str) -> None:
    missing = bool(np.isnan(rows).any())
    found = fit_model(cfa(factors, means=missing), [sample_from_rows(rows)], term="t")
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
    assert sentence in render(Phrase(f"reasons.{reason}", found.details), "en")
    assert render(Phrase(f"reasons.{reason}", found.details), "fi")


def test_a_model_with_two_scales_for_one_factor_is_not_identified() -> None:
    model = cfa(TWO)
    free = tuple(
        Entry("directed", e.to, e.source, label=f"{e.source}=~{e.to}") if e.fixed == 1.0 and e.to == "i0" else e
        for e in model.groups[0]
    )
    found = fit_model(Model(model.observed, model.latent, (free,), False), [sample_from_rows(ROWS)], term="t")
    assert isinstance(found, NotEstimable)
    assert found.reason == "sem.not_identified"


def test_a_negative_variance_is_a_result() -> None:
    correlation = np.array([[1, 0.9, 0.3], [0.9, 1, 0.1], [0.3, 0.1, 1.0]])
    sample = sample_from_moments(200, np.zeros(3), correlation)
    fit = sure(fit_model(cfa({"f": ["a", "b", "c"]}), [sample], term="t"))
    assert "sem.negative_variance" in fit.health
    assert fit.chi2 == pytest.approx(0, abs=1e-8)  # a just identified model reproduces its data
    assert fit_indices(fit).rmsea is None
    assert {r.reason for r in cfa_results(fit) if isinstance(r, NotEstimable)} == {"sem.no_df"}


def test_a_factor_correlation_beyond_one_is_a_result() -> None:
    spread = np.full((4, 4), 0.6) + 0.4 * np.eye(4)
    for first, second in ((0, 1), (2, 3)):
        spread[first, second] = spread[second, first] = 0.45
    fit = sure(
        fit_model(cfa({"p": ["a", "b"], "q": ["c", "d"]}), [sample_from_moments(300, np.zeros(4), spread)], term="t")
    )
    assert "sem.improper_correlations" in fit.health


def test_few_rows_per_parameter_are_told() -> None:
    fit = sure(fit_model(cfa(TWO), [sample_from_rows(ROWS[:40])], term="t"))
    assert "sem.few_rows_per_parameter" in fit.health


def test_a_model_is_not_compared_with_itself() -> None:
    fit = sure(fit_model(cfa(TWO), [sample_from_rows(ROWS)], term="t"))
    found = compare(fit, fit, term="t")
    assert isinstance(found, NotEstimable)
    assert found.reason == "sem.not_nested"


def test_noncentrality_is_zero_where_chi2_is_small() -> None:
    assert noncentrality(1.0, 10, 0.95) == 0.0
    assert noncentrality(85.30552, 24, 0.5) == pytest.approx(61.3, abs=1.0)  # about chi2 - df


def test_models_are_checked() -> None:
    with pytest.raises(ValueError, match="either labelled or fixed"):
        Entry("mean", "x")
    with pytest.raises(ValueError, match="no variable 'y'"):
        layout(Model(("x",), (), ((Entry("mean", "y", label="y~1"),),)))
    with pytest.raises(ValueError, match="measures one factor"):
        cfa({"p": ["a", "b"], "q": ["b", "c"]})


PLACES = (
    "sem/*.py",
    "workflow/topics/dimensions.py",
    "workflow/topics/factor_data.py",
    "workflow/topics/cross_lagged.py",
)
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for place in PLACES for path in sorted((ROOT / "src" / "cxresearch").glob(place))
)
CODES = set(re.findall(r'"(sem\.[a-z_]+)"', SOURCE)) | {
    *(f"sem.{estimator}{ending}" for estimator in ("ml", "mlr") for ending in ("", "_fiml")),
    *(f"sem.{how}" for how in ("mlr_clustered", "mlr_fiml_clustered", "groups", "groups_left_out")),
    *(f"sem.freed_{kind}" for kind in ("loading", "intercept", "residual")),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_and_every_sentence_a_code(language: str) -> None:
    ours = {
        key.partition(".")[2]
        for key in catalogue(language)
        if key.split(".")[0] in ("methods", "health", "reasons") and key.split(".")[1] == "sem"
    }
    assert ours == CODES
