"""Intervals of alpha and omega by drawing whole units, against drawing rows and fitting again each time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.comparison import Row, Timed, agree, optional, timed
from benchmarks.peers import r
from cxresearch.measurement import alpha_bootstrap
from cxresearch.measurement.omega import omega
from cxresearch.moments import Floats, Ints, ItemMoments, item_moments
from cxresearch.statistic import Estimate, Result

UNITS, ROWS, DRAWS = 500, 10_000, 2000
PEER_DRAWS = 20
"""The peers draw so few, and their time is multiplied."""
AGREES = 1e-4
_LAVAAN = f"""
set.seed(1)
model <- "f =~ i1 + i2 + i3 + i4"
for (draw in seq_len({PEER_DRAWS})) {{
  drawn <- d[sample(nrow(d), replace = TRUE), ]
  fit <- cfa(model, drawn[, paste0("i", 1:4)], std.lv = TRUE)
}}
fit <- cfa(model, d[, paste0("i", 1:4)], std.lv = TRUE)
l <- lavInspect(fit, "est")$lambda; sum(l)^2 / (sum(l)^2 + sum(diag(lavInspect(fit, "est")$theta)))
"""


def _simulated() -> tuple[Ints, Floats]:
    rng = np.random.default_rng(20261122)
    unit = rng.integers(0, UNITS, ROWS)
    true = rng.normal(0, 0.4, UNITS)[unit] + rng.normal(0, 1, ROWS)
    return unit, np.clip(np.rint(3 + 0.7 * true[:, None] + rng.normal(0, 0.8, (ROWS, 4))), 1, 5)


def _value(found: Result) -> float:
    assert isinstance(found, Estimate)
    return found.estimate


def _alpha(moments: ItemMoments) -> float:
    return _value(alpha_bootstrap(moments, term="alpha", rng=np.random.default_rng(1), n_draws=DRAWS))


def _omega(moments: ItemMoments) -> float:
    return _value(omega(moments, term="scale", rng=np.random.default_rng(1), n_draws=DRAWS)[0])


def _pingouin(peer: Any, frame: pd.DataFrame) -> float:
    rng = np.random.default_rng(1)
    for _ in range(PEER_DRAWS):
        peer.cronbach_alpha(frame.iloc[rng.integers(0, len(frame), len(frame))])
    return float(peer.cronbach_alpha(frame)[0])


def _scaled(peer: Timed | None) -> float | None:
    return peer.seconds * DRAWS / PEER_DRAWS if peer else None


def rows() -> list[Row]:
    """Alpha against a pingouin loop, omega against a lavaan loop."""
    unit, items = _simulated()
    moments = item_moments(unit, items, UNITS)
    frame = pd.DataFrame(items, columns=["i1", "i2", "i3", "i4"])
    size, scaled = f"{UNITS} units × {ROWS:,}, {DRAWS:,} draws", f"peer: {PEER_DRAWS} draws, scaled"
    of_alpha, of_omega = timed(partial(_alpha, moments)), timed(partial(_omega, moments))
    found = optional("pingouin")
    pingouin = timed(partial(_pingouin, found, frame), 1) if found else None
    lavaan = r.run(_LAVAAN, {"d": frame}, "lavaan", rounds=1)
    for own, peer in ((of_alpha, pingouin), (of_omega, lavaan)):
        if peer:
            agree(own.values, np.ravel(peer.values)[0], rtol=AGREES)
    return [
        Row("alpha, bootstrap of units", size, "pingouin loop", _scaled(pingouin), of_alpha.seconds, 100, scaled),
        Row("omega and AVE, bootstrap of units", size, "lavaan loop", _scaled(lavaan), of_omega.seconds, 100, scaled),
    ]
