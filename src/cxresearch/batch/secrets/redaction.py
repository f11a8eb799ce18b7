"""Finding secrets of the environment in what is about to be written, and putting a mark in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode

from cxresearch.batch.secrets.forms import SHORTEST, forms_of

PREFIX = "CXRESEARCH_SECRET_"
"""How the name of a variable begins that is a secret wherever it is used."""
HIDDEN = "***"
"""Stands for a secret where its variable's name would itself show one. Shorter than any value that is searched."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_NAMED = re.compile(rf"\b{PREFIX}\w+")
_TERMINAL = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Values that must not be written anywhere.

    Attributes
    ----------
    forms : each writing of a value to the mark that replaces it, longest first.
    names : of the variables that are searched. too_short : of those that are not, because their value is too short.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Secrets(names={self.names!r}, too_short={self.too_short!r})"

    def __reduce__(self) -> Any:
        raise TypeError("secrets are not written to files or sent to other processes")


def named_variables(texts: Iterable[str | None]) -> frozenset[str]:
    """Environment variables that texts name: `${NAME}` in an address, `CXRESEARCH_SECRET_…` anywhere (a notebook)."""
    found: set[str] = set()
    for text in texts:
        found.update(_PLACEHOLDER.findall(text or ""), _NAMED.findall(text or ""))
    return frozenset(found)


def find_secrets(named: Iterable[str], environment: Mapping[str, str]) -> Secrets:
    """The secrets of an environment: variables that the study names, and all that begin with `CXRESEARCH_SECRET_`.

    A value that is an address with a password counts as two secrets, the whole and the password.
    """
    wanted = sorted({*named, *(name for name in environment if name.startswith(PREFIX))} & set(environment))
    values = {name: environment[name].strip() for name in wanted if environment[name].strip()}
    forms: dict[str, str] = {}
    for name, value in values.items():
        for part in {value, *_passwords(value)}:
            for form in forms_of(part):
                forms.setdefault(form, f"${{{name}}}")
    shown = {form: HIDDEN if any(one in mark for one in forms) else mark for form, mark in forms.items()}
    return Secrets(
        forms={form: shown[form] for form in sorted(shown, key=lambda form: (-len(form), form))},
        names=tuple(name for name, value in values.items() if len(value) >= SHORTEST),
        too_short=tuple(name for name, value in values.items() if len(value) < SHORTEST),
    )


def _passwords(value: str) -> set[str]:
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()


def child_environment(environment: Mapping[str, str], named: Iterable[str]) -> dict[str, str]:
    """The environment that the processes of reports get: all of it but secrets that nothing of the batch names.

    Libraries need much of an environment (paths, locale, threads, proxies), so it is kept; a variable
    `CXRESEARCH_SECRET_…` is passed on only where the study or the notebook names it (`named_variables`).
    """
    kept = set(named)
    return {name: value for name, value in environment.items() if not name.startswith(PREFIX) or name in kept}


def redact_text(text: str, secrets: Secrets) -> tuple[str, int]:
    """The text with every secret replaced by its mark, and how many were.

    No secret is left, also none that the replacement itself would have made of what stood around it.
    """
    if "\x1b" in text and not _holds(text, secrets):
        plain = _TERMINAL.sub("", text)
        text = plain if _holds(plain, secrets) else text
    pattern = _pattern(secrets) if _holds(text, secrets) else None
    if pattern is None:
        return text, 0
    text, found = pattern.subn(lambda match: secrets.forms[match.group()], text)
    while _holds(text, secrets):  # ends: each round makes the text shorter
        text, more = pattern.subn(HIDDEN, text)
        found += more
    return text, found


def _holds(text: str, secrets: Secrets) -> bool:
    return any(form in text for form in secrets.forms)


def _pattern(secrets: Secrets) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(form) for form in secrets.forms))


def redact_values(values: Any, secrets: Secrets) -> tuple[Any, int]:
    """JSON values with every secret in their texts and keys replaced, and how many were.

    A list of texts is also searched as one text, because notebooks keep long texts as lists of lines.
    """
    if isinstance(values, str):
        return redact_text(values, secrets)
    if isinstance(values, Mapping):
        pairs = [(redact_text(str(key), secrets), redact_values(value, secrets)) for key, value in values.items()]
        return {key: value for (key, _), (value, _) in pairs}, sum(one + other for (_, one), (_, other) in pairs)
    if not isinstance(values, (list, tuple)):
        return values, 0
    if values and all(isinstance(value, str) for value in values) and _holds("".join(values), secrets):
        joined, found = redact_text("".join(values), secrets)
        return joined.splitlines(keepends=True), found
    several = [redact_values(value, secrets) for value in values]
    return [value for value, _ in several], sum(found for _, found in several)


def redact(notebook: NotebookNode, secrets: Secrets) -> tuple[NotebookNode, int]:
    """A copy of a notebook in which no source, output or metadata holds a secret, and how many were replaced.

    A notebook that holds none is returned itself.
    Texts that a cell wrote one after the other to the same stream are searched as one.
    """
    if not secrets.forms:
        return notebook, 0
    plain: dict[str, Any] = dict(notebook)
    plain["cells"] = [_streams_joined(cell, secrets) for cell in notebook.get("cells", ())]
    values, found = redact_values(plain, secrets)
    return (nbformat.from_dict(values), found) if found else (notebook, 0)


def _streams_joined(cell: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """The cell; where a secret runs over a border between outputs of one stream, these are one output."""
    outputs: list[dict[str, Any]] = []
    for stream, run in groupby(cell.get("outputs", ()), key=_stream):
        pieces = [dict(output) for output in run]
        whole = "".join(map(_text, pieces)) if stream else ""
        over_a_border = redact_text(whole, secrets)[0] != "".join(redact_text(_text(one), secrets)[0] for one in pieces)
        outputs += [{**pieces[0], "text": whole}] if stream and over_a_border else pieces
    return {**cell, "outputs": outputs} if outputs else dict(cell)


def _stream(output: Mapping[str, Any]) -> str:
    """The name of the stream that wrote an output; "" if none did."""
    return str(output.get("name", "")) if output.get("output_type") == "stream" else ""


def _text(output: Mapping[str, Any]) -> str:
    text = output.get("text", "")
    return text if isinstance(text, str) else "".join(text)
