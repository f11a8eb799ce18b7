"""The warm parent: a process of one thread that has all imports done and forks a child for every job (Linux).

Started by `starting.py` as `python -m cxresearch.warm.parent`, with its settings as JSON on standard input and the
number of its socket as argument. It ends when the client closes the other end of the socket.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from typing import NoReturn

from cxresearch.errors import CxError
from cxresearch.warm.descent import adopt_orphans, die_with_parent, end_strangers
from cxresearch.warm.packets import send_packet
from cxresearch.warm.preparing import prepare
from cxresearch.warm.running import pack_problems
from cxresearch.warm.serving import Parent


def keep(serving: int) -> NoReturn:
    """Wait for the serving process and leave nothing of it behind, however it ended; then end as it did."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == serving:
            break
    end_strangers(())
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _refuse(end: socket.socket, problems: str) -> None:
    with tempfile.TemporaryFile("w+") as file:
        file.write(problems)
        file.seek(0)
        send_packet(end, {"ready": False}, [file.fileno()])


def main(number: int) -> None:
    """Serve the client at the other end of the socket with this number.

    This process only keeps watch: it forks the one that serves. When that one is killed, what its children have
    started comes to this one, which ends it.
    """
    adopt_orphans()
    keeper = os.getpid()
    serving = os.fork()
    if serving:
        os.close(number)
        keep(serving)
    die_with_parent(keeper)
    settings = json.load(sys.stdin)
    sys.path[:] = settings["path"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    adopt_orphans()
    with socket.socket(fileno=number) as end:
        end.set_inheritable(False)
        try:
            kernel, before = prepare(settings)
        except CxError as error:
            _refuse(end, pack_problems(error.problems))
            return
        gc.collect()
        gc.freeze()
        with suppress(BrokenPipeError):
            send_packet(end, {"ready": True})
        Parent(end, kernel, before).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
