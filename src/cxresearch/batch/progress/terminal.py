"""Progress on a terminal: a bar with counts and the time left, the rows at work, failures above it as they come."""

from __future__ import annotations

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text


class Bar:
    """A bar at the foot of the terminal; only failures stay above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        left = TextColumn("{task.description}", markup=False)
        self._bar = Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), left, console=console)
        self._task = self._bar.add_task("", total=None)
        self._rows = Text("", style="dim", overflow="ellipsis", no_wrap=True)
        self._live = Live(Group(self._bar, self._rows), console=console, refresh_per_second=8, transient=True)

    def begin(self, total: int, done: int) -> None:
        """Show the bar."""
        self._bar.update(self._task, total=total, completed=done)
        self._live.start()

    def show(self, done: int, left: str, running: str) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=done, description=left)
        self._rows.plain = running

    def row(self, text: str, failure: str, *, bad: bool) -> None:
        """Leave a failure above the bar; the bar itself tells of what went well."""
        if bad:
            self._console.print(Text(text, style="bold red"), soft_wrap=True)
            if failure:
                self._console.print(Text(f"    {failure}"), soft_wrap=True)

    def print(self, text: str) -> None:
        """A sentence above the bar."""
        self._console.print(Text(text), soft_wrap=True)

    def end(self) -> None:
        """Take the bar away."""
        self._live.stop()
