"""Lists inside a sentence: names, references to exhibits, and reasons shared by several names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from cxresearch.exhibits.columns import reason
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import NotEstimable, Result


def in_words(texts: Sequence[Text]) -> Text:
    """Texts with commas between them and the language's "and" before the last.

    Raises
    ------
    ValueError
        Without texts.
    """
    if not texts:
        raise ValueError("a list needs one text or more")
    *before, last = texts
    if not before:
        return last
    first = reduce(lambda one, other: Phrase("tables.list.comma", {"first": one, "second": other}), before)
    return Phrase("tables.list.last", {"first": first, "second": last})


def quoted(text: Text) -> Text:
    """A user's label in quotes, so that a sentence can go on whatever it ends with; other texts as they are."""
    return Phrase("tables.list.quoted", {"text": text}) if isinstance(text, Label) else text


def references(ids: Iterable[str]) -> Text:
    """The numbers of exhibits, as cross-references."""
    return in_words([Phrase("tables.list.reference", {"id": given}) for given in ids])


def pointing(key: str, ids: Sequence[str], **values: object) -> Phrase:
    """The sentence `key` that sends the reader to exhibits; it names them as `{exhibits}` and has plural forms."""
    return Phrase(key, {"count": len(ids), "exhibits": references(ids), **values})


def in_figure(given: str | None) -> Text:
    """Where the picture of a result is, to stand after its name; nothing where it has none."""
    return "" if given is None else Phrase("tables.list.in_figure", {"id": given})


def without_result(results: Iterable[tuple[Text, Result]]) -> tuple[Phrase, ...]:
    """One sentence per reason: the names that have no result, and why. Estimates are passed over."""
    grouped: dict[str, tuple[Phrase, list[Text]]] = {}
    for given, result in results:
        name = quoted(given)
        why = reason(result)
        if isinstance(result, NotEstimable) and why is not None:
            names = grouped.setdefault(f"{why.key} {sorted(why.values.items())}", (why, []))[1]
            if name not in names:
                names.append(name)
    return tuple(
        Phrase("readings.not_estimable", {"count": len(names), "names": in_words(names), "why": why})
        for why, names in grouped.values()
    )
