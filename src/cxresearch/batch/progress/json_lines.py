"""Progress as JSON: one object per line, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

VERSION = 1
"""Rises when a key changes its meaning or goes away; new keys and events may come without it."""


class JsonLines:
    """Writes objects to a stream, each on a line of its own, at once.

    Every object has `version` and `event`, and then, in seconds and counts of reports:

    - `begin`: `total`, `skipped` (up to date already), `workers`
    - `started`: `row`
    - `finished`: `row`, `state` (`done`, `failed`, `timeout`, `killed`, `disk_full`), `done` and `total` (finished so
      far, with those skipped), `seconds`, `seconds_left` (null if unknown), `language`, `cell` (from 1, null if no cell
      failed), `message`, `outputs` (paths from the batch's folder)
    - `end`: `made`, `unchanged`, `failed`, `left`, `seconds`, `stopped` ("", `interrupted`, `disk_full`)

    A reader that goes away, or a file on a full disk, does not stop the batch.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def write(self, event: str, values: Mapping[str, Any]) -> None:
        """Write one object."""
        if self._stream is None:
            return
        line = json.dumps({"version": VERSION, "event": event, **values}, ensure_ascii=True, allow_nan=False)
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
