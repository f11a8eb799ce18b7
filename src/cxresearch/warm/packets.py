"""Packets between a client and its warm parent: a JSON object each, and open files beside it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST = 4096
MOST_FILES = 8


def send_packet(end: socket.socket, packet: Mapping[str, Any], files: Sequence[int] = ()) -> None:
    """Send one packet."""
    socket.send_fds(end, [json.dumps(packet).encode()], list(files))


def receive_packet(end: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Wait for one packet; None if the other end is closed."""
    try:
        data, files, _, _ = socket.recv_fds(end, LARGEST, MOST_FILES)
    except ConnectionError:
        return None
    if not data:
        return None
    for file in files:
        os.set_inheritable(file, False)
    packet: dict[str, Any] = json.loads(data)
    return packet, files


def clipped(text: str, most: int = 4096) -> str:
    """The end of a text, short enough for a packet."""
    return text[-most:]
