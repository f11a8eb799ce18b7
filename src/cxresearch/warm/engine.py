"""papermill's engine `cx-warm`: `papermill --engine cx-warm in.ipynb out.ipynb` runs cells in a warm process.

papermill loads every registered engine when it is imported, whichever one is asked for. This module therefore imports
nothing; what runs the notebooks is loaded with the first of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class WarmEngine:
    """Stands for the engine until papermill uses it; see `managed.ManagedEngine`."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook; the notebook with its outputs and papermill's metadata."""
        return _engine().execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel that a notebook is to run in."""
        return str(_engine().nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language of a notebook."""
        return str(_engine().nb_language(nb, language))


def _engine() -> Any:
    return import_module("cxresearch.warm.managed").ManagedEngine
