"""Text inside figures: literal, drawable, no wider than its room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager, ft2font
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from cxresearch.exhibits.figures.lettering import literal, points_of, width_of, wrapped
from cxresearch.exhibits.style import FONT
from cxresearch.language import Label

SIGNS = {chr(code) for code in ft2font.FT2Font(font_manager.findfont(FONT)).get_charmap()}
SIDE_BEARINGS = 0.02  # relative; outlines leave out the room before the first and after the last letter


@pytest.mark.parametrize(
    ("given_text", "drawn"),
    [
        ("Tiimi\t1\n", "Tiimi 1"),
        ("hyvä 👍🏽 työ 👩‍🚀!", "hyvä työ !"),
        ("日本", "□□"),
        ("$x^2$ <b>a</b> {b} \\n", "$x^2$ <b>a</b> {b} \\n"),
        ("1\u00a0234 %", "1\u00a0234 %"),
        ("a\u0308", "ä"),
        ("", ""),
    ],
)
def test_texts_are_literal(given_text: str, drawn: str) -> None:
    assert literal(given_text) == drawn


@given(st.text())
def test_only_glyphs_of_the_font_are_drawn(text: str) -> None:
    assert set(literal(text)) <= SIGNS
    assert literal(literal(text)) == literal(text)


@given(st.text(max_size=300), st.integers(3, 60), st.integers(1, 5))
def test_lines_keep_to_their_room(text: str, width: int, lines: int) -> None:
    rows = wrapped(text, "fi", width, lines).split("\n")
    assert len(rows) <= lines
    # A single sign may be wider than a very narrow line.
    assert all(width_of(row) <= width + 1e-9 or len(row) <= 2 for row in rows)


@given(st.lists(st.text("abcåäö", min_size=1, max_size=9), min_size=1, max_size=30))
def test_nothing_is_lost_while_there_are_lines(words: list[str]) -> None:
    assert wrapped(" ".join(words), "en", 12, 99).split() == words


def test_what_does_not_fit_becomes_an_ellipsis() -> None:
    assert wrapped("yksi kaksi kolme neljä", "fi", 11, 1) == "yksi kaksi…"
    assert wrapped("yksi kaksi kolme neljä", "fi", 11, 2) == "yksi kaksi\nkolme neljä"


def test_a_word_wider_than_a_line_is_cut() -> None:
    assert "".join(wrapped("työhyvinvointikysely", "fi", 8, 9).split("\n")) == "työhyvinvointikysely"


def test_labels_are_written_in_the_language() -> None:
    assert wrapped(Label("tiimi", "team"), "en", 20) == "team"


def test_widths_agree_with_the_drawn_outlines() -> None:
    outlines = TextPath((0, 0), "Asiakaskokemus", size=100, prop=FontProperties(family=FONT))
    assert points_of("Asiakaskokemus", 100) == pytest.approx(outlines.get_extents().width, rel=SIDE_BEARINGS)
