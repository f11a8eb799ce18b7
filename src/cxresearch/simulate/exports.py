"""Turn simulated answers into the untidy exports that a company's systems give."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

FIRST_YEAR = 2024
QUARTERS = 8
CANNOT_SAY = 9
"""Code of "cannot say" on scales that end below 9; on 0–10 it is 99."""
CARELESS = 0.01
"""Share of pulse answers that give one number to every item."""
MISCODED_SHARE = 0.5
"""Share of skipped answers that the export writes as "cannot say"; the rest are empty."""

SERVICES = (
    "Rakennuttaminen", "Projektinjohto", "Talotekniikka", "Sähkösuunnittelu",
    "Energia ja ympäristö", "Työmaavalvonta", "Kustannuslaskenta", "Käyttöönotto",
)  # fmt: skip
CITIES = {
    "Helsinki": "Uusimaa",
    "Tampere": "Pirkanmaa",
    "Turku": "Varsinais-Suomi",
    "Oulu": "Pohjois-Pohjanmaa",
    "Jyväskylä": "Keski-Suomi",
}
TEAMS = tuple(f"{service} {city}" for service in SERVICES for city in CITIES)
RENAMED = {"Kustannuslaskenta Oulu": "Määrä- ja kustannuslaskenta Oulu"}
"""Old name to the name since January 2025."""
SEGMENTS = ("Kiinteistöt", "Teollisuus", "Julkinen sektori", "Infra")

ITEM_COLUMNS = {"leadership": "joht", "own_work": "tyo", "cooperation": "yht"}
CUSTOMER_COLUMNS = {
    "nps": "nps", "csat": "csat", "ces": "ces", "offer": "kp_tarjous", "kickoff": "kp_aloitus",
    "contact": "kp_yhteydenpito", "handover": "kp_luovutus", "invoice": "kp_laskutus", "parking": "pysakointi",
}  # fmt: skip
COMMENTS = (
    "Kiitos sujuvasta projektista!",
    "Aikataulu venyi, mutta siitä kerrottiin ajoissa.",
    "Yhteyshenkilö vaihtui kesken projektin.",
    "Palaverit pysyivät asiassa.",
    "Dokumentteja joutui kyselemään.",
    "Hinta oli korkea, mutta laatu sen mukainen.",
    "Hyvä tunnelma työmaalla.",
    "Olisin kaivannut tiiviimpää yhteydenpitoa kesällä.",
)


def _quarter_month(period: Ints, month_of_quarter: Ints) -> tuple[Ints, Ints]:
    month = 3 * period + month_of_quarter
    return FIRST_YEAR + month // 12, month % 12 + 1


def _quarter(period: int) -> str:
    return f"{FIRST_YEAR + period // 4}Q{period % 4 + 1}"


def _renamed(name: str, period: int) -> str:
    return RENAMED.get(name, name) if period >= 4 else name


def _spelt(rng: np.random.Generator, unit: Ints, year: Ints) -> list[str]:
    """Team names as people and systems write them."""
    names = [RENAMED.get(TEAMS[u], TEAMS[u]) if y > FIRST_YEAR else TEAMS[u] for u, y in zip(unit, year, strict=True)]
    manner = rng.choice(4, size=len(names), p=(0.985, 0.006, 0.005, 0.004))
    written = (str, str.upper, _no_break, _trailing_blank)
    return [written[how](name) for how, name in zip(manner, names, strict=True)]


def _no_break(name: str) -> str:
    return name.replace(" ", "\N{NO-BREAK SPACE}", 1)


def _trailing_blank(name: str) -> str:
    return name + " "


def _coded(rng: np.random.Generator, answers: pd.Series, code: int) -> pd.Series:
    """Whole numbers; half of the skipped answers carry the code, the others are empty."""
    says_so = answers.isna() & (rng.random(len(answers)) < MISCODED_SHARE)
    return answers.mask(says_so, code).astype("Int64")


def _careless(rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    rows = rng.choice(len(items), size=round(CARELESS * len(items)), replace=False)
    answers = items.to_numpy(copy=True)
    answers[rows] = rng.integers(2, 6, size=len(rows))[:, None]
    return pd.DataFrame(answers, columns=items.columns)


def employee_export(rng: np.random.Generator, answers: pd.DataFrame) -> pd.DataFrame:
    """The pulse survey: month, team, respondent, years in the company, eleven items."""
    unit, person = answers["unit"].to_numpy(), answers["respondent"].to_numpy()
    year, month = _quarter_month(answers["period"].to_numpy(), answers["occasion"].to_numpy())
    labels = rng.permutation(9000)[: person.max() + 1] + 1000
    at_start = rng.gamma(1.6, 4.0, size=person.max() + 1)
    served = at_start[person] + (year - FIRST_YEAR) + (month - 1) / 12
    frame = pd.DataFrame(
        {
            "kuukausi": [f"{y}-{m:02d}" for y, m in zip(year, month, strict=True)],
            "tiimi": _spelt(rng, unit, year),
            "vastaaja": [f"T{label}" for label in labels[person]],
            "tyovuodet": np.round(served, 1),
        }
    )
    items = _careless(rng, answers.drop(columns=["unit", "period", "occasion", "respondent"]))
    for name in items:
        scale, number = str(name).rsplit("_", 1)
        frame[f"{ITEM_COLUMNS[scale]}_{number}"] = _coded(rng, items[name], CANNOT_SAY)
    return frame.sort_values(["kuukausi", "vastaaja"], ignore_index=True)


def _end_dates(rng: np.random.Generator, period: Ints) -> list[datetime.date]:
    year, month = _quarter_month(period, rng.integers(0, 3, size=len(period)))
    days = rng.integers(1, 29, size=len(period))
    return [datetime.date(int(y), int(m), int(d)) for y, m, d in zip(year, month, days, strict=True)]


def customer_export(rng: np.random.Generator, answers: pd.DataFrame) -> pd.DataFrame:
    """The project-experience survey: project, team, end date, segment, value, ratings, free text."""
    ends = _end_dates(rng, answers["period"].to_numpy())
    years = np.array([end.year for end in ends])
    frame = pd.DataFrame(
        {
            "projekti": [f"P{number}" for number in rng.permutation(90000)[: len(answers)] + 10000],
            "tiimi": _spelt(rng, answers["unit"].to_numpy(), years),
            "paattynyt": pd.Series(ends, dtype=object),
            "toimiala": rng.choice(SEGMENTS, size=len(answers), p=(0.35, 0.25, 0.25, 0.15)),
            "arvo_keur": np.round(np.exp(rng.normal(3.6, 0.9, size=len(answers))), 1),
        }
    )
    for name, column in CUSTOMER_COLUMNS.items():
        frame[column] = _coded(rng, answers[name], 99 if name == "nps" else CANNOT_SAY)
    spoke = rng.random(len(answers)) < 0.12
    frame["avoin_palaute"] = np.where(spoke, rng.choice(COMMENTS, size=len(answers)), "")
    return frame.sort_values(["paattynyt", "projekti"], ignore_index=True)


def process_export(rng: np.random.Generator, measures: pd.DataFrame) -> pd.DataFrame:
    """Delivery delay in days (-1: not measured), share of reworked deliverables in per cent, way of working."""
    unit, period = measures["unit"].to_numpy(), measures["period"].to_numpy()
    delay = np.maximum(np.round(4.5 + 2.0 * measures["delay"].to_numpy(), 1), 0.0)
    rework = np.clip(np.round(8.0 + 2.5 * measures["rework"].to_numpy(), 1), 0.0, 100.0)
    way = rng.integers(1, 4, size=unit.max() + 1)[unit]
    return pd.DataFrame(
        {
            "tiimi": [_renamed(TEAMS[u], p) for u, p in zip(unit, period, strict=True)],
            "kvartaali": [_quarter(p) for p in period],
            "viive_pv": np.where(rng.random(len(unit)) < 0.02, -1.0, delay),
            "uusintatyo_pros": rework,
            "toimintatapa": way.astype(np.float64),
        }
    )


def team_export(units: pd.DataFrame) -> pd.DataFrame:
    """The teams by quarter: number of people, region."""
    quarters = units.merge(pd.Series(range(QUARTERS), name="period"), how="cross")
    names = [TEAMS[unit] for unit in quarters["unit"]]
    return pd.DataFrame(
        {
            "tiimi": [_renamed(name, period) for name, period in zip(names, quarters["period"], strict=True)],
            "kvartaali": quarters["period"].map(_quarter),
            "koko": quarters["eligible"],
            "alue": [CITIES[name.rsplit(" ", 1)[1]] for name in names],
        }
    )


def aliases() -> pd.DataFrame:
    """Old names of teams: `alias, unit`."""
    return pd.DataFrame({"alias": list(RENAMED), "unit": list(RENAMED.values())})
