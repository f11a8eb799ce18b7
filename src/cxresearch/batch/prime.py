"""What the parent of warm processes does once, so that no report has to: read the study, draw, ready the writers."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxresearch.report.warmup import warm_up
from cxresearch.workflow.session import keep_open


def prime(*, studies: Sequence[str], seed: int, run: str) -> None:
    """Ready this process for being copied: the studies' findings in memory, a figure drawn, the writers loaded.

    Leaves no thread behind.
    """
    for study in studies:
        keep_open(study, seed=seed, run=run)
    draw_once()
    warm_up()


def draw_once() -> None:
    """Draw a small figure, which finds the fonts and loads what drawing needs."""
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1], [0, 1], label="x")
    FigureCanvasAgg(figure)
    for form in ("png", "svg"):
        with mpl.rc_context({"svg.hashsalt": "cxresearch"}):
            figure.savefig(io.BytesIO(), format=form)
