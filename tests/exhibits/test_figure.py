"""A spec becomes the same bytes every time, and leaves matplotlib as it was."""

from __future__ import annotations

import re
from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cxresearch.errors import ParameterError
from cxresearch.exhibits.figure import FigureSpec, render_figure
from cxresearch.exhibits.figures import FIGURES, trend
from cxresearch.language import Label, Phrase


def spec(**changes: object) -> FigureSpec:
    frame = pd.DataFrame({"period": ["2024", "2025", "2026"], "ex": [3.4, 3.6, 3.5], "cx": [7.1, 7.9, 7.4]})
    for side in ("ex", "cx"):
        frame = frame.assign(**{f"{side}_low": frame[side] - 0.2, f"{side}_high": frame[side] + 0.2})
    made = trend.spec(frame, ex=Label("Työntekijäkokemus", "Employee experience"), cx=Label("NPS*", "NPS*"))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_same_spec_gives_the_same_bytes(language: str) -> None:
    assert render_figure(spec(), language) == render_figure(spec(), language)


def test_a_user_s_settings_do_not_reach_the_figure() -> None:
    plain = render_figure(spec(), "fi")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black", "svg.fonttype": "none", "lines.linewidth": 9}):
        assert render_figure(spec(), "fi") == plain


def test_matplotlib_is_left_as_it_was() -> None:
    settings, backend = dict(mpl.rcParams), mpl.get_backend()
    render_figure(spec(), "en")
    assert dict(mpl.rcParams) == settings
    assert mpl.get_backend() == backend
    assert plt.get_fignums() == []


def test_settings_return_also_when_the_drawing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no ink")

    settings = dict(mpl.rcParams)
    monkeypatch.setitem(FIGURES, "trend", fail)
    with pytest.raises(RuntimeError, match="no ink"):
        render_figure(spec(), "en")
    assert dict(mpl.rcParams) == settings


def test_the_svg_is_an_element_with_text_as_paths_and_ids_of_its_own() -> None:
    svg = render_figure(spec(), "fi").svg
    assert svg.startswith("<svg ")
    assert svg.rstrip().endswith("</svg>")
    assert not re.search(r"<text|<metadata|<\?xml|<!DOCTYPE|font-family|Matplotlib", svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("fig-trend-") for name in ids)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert used <= set(ids)


def test_two_figures_share_no_id() -> None:
    first = set(re.findall(r'\bid="([^"]+)"', render_figure(spec(), "fi").svg))
    other = set(re.findall(r'\bid="([^"]+)"', render_figure(spec(id="fig-trend2"), "fi").svg))
    assert not first & other


def test_texts_are_written_in_the_language_and_users_words_letter_by_letter() -> None:
    fi, en = render_figure(spec(), "fi"), render_figure(spec(), "en")
    assert fi.id == en.id == "fig-trend"
    assert "Työntekijäkokemus, ajanjaksoja 3: ensimmäinen arvo 3,40 (2024), viimeinen 3,50 (2026)" in fi.alt
    assert "Employee experience, 3 periods: 3.40 at first (2024) and 3.50 at last (2026)" in en.alt
    assert "NPS*" in fi.alt
    assert render_figure(spec(caption="5 * 3"), "fi").caption == r"5 \* 3"


@pytest.mark.parametrize("alt", [" ", Phrase("figures.trend.caption")])
def test_an_alternative_text_that_says_nothing_is_refused(alt: str | Phrase) -> None:
    with pytest.raises(ParameterError):
        render_figure(spec(alt=alt), "en")


def test_no_note_is_an_empty_note() -> None:
    assert render_figure(spec(note=None), "fi").note == ""


def test_an_unknown_language_or_drawing_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown language 'sv'"):
        render_figure(spec(), "sv")
    with pytest.raises(KeyError, match="pie"):
        render_figure(spec(draw="pie"), "fi")
