"""Line ends: CR, LF and CRLF each end one physical line, inside quotes too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineEnds:
    """How many of each line end a text has, those inside quotes included."""

    crlf: int = 0
    cr: int = 0
    lf: int = 0

    def __add__(self, other: LineEnds) -> LineEnds:
        return LineEnds(self.crlf + other.crlf, self.cr + other.cr, self.lf + other.lf)

    @property
    def total(self) -> int:
        """How many lines end."""
        return self.crlf + self.cr + self.lf

    @property
    def name(self) -> str:
        """The most frequent one: LF, CRLF or CR."""
        counts = {"LF": self.lf, "CRLF": self.crlf, "CR": self.cr}
        return max(counts, key=lambda end: counts[end])


def line_ends(text: str) -> LineEnds:
    """Count the line ends of a text."""
    crlf = text.count("\r\n")
    return LineEnds(crlf, text.count("\r") - crlf, text.count("\n") - crlf)


def line_of(text_before: str) -> int:
    """The physical line, from 1, that follows this much text."""
    return 1 + line_ends(text_before).total
