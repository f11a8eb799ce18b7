"""Unit keys: how a unit's name is matched between files, and how it is written for a reader and on disk."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Distinct, Ints, Objects
from cxresearch.codebook.texts import cell_text, visible

_VARIATION = dict.fromkeys(range(0xFE00, 0xFE10))
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_SLUG = 40
_HASH = 10


def unit_key(name: object) -> str:
    """The key under which the spellings of a unit's name meet; "" for a blank.

    Compatibility form, no invisible characters, blanks trimmed and collapsed, case folded; numbers without needless
    decimals. Applying it twice changes nothing.
    """
    text = cell_text(name)
    while (folded := visible(visible(text).translate(_VARIATION).casefold())) != text:
        text = folded
    return text


def safe_name(unit: str) -> str:
    """An ASCII name for files about a unit, the same for all spellings: `helsinki-1a2b3c4d5e`.

    Lower-case letters, digits and hyphens only, at most 51 characters, never a reserved name, different for different
    keys (up to a collision of 40 bits).
    """
    key = unit_key(unit)
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode("ascii")
    slug = _NOT_PLAIN.sub("-", plain).strip("-")[:_SLUG].strip("-")
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{slug or 'unit'}-{digest}"


@dataclass(frozen=True, slots=True)
class UnitKeys:
    """The units of a column.

    Attributes
    ----------
    keys : (N,) normalised key of each row, "" where the cell names no unit.
    names : key to the name a reader sees: the alias table's, or else the most frequent spelling.
    spellings : key to its spellings in the file, where there are several (aliases are none).
    aliased : (N,) whether the alias table changed the row's unit.
    """

    keys: Objects
    names: Mapping[str, str]
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliased: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))


def unit_keys(column: Distinct, frequency: Ints, aliases: Mapping[str, str] | None = None) -> UnitKeys:
    """Normalise a column of unit names.

    Parameters
    ----------
    column : the raw cells. frequency : (N,) how many rows each stands for.
    aliases : key of another name (`unit_key`) to the unit's proper name.
    """
    known = aliases or {}
    written = [cell_text(value) for value in column.values]
    own = [unit_key(text) for text in written]
    keys = [unit_key(known.get(key, key)) for key in own]
    counts = column.counts(frequency).tolist()
    names, _ = _spellings(keys, written, counts)
    plain = [place for place, key in enumerate(keys) if own[place] == key]
    _, spellings = _spellings([keys[at] for at in plain], [written[at] for at in plain], [counts[at] for at in plain])
    proper = {unit_key(unit): unit for unit in known.values()}
    changed = np.fromiter((first != last for first, last in zip(own, keys, strict=True)), bool, len(keys))
    return UnitKeys(
        keys=column.spread(np.array(keys, dtype=object), ""),
        names={key: proper.get(key, name) for key, name in names.items()},
        spellings=spellings,
        aliased=column.spread(changed, False),
    )


def _spellings(
    keys: Iterable[str], written: Iterable[str], counts: Iterable[int]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    tally: dict[str, dict[str, int]] = {}
    for key, text, count in zip(keys, written, counts, strict=True):
        of_key = tally.setdefault(key, {})
        of_key[text] = of_key.get(text, 0) + count
    ranked = {key: sorted(of_key, key=lambda text: (-of_key[text], text)) for key, of_key in sorted(tally.items())}
    return {key: texts[0] for key, texts in ranked.items()}, {
        key: tuple(texts) for key, texts in ranked.items() if len(texts) > 1
    }
