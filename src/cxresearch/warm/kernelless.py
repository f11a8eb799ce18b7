"""An IPython kernel without sockets: its messages become events."""

from __future__ import annotations

import base64
import logging
import os
import sys
import threading
from types import SimpleNamespace
from typing import Any, TypeAlias
from uuid import uuid4

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from traitlets.config import Config

from cxresearch.warm.events import Emit

Kernel: TypeAlias = Any
"""An `IPythonKernel`; ipykernel is typed only in part."""

_TOLD = {"display_data", "execute_result", "update_display_data", "clear_output", "error"}
_QUIET = Config({"HistoryManager": {"enabled": False}})
"""No history in a database: a thread would write it, and cells of many notebooks would be mixed in it."""


class EventSession(Session):
    """A kernel's session that tells what has a place in a notebook and drops what only clients want."""

    emit: Emit | None = None

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **keywords: Any) -> dict[str, Any]:
        """Tell one message."""
        if isinstance(msg_or_type, str):
            kind, content = msg_or_type, content or {}
        else:
            kind, content = msg_or_type["msg_type"], msg_or_type["content"]
        if self.emit is not None and (kind in _TOLD or kind.startswith("comm_")):
            buffers = [base64.b64encode(buffer).decode() for buffer in keywords.get("buffers") or ()]
            self.emit({"event": "message", "type": kind, "content": content, "buffers": buffers})
        return {"msg_type": kind, "content": content}


def make_kernel() -> Kernel:
    """The kernel of this process, with its shell; the module `__main__` is the notebook's from now on."""
    owner = SimpleNamespace(parent_thread=threading.main_thread())
    log = logging.getLogger(__name__)
    kernel: Kernel = IPythonKernel.instance(session=EventSession(), config=_QUIET, shell_channel_thread=owner, log=log)
    app: Any = IPKernelApp.instance()
    app.kernel, app.shell = kernel, kernel.shell
    kernel.shell.configurables.append(app)
    app.init_pdb()
    app.init_extensions()
    return kernel


def forget_kernel(kernel: Kernel, main: Any, environment: dict[str, str]) -> None:
    """Undo `make_kernel` for a process that is to run no notebook.

    Parameters
    ----------
    main : the module `__main__` of before. environment : the environment variables of before.
    """
    for single in (kernel, kernel.shell, IPKernelApp.instance()):
        type(single).clear_instance()
    sys.modules["__main__"] = main
    os.environ.clear()
    os.environ.update(environment)


def begin_cell(kernel: Kernel) -> None:
    """Give the kernel a request to answer, as a client's would be: widgets and displays ask for its name."""
    header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "session": kernel.session.session}
    kernel.set_parent([], {"header": header, "parent_header": {}, "metadata": {}, "content": {}})
