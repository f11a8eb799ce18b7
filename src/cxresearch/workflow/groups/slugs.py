"""File-safe names of groups."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_LONGEST = 48
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$")
"""Names that Windows keeps for devices."""


def slugs(names: Mapping[str, str]) -> dict[str, str]:
    """Key of a group to its id: small letters, digits and hyphens, unique, the same in every run.

    A name that says too little by itself (empty, cut, reserved, or the same as another's) gets a few digits of a hash
    of its key.
    """
    plain = {key: _plain(name) for key, name in names.items()}
    times = Counter(plain.values())
    return {key: slug if _speaks(slug, times) else f"{slug or 'group'}-{_digest(key)}" for key, slug in plain.items()}


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST].strip("-")


def _speaks(slug: str, times: Counter[str]) -> bool:
    return bool(slug) and times[slug] == 1 and len(slug) < _LONGEST and not _RESERVED.match(slug)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]
