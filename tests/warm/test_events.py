"""Events through a pipe, and what they make of a notebook."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.warm.assembly import Assembly
from cxresearch.warm.events import EventReader, EventWriter
from cxresearch.warm.streams import CellStream, Descriptors
from tests.warm.conftest import notebook


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def heard(read_end: int) -> list[dict[str, Any]]:
    return list(EventReader().feed(os.read(read_end, 1 << 16)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts=st.lists(TEXTS, max_size=5), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_events_survive_any_division_of_their_bytes(texts: list[str], cuts: list[int]) -> None:
    events = [{"event": "write", "text": text} for text in texts]
    data = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = EventReader()
    got = [event for a, b in pairwise(places) for event in reader.feed(data[a:b])]
    assert got == events


@pytest.mark.parametrize("torn", [b'{"event": "wri', b'{"event": "x"}}', b"7", b"\xff\xfe", b'{"other": 1}'])
def test_a_torn_line_is_no_event(torn: bytes) -> None:
    assert list(EventReader().feed(torn + b"\n" + b'{"event": "ended"}\n')) == [{"event": "ended"}]


@pytest.mark.parametrize(
    ("value", "read"),
    [("ä€😀", "ä€😀"), ("\ud800", "?"), (float("nan"), "nan"), ((1, 2), [1, 2]), (b"abc", "YWJj\n")],
    ids=["letters", "half a pair", "no number", "tuple", "bytes"],
)
def test_every_value_that_a_kernel_can_send_is_written(pipe: tuple[int, int], value: Any, read: Any) -> None:
    EventWriter(pipe[1])({"event": "value", "value": value})
    (event,) = heard(pipe[0])
    assert event["value"] == read or event["value"].strip() == read.strip()


def test_an_interrupted_line_does_not_spoil_the_next(pipe: tuple[int, int]) -> None:
    writer = EventWriter(pipe[1])
    write = os.write

    def interrupted(descriptor: int, data: Any) -> int:
        write(descriptor, data[:5])
        raise KeyboardInterrupt

    writer._write = interrupted  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        writer({"event": "lost"})
    writer._write = write
    writer({"event": "kept"})
    assert heard(pipe[0]) == [{"event": "kept"}]


def grown(*events: dict[str, Any], cells: int = 2) -> Assembly:
    assembly = Assembly(notebook(*["x"] * cells))
    for event in events:
        assembly.take(event)
    return assembly


START = {"event": "start", "cell": 0, "count": 1}
OUT = {"event": "write", "name": "stdout"}
ERR = {"event": "write", "name": "stderr"}


def test_a_stream_is_held_until_it_is_flushed() -> None:
    flush = {"event": "flush", "name": "stdout"}
    assembly = grown(START, {**OUT, "text": "a"}, {**ERR, "text": "e"}, {**OUT, "text": "b"})
    assert assembly.notebook.cells[0].outputs == []
    assembly.take(flush)
    assembly.take({**OUT, "text": "c"})
    assembly.stop()
    told = [(output.name, output.text) for output in assembly.notebook.cells[0].outputs]
    assert told == [("stdout", "ab"), ("stdout", "c"), ("stderr", "e")]


def test_an_output_that_no_notebook_can_hold_is_an_error_of_its_cell() -> None:
    wrong = {"data": {"application/pdf": {"a": 1}}, "metadata": {}}
    later = {"data": {"text/plain": "later"}, "metadata": {}}
    message = {"event": "message", "type": "display_data"}
    end = {"event": "end", "cell": 0, "ename": "", "evalue": ""}
    assembly = grown(START, {**message, "content": wrong}, {**message, "content": later}, end, {"event": "done"})
    assert assembly.failed is not None and assembly.failed[:2] == (0, "ValidationError")
    assert not assembly.done and len(assembly.notebook.cells[0].outputs) == 1


def test_the_descriptors_are_told_before_what_is_printed_after_them(
    capfd: pytest.CaptureFixture[str], tmp_path: Any, pipe: tuple[int, int]
) -> None:
    kept = {number: os.dup(number) for number in (1, 2)}
    file = os.open(tmp_path / "log", os.O_CREAT | os.O_RDWR | os.O_APPEND)
    events: list[Any] = []
    try:
        for number in kept:
            os.dup2(file, number)
        descriptors = Descriptors(events.append)
        stream = CellStream(1, events.append, descriptors)
        stream.write("first")
        os.write(1, "wörd".encode())
        stream.write("second")
        stream.flush()
        stream.flush()
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(file)
    texts = [event["text"] for event in events if event["event"] == "write" and event["name"] == "stdout"]
    assert texts == ["first", "wörd", "second"]
    assert [event for event in events if event["event"] == "flush"] == [{"event": "flush", "name": "stdout"}]


def test_a_stream_takes_texts_only() -> None:
    stream = CellStream(1, lambda event: None, Descriptors(lambda event: None))
    with pytest.raises(TypeError, match="bytes"):
        stream.write(b"bytes")  # type: ignore[arg-type]
    assert stream.writable() and not stream.isatty() and stream.fileno() == 1 and stream.encoding == "UTF-8"
