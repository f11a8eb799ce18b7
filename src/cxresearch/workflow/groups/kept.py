"""Groups kept beside the reports of a batch: one JSON file per group, the other groups' unnamed rows once for all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxresearch.codebook.nearest import unknown_name
from cxresearch.errors import ParameterError, Problem
from cxresearch.findings import GroupFindings
from cxresearch.language import Label
from cxresearch.losses import Loss
from cxresearch.statistic import Result, from_json, to_json
from cxresearch.workflow.groups.listed import GroupEntry, GroupList
from cxresearch.workflow.groups.results import ITEM_COLUMNS
from cxresearch.workflow.groups.rows import TREND_COLUMNS

LAYOUT = 2
"""Raised when the form of the files changes, so that old ones are not read."""
LIST, SHARED = "groups.json", ("others", "pairs")
_NAMED = 20
"""So many groups are named where one is not found."""


@dataclass(frozen=True, kw_only=True)
class KeptGroup:
    """One group as its file holds it."""

    id: str
    name: str
    results: Mapping[str, Result]
    trend: pd.DataFrame
    items: pd.DataFrame
    withheld: tuple[Loss, ...]
    members: tuple[str, ...]

    def text(self, by: str, label: Label, n_groups: int, shared: str) -> str:
        """The file's text.

        Parameters
        ----------
        shared : hash of the rows that all groups have in common, so that a change of them is a change of the file.
        """
        values = {
            "layout": LAYOUT, "by": by, "id": self.id, "group": self.name, "by_label": asdict(label),
            "n_groups": n_groups, "members": list(self.members), "shared_sha256": shared,
            "results": [to_json(result) for result in self.results.values()],
            "trend": _records(self.trend), "items": _records(self.items),
            "withheld": [asdict(loss) for loss in self.withheld],
        }  # fmt: skip
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _records(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows as lists; absent numbers are null."""
    columns = (frame[name].tolist() for name in frame)
    return [[None if value != value else value for value in row] for row in zip(*columns, strict=True)]


def sha256_of_text(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def save_groups(folder: Path, listed: GroupList, texts: Mapping[str, str], shared: Mapping[str, pd.DataFrame]) -> None:
    """Write the files of all groups into a staged folder, those of no earlier run left among them."""
    place = folder / "groups" / listed.by
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (place / f"{name}.json").write_text(text, encoding="utf-8")
    for name, frame in shared.items():
        frame.to_parquet(place / f"{name}.parquet", index=False)
    values = {"layout": LAYOUT, **asdict(listed)}
    (place / LIST).write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_groups(folder: Path, by: str) -> GroupList | None:
    """The list of groups of a kind kept in `folder`, None if there is none or it is of another form."""
    try:
        values = json.loads((folder / "groups" / by / LIST).read_text(encoding="utf-8"))
        if values["layout"] != LAYOUT:
            return None
        groups = tuple(GroupEntry(**entry) for entry in values["groups"])
        periods = {measure: tuple(names) for measure, names in values["periods"].items()}
        return GroupList(by=values["by"], key=values["key"], groups=groups, periods=periods)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load_group(folder: Path, by: str, group: str) -> GroupFindings:
    """The numbers of one group, by its name or id; "" takes the first that may be shown.

    Raises
    ------
    ParameterError
        If `folder` holds no groups of that kind, or none of that name that may be shown.
    """
    listed = load_groups(folder, by)
    if listed is None:
        raise ParameterError(Problem(code="groups.not_prepared", file=str(folder), column="by", value=by))
    entry = find_group(listed.released, group, by)
    place = folder / "groups" / by
    try:
        values = json.loads((place / f"{entry.id}.json").read_text(encoding="utf-8"))
        shared = {name: pd.read_parquet(place / f"{name}.parquet") for name in SHARED}
    except (OSError, ValueError):
        raise ParameterError(Problem(code="groups.not_prepared", file=str(place), column="by", value=by)) from None
    return _findings(values, shared)


def find_group(released: Sequence[GroupEntry], group: str, by: str) -> GroupEntry:
    """One of the groups that may be shown, by id or name; the first for "".

    Raises
    ------
    ParameterError
        With the groups there are; those that may not be shown are told nowhere.
    """
    if not released:
        raise ParameterError(Problem(code="groups.nothing_to_show", column="group", value=by))
    wanted = group.strip().casefold()
    for entry in released:
        if not wanted or wanted == entry.id or wanted == entry.name.casefold():
            return entry
    names = [entry.name for entry in released]
    problem = unknown_name("groups.unknown_group", group, names, file="", line=None, column=by)
    if problem.code == "groups.unknown_group" and len(names) > _NAMED:
        shown = ", ".join(names[:_NAMED]) + ", …"
        problem = Problem(code=problem.code, column=by, value=group, details={"known": shown})
    raise ParameterError(problem)


def _findings(values: Mapping[str, Any], shared: Mapping[str, pd.DataFrame]) -> GroupFindings:
    own = {
        name: frame.assign(own=frame["group"] == values["id"]).drop(columns="group") for name, frame in shared.items()
    }
    return GroupFindings(
        by=values["by"],
        group=values["group"],
        by_label=Label(**values["by_label"]),
        results={result["term"]: from_json(result) for result in values["results"]},
        trend=_frame(values["trend"], TREND_COLUMNS, ("measure", "side", "period")),
        others=own["others"],
        pairs=own["pairs"],
        items=_frame(values["items"], ITEM_COLUMNS, ("measure", "source", "item", "touchpoint")),
        withheld=tuple(Loss(**loss) for loss in values["withheld"]),
        n_groups=values["n_groups"],
        members=tuple(values["members"]),
    )


def _frame(rows: list[list[Any]], columns: list[str], texts: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    types = {name: "float64" for name in columns if name not in texts} | {"touchpoint": bool}
    return frame.astype({name: kind for name, kind in types.items() if name in columns})
