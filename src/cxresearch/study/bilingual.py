"""A text that the study gives in both languages."""

from __future__ import annotations

from cxresearch.language import Label
from cxresearch.study.declared import Declared, Text


class Bilingual(Declared):
    """A text in both languages."""

    fi: Text
    """The text in Finnish."""
    en: Text
    """The text in English."""

    def label(self) -> Label:
        """As the label that exhibits and reports use."""
        return Label(self.fi, self.en)
