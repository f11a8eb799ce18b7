"""The example's raw files read by nothing but pandas and pyreadstat, for recomputing its numbers by another route."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

LEADERSHIP = ["joht_1", "joht_2", "joht_3", "joht_4"]
TOUCHPOINTS = ["kp_tarjous", "kp_aloitus", "kp_yhteydenpito", "kp_luovutus", "kp_laskutus"]
RENAMED = {"kustannuslaskenta oulu": "määrä- ja kustannuslaskenta oulu"}


@dataclass(frozen=True)
class Raw:
    """Pulse answers, project answers, deliveries and teams, with plain team names in `team` and a `quarter`."""

    pulse: pd.DataFrame
    projects: pd.DataFrame
    deliveries: pd.DataFrame
    teams: pd.DataFrame


def plain(names: pd.Series) -> pd.Series:
    """Team names without differences of spelling."""
    told = names.str.replace("\N{NO-BREAK SPACE}", " ").str.split().str.join(" ").str.casefold()
    return told.replace(RENAMED)


def read_raw(folder: Path) -> Raw:
    """Read the four exports; codes for "cannot say" become NaN."""
    pulse = pd.read_csv(folder / "raw" / "fiilismittaus.csv", sep=";", decimal=",", encoding="cp1252")
    items = pulse.filter(regex="^(joht|tyo|yht)_").columns
    pulse[items] = pulse[items].replace(9, np.nan)
    projects = pd.read_excel(folder / "raw" / "projektikokemus.xlsx", header=2, engine="openpyxl")
    projects["nps"] = projects["nps"].replace(99, np.nan)
    rated = ["csat", "ces", *TOUCHPOINTS, "pysakointi"]
    projects[rated] = projects[rated].replace(9, np.nan)
    deliveries, _ = pyreadstat.read_sav(str(folder / "raw" / "prosessit.sav"))
    teams = pd.read_csv(folder / "raw" / "tiimit.csv")
    for frame in (pulse, projects, deliveries, teams):
        frame["team"] = plain(frame["tiimi"])
    pulse["quarter"] = pd.PeriodIndex(pulse["kuukausi"], freq="M").asfreq("Q").astype(str)
    projects["quarter"] = pd.to_datetime(projects["paattynyt"]).dt.to_period("Q").astype(str)
    for frame in (deliveries, teams):
        frame["quarter"] = frame["kvartaali"]
    return Raw(pulse, projects, deliveries, teams)


def scale_score(rows: pd.DataFrame, items: list[str]) -> pd.Series:
    """Mean of the answered items of those who answered at least half of them."""
    return rows[items].mean(axis=1).where(rows[items].notna().sum(axis=1) >= len(items) / 2)


def persons_first(pulse: pd.DataFrame, items: list[str], keys: list[str]) -> pd.DataFrame:
    """One row per person within `keys`, the mean of that person's scores: keys, vastaaja, score."""
    scored = pulse.assign(score=scale_score(pulse, items)).dropna(subset="score")
    return scored.groupby([*keys, "vastaaja"], as_index=False)["score"].mean()


def nps_score(answers: pd.Series) -> pd.Series:
    """100 for promoters, -100 for detractors, 0 between."""
    return answers.map(lambda x: np.nan if np.isnan(x) else 100.0 * ((x >= 9) - (x <= 6)))
