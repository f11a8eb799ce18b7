"""Every figure, in both languages, for ordinary, tiny, large, awkwardly labelled, negative and all-equal data."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations

import pytest
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cxresearch.exhibits import blocks
from cxresearch.exhibits.figure import render_figure
from cxresearch.exhibits.figures import FIGURES, FigureSpec
from cxresearch.exhibits.figures.lettering import literal
from cxresearch.exhibits.style import house_style
from tests.exhibits.figures.figure_samples import KINDS, SAMPLES

MOST_SVG_BYTES = 300 * 1024
EDGE = 1.0  # pixels of a glyph's side bearing that may cross the edge of the picture
TOUCH = 1.5  # pixels by which the boxes of two texts may touch: boxes hold the descent, letters seldom do
NAMES = sorted(SAMPLES)


@cache
def made(name: str, kind: str) -> FigureSpec:
    return SAMPLES[name](kind)


@cache
def drawn(name: str, kind: str, language: str) -> blocks.Figure:
    return render_figure(made(name, kind), language)


@cache
def lettered(name: str, kind: str, language: str) -> tuple[tuple[tuple[str, bool, Bbox], ...], Bbox]:
    """Every text of the drawn figure: its letters, whether it would be read as mathematics, its box; and the page's."""
    spec = made(name, kind)
    with house_style("test"):
        canvas = Canvas(figsize=(spec.width_cm / 2.54, spec.height_cm / 2.54), layout="constrained")
        FIGURES[spec.draw](canvas, spec.data, language)
        canvas.draw_without_rendering()
        texts = [text for text in canvas.findobj(Text) if text.get_visible() and text.get_text().strip()]
        hidden = hidden_ticks(canvas)
        shown = [text for text in texts if id(text) not in hidden]
        return tuple(
            (text.get_text(), text.get_parse_math(), text.get_window_extent()) for text in shown
        ), canvas.bbox.frozen()


def hidden_ticks(canvas: Canvas) -> set[int]:
    """Ticks beyond the limits keep their labels, but these are not drawn."""
    hidden = set()
    for axes in canvas.get_axes():
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick, place in zip(axis.get_major_ticks(), axis.get_majorticklocs(), strict=True):
                if not (min(limits) <= place <= max(limits) and axes.axison):
                    hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


def numbers(text: str, language: str) -> set[float]:
    if language == "fi":
        found = re.findall(r"\d+(?:\u00a0\d{3})*(?:,\d+)?", text)
        return {float(number.replace("\u00a0", "").replace(",", ".")) for number in found}
    return {float(number.replace(",", "")) for number in re.findall(r"(?:\d+(?:,\d{3})*)?\.?\d+", text)}


def test_every_drawing_has_its_samples() -> None:
    assert set(FIGURES) == set(SAMPLES)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_it_renders_and_stays_small(name: str, kind: str, language: str) -> None:
    figure = drawn(name, kind, language)
    assert figure.width_cm == 16.0
    assert made(name, kind).height_cm <= 22.0
    assert len(figure.svg.encode()) < MOST_SVG_BYTES


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped_at_the_edge(name: str, kind: str, language: str) -> None:
    texts, page = lettered(name, kind, language)
    for text, _, box in texts:
        inside = box.x0 >= -EDGE and box.y0 >= -EDGE and box.x1 <= page.x1 + EDGE and box.y1 <= page.y1 + EDGE
        assert inside, (text, box, page)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_two_texts_overlap(name: str, kind: str, language: str) -> None:
    texts, _ = lettered(name, kind, language)
    # The boxes of slanted names overlap although the names do not.
    upright = [
        (text, box) for text, _, box in texts if not (name == "trend" and kind == "awkward" and text.endswith("…"))
    ]
    for (one, first), (other, second) in combinations(upright, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        up = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= TOUCH or up <= TOUCH, (one, other)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_labels_are_drawn_letter_by_letter(name: str, language: str) -> None:
    texts, _ = lettered(name, "awkward", language)
    assert not any(mathematics for _, mathematics, _ in texts)
    assert any("<b>" in text for text, _, _ in texts)
    assert all(literal(text) == text.replace("\n", " ") for text, _, _ in texts if "\u00a0" not in text)


@pytest.mark.parametrize("kind", ["ordinary", "negative"])
@pytest.mark.parametrize("name", NAMES)
def test_decimals_are_written_in_the_language(name: str, kind: str) -> None:
    for language, own, foreign in (("fi", r"\d,\d", r"\d?\.\d|-\d"), ("en", r"\d?\.\d|\d,\d{3}", r"\d,\d(?!\d\d)|-\d")):
        written = [text for text, _, _ in lettered(name, kind, language)[0] if not re.match(r"\d{4}-\d\d", text)]
        assert not [text for text in written if re.search(foreign, text)]
        if name != "likert":
            assert [text for text in written if re.search(own, text)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_alternative_texts_tell_the_same_numbers_in_both_languages(name: str, kind: str) -> None:
    fi, en = drawn(name, kind, "fi"), drawn(name, kind, "en")
    assert numbers(fi.alt, "fi") == numbers(en.alt, "en")
    assert len(numbers(fi.alt, "fi")) >= 2
    for figure in (fi, en):
        assert len(figure.alt) > len(figure.caption)
        assert figure.caption not in figure.alt
        assert not figure.caption.endswith(".")
        assert ".." not in figure.alt
        assert figure.note.endswith(".")


def test_finnish_and_english_pictures_differ() -> None:
    for name in NAMES:
        assert drawn(name, "ordinary", "fi").svg != drawn(name, "ordinary", "en").svg
