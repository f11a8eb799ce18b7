"""The language in which the program speaks to its user: messages and progress, not reports."""

from __future__ import annotations

import os

from cxresearch.language.catalogue import Language


def spoken_language() -> Language:
    """CXRESEARCH_LANGUAGE, else Finnish in a Finnish locale, else English."""
    chosen = os.environ.get("CXRESEARCH_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return "fi" if chosen.startswith("fi") else "en"
