"""Readings: paragraphs of sentences that pull their numbers from the results."""

from __future__ import annotations

from dataclasses import dataclass

from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.markdown import markdown
from cxresearch.language import Text


@dataclass(frozen=True, slots=True)
class ProseSpec:
    """Paragraphs, each a tuple of whole sentences."""

    paragraphs: tuple[tuple[Text, ...], ...]


def render_prose(spec: ProseSpec, language: str) -> Prose:
    """Write the paragraphs in one language."""
    written = (" ".join(markdown(sentence, language) for sentence in paragraph) for paragraph in spec.paragraphs)
    return Prose("\n\n".join(text for text in written if text))
