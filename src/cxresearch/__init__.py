"""cxresearch: does employee experience (EX) predict customer scores (CX)?

In a notebook: `import cxresearch as cx`, then `analysis = cx.open_study("data/example", language="en")` or, with
papermill's parameters in the notebook, `analysis = cx.begin(globals())`.
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["begin", "open_study"]


def __getattr__(name: str) -> Any:
    """Load the workflow when it is first asked for: `import cxresearch` alone stays light."""
    if name in __all__:
        from cxresearch.workflow import session

        return getattr(session, name)
    raise AttributeError(f"module 'cxresearch' has no attribute {name!r}")
