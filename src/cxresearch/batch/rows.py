"""A row of a batch: one report to be made, in all its languages and formats."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxresearch.workflow.groups.slugs import slugs

_OWN = ("bundle", "groups")
"""Folders of the batch itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One report to be made.

    Attributes
    ----------
    id : name of its folder and files; file-safe and unique in the batch. name : as shown.
    parameters : what its notebooks are run with beside the batch's own. key : hash of all that it is made from.
    """

    id: str
    name: str
    parameters: Mapping[str, Any]
    key: str


def file_safe_names(names: Sequence[str]) -> list[str]:
    """Names of rows as small letters a-z, digits and hyphens, in their order.

    Different names give different ids, and none is the name of a folder of the batch itself.
    """
    found = slugs({name: name for name in names})
    return [f"{found[name]}-{_digest(name)}" if found[name] in _OWN else found[name] for name in names]


def file_safe(name: str) -> str:
    """One name as small letters a-z, digits and hyphens."""
    return file_safe_names([name])[0]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
