"""Confirmatory factor analysis with complete and with missing answers, against lavaan."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from benchmarks.comparison import Row, Values, agree, timed
from benchmarks.peers import r
from cxresearch.moments import Floats
from cxresearch.sem.factor_models import cfa
from cxresearch.sem.fit import Fit, fit_model
from cxresearch.sem.samples import Sample, sample_from_moments, sample_from_rows

FACTORS = {f"f{f}": [f"i{4 * f + item}" for item in range(4)] for f in range(3)}
ITEMS = [item for items in FACTORS.values() for item in items]
AGREES = 1e-5
"""Relative gap of chi-square or log likelihood."""
_MODEL = "\n".join(f"{factor} =~ {' + '.join(items)}" for factor, items in FACTORS.items())


def _simulated(n_rows: int) -> Floats:
    rng = np.random.default_rng(20261122)
    factors = rng.multivariate_normal(np.zeros(3), 0.4 + 0.6 * np.eye(3), n_rows)
    return 3 + 0.7 * factors[:, np.repeat(np.arange(3), 4)] + rng.normal(0, 0.7, (n_rows, 12))


def _with_gaps(values: Floats, n_patterns: int) -> Floats:
    rng = np.random.default_rng(1)
    patterns = rng.random((n_patterns, values.shape[1])) < 0.15
    patterns[0] = False
    return np.where(patterns[rng.integers(0, n_patterns, len(values))], np.nan, values)


def _moments(values: Floats) -> Sample:
    return sample_from_moments(len(values), values.mean(axis=0), np.cov(values, rowvar=False, ddof=0))


def _fitted(sample: Sample, *, means: bool) -> Fit:
    fit = fit_model(cfa(FACTORS, means=means), [sample], term="cfa")
    assert isinstance(fit, Fit)
    return fit


def _chi2(values: Floats) -> Values:
    return _fitted(_moments(values), means=False).chi2


def _missing_chi2(values: Floats) -> Values:
    return _fitted(sample_from_rows(values), means=True).chi2


def rows() -> list[Row]:
    """A three-factor model of twelve items, complete and by full information."""
    complete, gappy = _simulated(10_000), _with_gaps(_simulated(1_000), 60)
    found: list[Row] = []
    for work, size, own_work, values, options, wanted in (
        ("CFA, 3 factors × 4 items", "10,000", _chi2, complete, "", 5),
        ("CFA with missing answers, FIML", "1,000, 60 patterns", _missing_chi2, gappy, ', missing = "fiml"', 3),
    ):
        own = timed(partial(own_work, values), 5)
        body = f"fit <- cfa('{_MODEL}', d{options}); fitMeasures(fit, 'chisq')"
        peer = r.run(body, {"d": pd.DataFrame(values, columns=ITEMS)}, "lavaan")
        if peer:
            agree(np.ravel(own.values), peer.values, rtol=AGREES)
        found.append(Row(work, size, "lavaan", peer.seconds if peer else None, own.seconds, wanted))
    return found
