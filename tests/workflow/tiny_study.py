"""A small whole study that runs in seconds: each hostile test spoils one thing of it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CANARY = "kanarialintu-7431"
"""Stands in every free-text answer and must stand nowhere else."""

Row = dict[str, str]

STUDY = """\
study: tiny
title: { fi: "Pieni tutkimus", en: "A small study" }
authors: [Aino Esimerkki]
date: 2026-01-31
unit: { fi: "tiimi", en: "team" }
period: quarter
sources:
  staff:
    side: employee
    grain: respondents
    path: raw/staff.csv
    label: { fi: "Henkilöstökysely", en: "Staff survey" }
  guests:
    side: customer
    grain: respondents
    path: raw/guests.csv
    label: { fi: "Asiakaskysely", en: "Guest survey" }
measures:
  leadership:
    label: { fi: "Johtaminen", en: "Leadership" }
    scale: lead
  csat:
    label: { fi: "Tyytyväisyys", en: "Satisfaction" }
    item: satisfied
hypotheses:
  h1:
    statement: { fi: "Johtaminen näkyy tyytyväisyytenä.", en: "Leadership shows in satisfaction." }
    ex: leadership
    cx: csat
resampling: { permutations: 99, bootstrap: 99 }
"""

CODEBOOK = """\
name,source,role,scale,reversed,min,max,missing,label_fi,label_en
team,staff,unit,,,,,,Tiimi,Team
month,staff,period,,,,,,Kuukausi,Month
person,staff,respondent,,,,,,Vastaaja,Respondent
lead1,staff,item,lead,,1,5,9,Kuuntelu,Listening
lead2,staff,item,lead,,1,5,9,Tuki,Support
lead3,staff,item,lead,,1,5,9,Palaute,Feedback
comment,staff,text,,,,,,Kommentti,Comment
team,guests,unit,,,,,,Tiimi,Team
month,guests,period,,,,,,Kuukausi,Month
satisfied,guests,item,,,1,5,9,Tyytyväisyys,Satisfaction
comment,guests,text,,,,,,Kommentti,Comment
"""

PERIODS = ("2025-01", "2025-04")


def team(place: int) -> str:
    """The name of an ordinary unit."""
    return f"Tiimi {place:02d}"


def people(unit: str, persons: int, level: float, rng: np.random.Generator, prefix: str) -> list[Row]:
    """The answers of a unit's employees, each in every period."""
    rows = []
    for person in range(persons):
        own = level + rng.normal(0, 0.6)
        for month in PERIODS:
            answers = np.clip(np.rint(own + rng.normal(0, 0.5, 3)), 1, 5).astype(int)
            named = {f"lead{place}": str(answer) for place, answer in enumerate(answers, start=1)}
            rows.append({"team": unit, "month": month, "person": f"{prefix}{person}", **named, "comment": CANARY})
    return rows


def guests(unit: str, counts: Sequence[int], level: float, rng: np.random.Generator) -> list[Row]:
    """The answers of a unit's customers, as many in each period as told."""
    rows = []
    for month, count in zip(PERIODS, counts, strict=True):
        answers = np.clip(np.rint(level + rng.normal(0, 0.9, count)), 1, 5).astype(int)
        rows += [
            {"team": unit, "month": month, "satisfied": str(answer), "comment": f"{CANARY} kiitos"}
            for answer in answers
        ]
    return rows


@dataclass
class Tiny:
    """The study's texts and rows, to be changed before they are written."""

    study: str = STUDY
    codebook: str = CODEBOOK
    staff: list[Row] = field(default_factory=list)
    guests: list[Row] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)

    def replace(self, old: str, new: str) -> None:
        """Change `study.yml` in one place."""
        assert self.study.count(old) >= 1, f"{old!r} is not in study.yml"
        self.study = self.study.replace(old, new, 1)

    def recode(self, old: str, new: str) -> None:
        """Change the codebook in one place."""
        assert self.codebook.count(old) >= 1, f"{old!r} is not in the codebook"
        self.codebook = self.codebook.replace(old, new, 1)

    def write(self, folder: Path) -> Path:
        """Write the study folder."""
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        files = {"study.yml": self.study.encode(), "codebook.csv": self.codebook.encode()}
        files |= {"raw/staff.csv": written(self.staff), "raw/guests.csv": written(self.guests)}
        files |= {name: text.encode() for name, text in self.texts.items()}
        for name, content in {**files, **self.raw}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder


def written(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as a CSV file."""
    rows = list(rows)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else ["team"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def tiny(units: int = 30, *, seed: int = 7) -> Tiny:
    """A valid study: `units` units of six employees and ten customers, leadership and satisfaction linked."""
    rng = np.random.default_rng(seed)
    made = Tiny()
    for place in range(1, units + 1):
        level = rng.normal(3.2, 0.5)
        made.staff += people(team(place), 6, level, rng, f"p{place}-")
        made.guests += guests(team(place), (5, 5), level + rng.normal(0.3, 0.2), rng)
    return made


Spoil = Callable[[Tiny], object]


def snapshot(folder: Path) -> dict[str, str]:
    """Every file under a folder with the hash of its bytes, and every folder."""
    if not folder.exists():
        return {}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }
