"""Parameters that look like secrets are refused before anything runs: a report would show them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from cxresearch.errors import Problem

_WORDS = {
    "password", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token", "credential",
    "credentials", "apikey", "salasana", "salalause", "tunnuslause", "lösenord",
}  # fmt: skip
_PARTS = ("password", "passwd", "passphrase", "salasana", "apikey", "accesskey", "secretkey", "privatekey")
"""Inside a longer word these mean the same: `dbpassword`, `kantasalasana`."""
_PAIRS = {
    ("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("auth", "key"), ("account", "key"),
    ("encryption", "key"), ("signing", "key"), ("api", "avain"), ("salainen", "avain"), ("yksityinen", "avain"),
    ("connection", "string"),
}  # fmt: skip
_SPLIT = re.compile(r"[^0-9A-Za-zÀ-ɏ]+|(?<=[a-zà-ÿ0-9])(?=[A-Z])")

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?i)\b[a-z][a-z0-9+.\-]*://[^\s/:@]*:(?!\$\{|\*+@|@)[^\s/@]+@",  # address with a password
        r"(?i)(?:password|passwd|pwd|salasana)\s*=\s*[^\s;&$*][^\s;&]{3,}",  # connection string
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
        r"\bgh[pousr]_[0-9A-Za-z]{36,}",  # GitHub
        r"\bgithub_pat_[0-9A-Za-z_]{22,}",
        r"\bglpat-[0-9A-Za-z_\-]{20,}",  # GitLab
        r"\bxox[abeoprs]-[0-9A-Za-z\-]{10,}",  # Slack
        r"\bAIza[0-9A-Za-z_\-]{35}",  # Google
        r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}",  # Stripe
        r"\bsk-(?=[\w\-]*[0-9])(?=[\w\-]*[A-Z])[\w\-]{20,}",  # keys of language models
        r"\beyJ[0-9A-Za-z_\-]{8,}\.eyJ[0-9A-Za-z_\-]{8,}\.",  # JSON web token
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
    )
)
_ASSIGNED = re.compile(
    r"(?:\bbearer\s+|(?:password|passwd|passphrase|pwd|secret|token|api[_\-]?key|access[_\-]?key|account[_\-]?key|salasana)"
    r"[\"']?\s*[=:]\s*[\"']?)([^\s\"'&;,]{8,})",
    re.IGNORECASE,
)
_LEAST_BITS = 3.0
"""Bits per sign from which a text of eight signs or more looks drawn at random; words have about 2.5."""


def secret_problems(parameters: Mapping[str, Any], *, file: str = "", line: int | None = None) -> list[Problem]:
    """What of the parameters of a report looks like a secret, by its name or by its value.

    The problems never hold the value. A value that only names a variable, `${NAME}`, is no secret, and neither is an
    empty one.

    Parameters
    ----------
    file, line : where they were given: a table and its row, or nothing for `-p`.
    """
    problems = []
    for name, value in parameters.items():
        code = _suspicion(name, value)
        if code:
            variable = _variable(name)
            details = {"variable": variable, "mark": f"${{{variable}}}"}
            problems.append(Problem(code=f"secrets.{code}", file=file, line=line, column=name, details=details))
    return problems


def _suspicion(name: str, value: Any) -> str:
    """`name` or `value`, whichever gives a secret away; "" if neither does."""
    if not _can_be_a_secret(value):
        return ""
    if named_like_a_secret(name):
        return "name"
    return "value" if _hides_a_secret(value) else ""


def _can_be_a_secret(value: Any) -> bool:
    """Not what is empty, nor the bare name of a variable, `${NAME}`."""
    if isinstance(value, str):
        return bool(value.strip()) and not re.fullmatch(r"\$\{\w+\}", value.strip())
    return value is not None and not isinstance(value, bool)


def _hides_a_secret(value: Any) -> bool:
    if isinstance(value, str):
        return looks_like_a_secret(value)
    if isinstance(value, Mapping):
        return any(_suspicion(str(name), one) for name, one in value.items())
    return isinstance(value, (list, tuple)) and any(_hides_a_secret(one) for one in value)


def named_like_a_secret(name: str) -> bool:
    """Whether a name says that what it holds is a secret: `db_password`, `apiKey`, `salasana`; not `secretary`."""
    words = [word.casefold() for word in _SPLIT.split(name) if word]
    if _WORDS & set(words) or any(part in word for word in words for part in _PARTS):
        return True
    return any(pair in _PAIRS for pair in pairwise(words))


def looks_like_a_secret(text: str) -> bool:
    """Whether a text has the shape of a key, holds an address with a password, or assigns one to such a word."""
    if any(shape.search(text) for shape in _SHAPES):
        return True
    return any(_random(found) for found in _ASSIGNED.findall(text))


def _random(text: str) -> bool:
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    kinds = sum(any(test(sign) for sign in text) for test in (str.isdigit, str.islower, str.isupper))
    return bits >= _LEAST_BITS and (kinds >= 2 or bool(re.search(r"[^\w\s]", text)))


def _variable(name: str) -> str:
    """A name for the variable that should hold it."""
    words = [re.sub(r"[^0-9A-Z]", "", word.upper()) for word in _SPLIT.split(name)]
    return "CXRESEARCH_SECRET_" + ("_".join(word for word in words if word) or "1")
