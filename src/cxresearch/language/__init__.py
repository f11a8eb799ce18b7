"""Finnish and English: whole sentences from catalogues, numbers as each language writes them.

A text that has not been written yet travels as a `Phrase` (catalogue key and values) or a `Label`
(both languages at hand, as in a codebook); `render` writes it in one language.
"""

from cxresearch.language.catalogue import (
    LANGUAGES,
    Label,
    Language,
    Phrase,
    Text,
    catalogue,
    check_language,
    render,
)
from cxresearch.language.numbers import (
    count,
    date,
    decimal,
    format_value,
    interval,
    p_value,
    percent,
    share_of_one,
    signed,
)
from cxresearch.language.spoken import spoken_language

__all__ = [
    "LANGUAGES",
    "Label",
    "Language",
    "Phrase",
    "Text",
    "catalogue",
    "check_language",
    "count",
    "date",
    "decimal",
    "format_value",
    "interval",
    "p_value",
    "percent",
    "render",
    "share_of_one",
    "signed",
    "spoken_language",
]
