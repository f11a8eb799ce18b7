"""The known name that a misspelt one probably means."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cxresearch.errors import Problem

_LIKENESS = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar known name, regardless of case; None when none resembles it."""
    by_folded = {candidate.casefold(): candidate for candidate in reversed(list(known))}
    found = get_close_matches(name.strip().casefold(), list(by_folded), n=1, cutoff=_LIKENESS)
    return by_folded[found[0]] if found else None


def unknown_name(code: str, name: str, known: Iterable[str], *, file: str, line: int | None, column: str) -> Problem:
    """The problem `code` for an unknown name, or `<code>_near` with the `near` name when one resembles it."""
    candidates = tuple(known)
    near = nearest(name, candidates)
    details = {"known": ", ".join(candidates)} if near is None else {"near": near}
    return Problem(
        code=code if near is None else f"{code}_near",
        file=file, line=line, column=column, value=name, details=details,
    )  # fmt: skip
