"""Puts the events of a run into a copy of its notebook, as nbclient puts a kernel's messages."""

from __future__ import annotations

import base64
import copy
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode, ValidationError
from nbformat.v4 import new_output

from cxresearch.warm.events import Event
from cxresearch.warm.streams import NAMES


def bare_copy(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook without outputs and execution counts."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


class Assembly:
    """A notebook that grows as events come in.

    What a cell prints is held per stream until the stream is flushed, as ipykernel holds it, so that the outputs are
    the same ones. ipykernel also flushes after a fifth of a second; here nothing depends on the clock.

    Attributes
    ----------
    notebook : the copy with the outputs so far. reached : index of the cell that ran last; None before the first.
    failed : index, name and text of the exception that stopped the run. done : whether all cells ran.
    """

    def __init__(self, notebook: NotebookNode) -> None:
        self.notebook = bare_copy(notebook)
        self.reached: int | None = None
        self.failed: tuple[int, str, str] | None = None
        self.done = False
        self._client = NotebookClient(self.notebook)
        self._held: dict[str, list[str]] = {}

    def take(self, event: Event) -> None:
        """Take in one event; none after an output that has no place in a notebook."""
        if self.failed is not None:
            return
        kind = event["event"]
        if kind == "start":
            self.reached = int(event["cell"])
            self._client.clear_before_next_output = False
            self.notebook.cells[self.reached].execution_count = event["count"]
        elif kind == "write":
            self._held.setdefault(event["name"], []).append(event["text"])
        elif kind == "flush":
            self._flush(event["name"])
        elif kind == "message":
            self._message(event["type"], event["content"], event.get("buffers", []))
        elif kind == "end":
            self._end(event)
        elif kind == "done":
            self.done = True
            self._client.set_widgets_metadata()

    def stop(self) -> None:
        """Put in what was printed and not flushed when the process ended."""
        for name in NAMES.values():
            self._flush(name)

    def _end(self, event: Event) -> None:
        self.stop()
        if event["ename"]:
            self.failed = (int(event["cell"]), event["ename"], event["evalue"])

    def _flush(self, name: str) -> None:
        text = "".join(self._held.pop(name, ()))
        if text:
            self._message("stream", {"name": name, "text": text}, [])

    def _message(self, kind: str, content: dict[str, Any], buffers: list[str]) -> None:
        message = {
            "header": {"msg_type": kind},
            "msg_type": kind,
            "parent_header": {},
            "content": content,
            "buffers": [base64.b64decode(buffer) for buffer in buffers],
        }
        number = self.reached or 0
        cell = self.notebook.cells[number]
        try:
            self._client.process_message(message, cell, number)
        except ValidationError as error:
            evalue = str(error)
            cell.outputs.append(new_output("error", ename="ValidationError", evalue=evalue, traceback=[evalue]))
            self.failed = self.failed or (number, "ValidationError", evalue)
