"""What all rows of a batch share, as plain values that a worker on another machine can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from cxresearch.language import Language

Kind = Literal["group", "study", "notebook"]
"""What a row is: a group of a study; a whole study; a run of the user's own notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What all rows of a batch share.

    Attributes
    ----------
    kind : what a row is. by : `unit`, `period`, `study`, a grouping, or `table`.
    study : the study's folder; empty if the rows name their own, or there is none.
    out : folder of the batch; shown_out : as an executed notebook tells it. cwd : working folder of the notebooks.
    seed : of every random draw. timeout : seconds that a cell may take; 0 for no limit.
    retries : how many times a row is begun again whose process was killed.
    notebook : the user's own notebook; empty for the packaged one.
    """

    kind: Kind
    by: str
    out: str
    shown_out: str
    cwd: str
    languages: tuple[Language, ...]
    formats: tuple[str, ...]
    study: str = ""
    seed: int = 0
    timeout: float = 600.0
    retries: int = 1
    notebook: str = ""

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The plan that `to_json` wrote."""
        lists = {"languages": tuple(values["languages"]), "formats": tuple(values["formats"])}
        return cls(**{**values, **lists})
