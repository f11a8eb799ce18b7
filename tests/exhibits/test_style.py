"""Colours that survive colour blindness and greyscale print, and a look that stays inside its context."""

from __future__ import annotations

from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cxresearch.exhibits import style
from cxresearch.verdict import ANSWERS

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
TRITANOPIA = np.array(
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
)
NOBODY = np.eye(3)  # unimpaired sight
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])

LARGE_DIFFERENCE = 25.0  # CIE76; about ten just-noticeable differences
NEIGHBOURS = 11.0  # clearly told apart side by side
GREY_STEP = 9.0  # L* between neighbouring bars, about four just-noticeable steps
GRAPHIC_CONTRAST = 3.0  # WCAG 2.2, 1.4.11
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def linear(colour: str) -> np.ndarray:
    parts = np.array(to_rgb(colour))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, seen_by: np.ndarray = NOBODY) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(seen_by @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, seen_by: np.ndarray = NOBODY) -> float:
    return float(np.linalg.norm(lab(one, seen_by) - lab(other, seen_by)))


def test_lightness_and_contrast_agree_with_known_values() -> None:
    assert lab("#FFFFFF")[0] == pytest.approx(100, abs=0.01)
    assert lab("#808080")[0] == pytest.approx(53.585, abs=0.01)  # CIE L* of sRGB mid grey
    assert style.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert style.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # WCAG's textbook grey


@pytest.mark.parametrize("seen_by", [NOBODY, DEUTERANOPIA, PROTANOPIA, TRITANOPIA])
def test_ex_cx_and_grey_are_told_apart(seen_by: np.ndarray) -> None:
    for one, other in combinations((style.EX, style.CX, style.GREY), 2):
        assert distance(one, other, seen_by) > LARGE_DIFFERENCE, (one, other)


def test_ex_and_cx_differ_without_colour() -> None:
    assert abs(lab(style.EX)[0] - lab(style.CX)[0]) > 2 * GREY_STEP
    assert style.MARKERS["ex"] != style.MARKERS["cx"]
    assert style.LINES["ex"] != style.LINES["cx"]


@pytest.mark.parametrize("colour", [style.EX, style.CX, style.GREY, *(colour for colour, _ in style.VERDICTS.values())])
def test_marks_stand_out_on_paper(colour: str) -> None:
    assert style.contrast(colour, "#FFFFFF") >= GRAPHIC_CONTRAST


def test_every_verdict_has_its_own_symbol_and_a_readable_word() -> None:
    assert set(style.VERDICTS) == set(ANSWERS)
    assert len({symbol for _, symbol in style.VERDICTS.values()}) == len(ANSWERS)
    assert all(style.contrast(colour, "#FFFFFF") >= TEXT_CONTRAST for colour, _ in style.VERDICTS.values())


@pytest.mark.parametrize("options", range(2, 12))
def test_answer_options_keep_their_number_and_a_neutral_middle(options: int) -> None:
    colours = style.likert_colours(options)
    assert len(set(colours)) == options
    assert (style.NEUTRAL in colours) == bool(options % 2)
    assert all(style.contrast(style.ink_on(colour), colour) >= TEXT_CONTRAST for colour in colours)


@pytest.mark.parametrize("options", range(2, 8))
@pytest.mark.parametrize("seen_by", [NOBODY, DEUTERANOPIA, PROTANOPIA, TRITANOPIA])
def test_neighbouring_options_are_told_apart(options: int, seen_by: np.ndarray) -> None:
    for one, other in pairwise(style.likert_colours(options)):
        assert distance(one, other, seen_by) > NEIGHBOURS


@pytest.mark.parametrize("options", range(3, 8))
def test_lightness_falls_from_the_middle_in_greyscale_print(options: int) -> None:
    light = [lab(colour)[0] for colour in style.likert_colours(options)]
    side = options // 2
    middle = light[side : side + options % 2]
    for half in ([*light[:side], *middle], [*light[: -side - 1 : -1], *middle]):
        assert all(np.diff(half) > GREY_STEP)


@pytest.mark.parametrize("options", range(4, 12))
@pytest.mark.parametrize("seen_by", [NOBODY, DEUTERANOPIA, PROTANOPIA, TRITANOPIA])
def test_the_two_sides_are_told_apart(options: int, seen_by: np.ndarray) -> None:
    colours = style.likert_colours(options)
    for place in range(options // 2):
        assert distance(colours[place], colours[-1 - place], seen_by) > LARGE_DIFFERENCE


def test_one_option_has_no_two_sides() -> None:
    with pytest.raises(ValueError, match="two options or more, got 1"):
        style.likert_colours(1)


def test_settings_return_to_what_they_were() -> None:
    before = dict(mpl.rcParams)
    with style.house_style("x"):
        assert mpl.rcParams["svg.hashsalt"] == "x"
        assert mpl.rcParams["font.family"] == [style.FONT]
        assert mpl.rcParams["text.parse_math"] is False
    assert dict(mpl.rcParams) == before
