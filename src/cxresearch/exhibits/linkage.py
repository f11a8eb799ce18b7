"""Exhibits of the link: association by unit, all models, direction, negative controls, sensitivity."""

from __future__ import annotations

from cxresearch.exhibits.association import association, models
from cxresearch.exhibits.controls import controls
from cxresearch.exhibits.direction import direction
from cxresearch.exhibits.robustness import robustness

__all__ = ["association", "controls", "direction", "models", "robustness"]
