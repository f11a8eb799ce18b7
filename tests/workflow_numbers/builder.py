"""Small studies written to files: the same answers as respondents, as option counts and as published unit scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from cxresearch.findings import Findings
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance

Grain = Literal["respondents", "counts", "unit_scores"]
GRAINS: tuple[Grain, ...] = ("respondents", "counts", "unit_scores")
OPTIONS = (1, 2, 3, 4, 5)
EASY = {"level": 0.95, "smallest_effect": 0.1, "min_units": 4, "min_alpha": 0.0, "min_icc2": 0.0}


@dataclass(frozen=True)
class Source:
    """One file: its declaration in study.yml, its rows, and its rows of the codebook."""

    spec: Mapping[str, Any]
    rows: pd.DataFrame
    variables: Sequence[Mapping[str, Any]] = field(default_factory=list)


def both(text: str) -> dict[str, str]:
    return {"fi": text, "en": text}


def answers(seed: int, *, units: int = 24, periods: Sequence[str] = ("",), items: int = 1) -> pd.DataFrame:
    """Answers 1..5 of people in units that differ: unit, period, who, q1 …; each person answers once."""
    rng = np.random.default_rng(seed)
    level = rng.normal(3.3, 0.6, units)
    rows = []
    for unit in range(units):
        for period in periods:
            for _ in range(int(rng.integers(7, 13))):
                own = level[unit] + rng.normal(0, 0.7)
                given = np.clip(np.rint(own + rng.normal(0, 0.6, items)), 1, 5)
                row = {"unit": f"Unit {unit:02}", "period": period, "who": f"r{len(rows):04}"}
                rows.append(row | {f"q{place}": value for place, value in enumerate(given, start=1)})
    return pd.DataFrame(rows)


def items_of(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows if str(name).startswith("q")]


def keys_of(rows: pd.DataFrame) -> list[str]:
    return ["unit", "period"] if (rows["period"] != "").any() else ["unit"]


def variable(name: str, role: str, **more: Any) -> dict[str, Any]:
    label = {"label_fi": f"{name} fi", "label_en": f"{name} en"}
    return {"name": name, "role": role, **(label if role in ("item", "score", "covariate") else {}), **more}


def keys_variables(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [variable(name, name) for name in keys_of(rows)]


def respondents(side: str, rows: pd.DataFrame, name: str, *, reversed_items: Sequence[str] = ()) -> Source:
    """A row per person; people without a `who` have none in the file."""
    renamed = {item: f"{name}_{item}" for item in items_of(rows)}
    known = (rows["who"] != "").any()
    frame = rows[[*keys_of(rows), *(["who"] if known else []), *renamed]].rename(columns=renamed)
    told = [*keys_variables(rows), *([variable("who", "respondent")] if known else [])]
    told += [
        variable(new, "item", scale=name, min=1, max=5, reversed="yes" if old in reversed_items else "")
        for old, new in renamed.items()
    ]
    return Source({"side": side, "grain": "respondents"}, frame, told)


def counts(side: str, rows: pd.DataFrame, name: str, *, reversed_items: Sequence[str] = ()) -> Source:
    """A row per unit (and period) with a column per option of each item."""
    parts, told = [], keys_variables(rows)
    for item in items_of(rows):
        columns = {value: f"{name}_{item}_{value}" for value in OPTIONS}
        tally = rows.groupby([*keys_of(rows), item]).size().unstack(fill_value=0)
        parts.append(tally.reindex(columns=list(OPTIONS), fill_value=0).rename(columns=columns))
        options = "|".join(f"{value}={column}" for value, column in columns.items())
        turned = "yes" if item in reversed_items else ""
        told.append(variable(f"{name}_{item}", "item", scale=name, min=1, max=5, options=options, reversed=turned))
    frame = pd.concat(parts, axis=1).reset_index()
    return Source({"side": side, "grain": "counts"}, frame, told)


def unit_scores(side: str, rows: pd.DataFrame, name: str, *, precise: bool = True) -> Source:
    """A row per unit (and period) with the mean of the first item, and with its n and standard error if `precise`."""
    grouped = rows.groupby(keys_of(rows))["q1"]
    frame = grouped.mean().rename(f"{name}_q1").reset_index()
    told = [*keys_variables(rows), variable(f"{name}_q1", "score", scale=name)]
    if precise:
        frame["n"], frame["se"] = grouped.size().to_numpy(), grouped.sem().to_numpy()
        told += [variable("n", "score_n", scale=name), variable("se", "score_se", scale=name)]
    return Source({"side": side, "grain": "unit_scores"}, frame, told)


MAKE = {"respondents": respondents, "counts": counts, "unit_scores": unit_scores}


def write_study(
    folder: Path,
    sources: Mapping[str, Source],
    *,
    measures: Mapping[str, Mapping[str, Any]] | None = None,
    hypotheses: Mapping[str, Mapping[str, Any]] | None = None,
    period: str = "none",
    **more: Any,
) -> Path:
    """Write study.yml, codebook.csv and the files; measures `ex` and `cx` are the scales of these names."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    declared, told = {}, []
    for name, source in sources.items():
        source.rows.to_csv(raw / f"{name}.csv", index=False)
        declared[name] = {**source.spec, "path": f"raw/{name}.csv", "label": both(name)}
        told += [{"source": name, **row} for row in source.variables]
    found = measures or {"ex": {"scale": "ex"}, "cx": {"scale": "cx"}}
    asked = hypotheses or {"h1": {"ex": "ex", "cx": "cx"}}
    plan = {
        "study": "small", "title": both("Small"), "unit": both("unit"), "period": period, "sources": declared,
        "measures": {name: {"label": both(name), **spec} for name, spec in found.items()},
        "hypotheses": {name: {"statement": both(name), **spec} for name, spec in asked.items()},
        "criteria": EASY, "privacy": {"min_respondents": 1},
        "resampling": {"permutations": 199, "bootstrap": 199}, "seed": 7, **more,
    }  # fmt: skip
    pd.DataFrame(told).to_csv(folder / "codebook.csv", index=False)
    with (folder / "study.yml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(json.loads(json.dumps(plan)), stream)
    return folder


def analysed(folder: Path, sources: Mapping[str, Source], **more: Any) -> Findings:
    """Write a study and analyse it."""
    study = load_study(write_study(folder, sources, **more))
    return analyse(study, provenance(study, study.spec.seed))
