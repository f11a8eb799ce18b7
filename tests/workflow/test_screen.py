"""What a notebook's screen shows of a figure."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from cxresearch.exhibits.blocks import BLOCK_MIME, Figure
from cxresearch.workflow import screen
from cxresearch.workflow.screen import Screen

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M1 1L29 9" stroke="#0A4A82"/></svg>'
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(screen, "display", lambda data, **_: bundles.append(data))
    return bundles


@pytest.mark.parametrize("width", [16.0, 8.0])
def test_a_drawing_is_shown_as_a_picture_of_the_screen_s_width(shown: list[dict[str, Any]], width: float) -> None:
    Screen("en").show(Figure("fig-drawn", "Drawn", "A line.", svg=SVG, width_cm=width))
    body = next(bundle for bundle in shown if BLOCK_MIME in bundle)
    picture = Image.open(io.BytesIO(base64.b64decode(body["image/png"])))
    assert picture.size == (720, 240)
    assert body["text/plain"] == "A line."
    assert body[BLOCK_MIME]["svg"] == SVG


def test_a_bitmap_is_shown_as_it_is(shown: list[dict[str, Any]]) -> None:
    Screen("fi").show(Figure("fig-dot", "Dot", "One dot.", png_base64=PIXEL))
    assert next(bundle for bundle in shown if BLOCK_MIME in bundle)["image/png"] == PIXEL
