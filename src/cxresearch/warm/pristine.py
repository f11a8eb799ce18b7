"""Keeps what prepares a process from showing in what runs in it later."""

from __future__ import annotations

import importlib
import os
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import localcontext

import numpy as np


@contextmanager
def kept_process_state() -> Iterator[None]:
    """Put back what a function may change of the state that a whole process shares."""
    environment, folder, path = dict(os.environ), os.getcwd(), list(sys.path)
    drawn = random.getstate(), np.random.get_state()
    settings = dict(matplotlib_settings())
    with warnings.catch_warnings(), np.errstate(), localcontext():
        yield
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:] = path
    random.setstate(drawn[0])
    np.random.set_state(drawn[1])
    if settings:
        dict.update(sys.modules["matplotlib"].rcParams, settings)


def matplotlib_settings() -> dict[str, object]:
    """The settings of matplotlib, if it is imported."""
    matplotlib = sys.modules.get("matplotlib")
    return {} if matplotlib is None else dict(dict.items(matplotlib.rcParams))


_COMPANIONS = {
    "IPython": ("IPython.core.pylabtools", "stack_data", "pexpect", "pygments.formatters.terminal256"),
    "ipykernel": ("tornado.platform.asyncio",),
    "pandas": ("pandas.io.formats.html", "pandas.io.formats.string"),
    "matplotlib": ("matplotlib.backends.backend_agg", "matplotlib_inline.config"),
    "PIL": ("PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin"),
}
"""What the libraries import on first use."""


def import_companions() -> None:
    """Import what first cells, figures, tables and tracebacks would otherwise import in every child."""
    for library, companions in _COMPANIONS.items():
        if library in sys.modules:
            for companion in companions:
                with suppress(ImportError):
                    importlib.import_module(companion)
    if (backends := sys.modules.get("matplotlib.backends")) is not None:
        backends.backend_registry.list_all()  # reads the entry points of all installed packages


def settle() -> None:
    """Forget which warnings were shown and which figures are open."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a change of filters: every module forgets what it has warned of
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")
