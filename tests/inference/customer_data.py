"""The generated customers and their units' employee experience, as the models of few units take them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.moments import Floats, Ints, ScoreMoments, score_moments


@dataclass(frozen=True)
class Customers:
    """Rows of customers, their unit's code and the units' predictors."""

    rows: pd.DataFrame
    codes: Ints
    ex: Floats
    region: Floats

    def moments(self, name: str) -> ScoreMoments:
        return score_moments(self.codes, self.rows[name], len(self.ex))

    def table(self, category: Ints, n_categories: int) -> Floats:
        counts = np.zeros((len(self.ex), n_categories))
        np.add.at(counts, (self.codes, category), 1)
        return counts

    @property
    def both(self) -> Floats:
        return np.column_stack([self.ex, self.region])

    @property
    def recommendation(self) -> Floats:
        return self.table(np.where(self.rows.nps >= 9, 2, np.where(self.rows.nps <= 6, 0, 1)), 3)

    @property
    def churn(self) -> Floats:
        return self.table(self.rows.churned.to_numpy(), 2)


def customers_of(reference: Path) -> Customers:
    """Read the generated customers."""
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    units = pd.read_csv(reference / "unit_table.csv").set_index("unit_id")
    codes, names = pd.factorize(rows.unit_id, sort=True)
    known = units.loc[names]
    return Customers(rows, codes, known.EX.to_numpy(), known.region.to_numpy(dtype=float))


def r_values(reference: Path, name: str = "models_witness") -> dict[str, Any]:
    """R's numbers."""
    return json.loads((reference / f"{name}.json").read_text(encoding="utf-8"))
