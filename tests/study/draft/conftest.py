"""Two exports as an organisation would send them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BRANCHES = ("Espoo", "Vantaa", "Turku", "Oulu", "Lahti", "Kuopio", "Pori", "Vaasa")
STAFF, GUESTS = 240, 300


def likert(latent: np.ndarray, rng: np.random.Generator, points: int = 5) -> np.ndarray:
    noisy = latent + rng.normal(0, 0.7, len(latent))
    return np.clip(np.round(noisy * points / 6 + (points + 1) / 2), 1, points).astype(int)


@pytest.fixture(scope="session")
def staff() -> pd.DataFrame:
    """Two scales of four items under one prefix (one item of each reversed), missing codes, background, free text."""
    rng = np.random.default_rng(20261121)
    lead, load = rng.normal(0, 1, STAFF), rng.normal(0, 1, STAFF)
    items = {f"q{k + 1}": likert(lead if k < 4 else load, rng) for k in range(8)}
    items["q3"] = 6 - items["q3"]
    items["q8"] = 6 - items["q8"]
    frame = pd.DataFrame({
        "Vastaaja": [f"T{n:03d}" for n in range(STAFF)],
        "Toimipaikka": [BRANCHES[n % len(BRANCHES)] for n in range(STAFF)],
        "Vastausaika": [f"{1 + n % 28}.3.2026 09:{n % 60:02d}" for n in range(STAFF)],
        "Sukupuoli": np.where(rng.random(STAFF) < 0.5, "nainen", "mies"),
        **items,
        "Palvelusvuodet": rng.integers(0, 35, STAFF),
        "Avoin palaute": [f"Työpäivät ovat venyneet pitkiksi, sanoo vastaaja {n}." for n in range(STAFF)],
        "Email": [f"t{n}@example.org" for n in range(STAFF)],
        "Kysely": "Pulssi",
        "Tyhjä": "",
    })  # fmt: skip
    frame.loc[::37, "q2"] = 99
    return frame


@pytest.fixture(scope="session")
def guests() -> pd.DataFrame:
    """Recommendation, satisfaction, effort, touchpoints, with texts that mean no answer."""
    rng = np.random.default_rng(7)
    mood = rng.normal(0, 1, GUESTS)
    frame = pd.DataFrame({
        "branch": [BRANCHES[n % len(BRANCHES)].upper() for n in range(GUESTS)],
        "NPS": np.clip(np.round(7 + 2 * mood), 0, 10).astype(int),
        "CSAT": likert(mood, rng),
        "CES": likert(mood, rng, 7),
        "tp_a": likert(mood, rng, 10),
        "tp_b": likert(mood, rng, 10),
        "tp_c": likert(mood, rng, 10),
        "price": rng.normal(100, 20, GUESTS).round(2),
    }).astype({"tp_b": object})  # fmt: skip
    frame.loc[::11, "tp_b"] = "N/A"
    return frame


@pytest.fixture
def exports(tmp_path: Path, staff: pd.DataFrame, guests: pd.DataFrame) -> Path:
    """A study folder that holds nothing but the two exports."""
    folder = tmp_path / "Konttorit 2026"
    (folder / "raw").mkdir(parents=True)
    staff.to_csv(folder / "raw" / "staff.csv", sep=";", index=False, encoding="utf-8")
    guests.to_csv(folder / "raw" / "guests.csv", index=False)
    return folder
