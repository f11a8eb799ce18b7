"""Verdict panel: every hypothesis with its verdict, its primary estimate and the criteria it met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.estimates import draw_estimate, estimate_axes, reach
from cxresearch.exhibits.figures.forest import band_note
from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.spec import MAX_HEIGHT_CM, FigureSpec, listed, result_text, sentences, told
from cxresearch.exhibits.figures.verdict_rows import VerdictRow
from cxresearch.exhibits.style import EX, GREY, INK, PALE, SMALL_SIZE, VERDICTS
from cxresearch.language import LANGUAGES, Phrase, Text
from cxresearch.statistic import Estimate

_LINE_CM = 0.36
_BASELINE = 0.75
_REASON_LINES = 6
_PAD_CM = 0.5
_HEAD_CM = 0.75
_FOOT_CM = 1.25
_COLUMNS = (0.0, 0.295, 0.53, 0.772)
"""Left edges of statement, verdict, estimate and criteria, as shares of the width."""
_MARKS: dict[bool | None, tuple[str, str]] = {
    True: ("\N{CHECK MARK}", EX),
    False: ("\N{BALLOT X}", VERDICTS["contradicted"][0]),
    None: ("\N{EN DASH}", GREY),
}


def _row_text(row: VerdictRow) -> Text:
    head = Phrase("figures.verdict.row", {"statement": row.statement, "word": row.word()})
    parts: list[Text] = [head, told(Phrase("figures.verdict.head.estimate"), row.primary)]
    for met, key in ((True, "met"), (False, "unmet"), (None, "unjudged")):
        names = [name for name, state in row.criteria if state is met]
        if names:
            parts.append(Phrase(f"figures.verdict.{key}", {"criteria": listed(*names)}))
    return sentences(*parts)


def _lines(text: str) -> int:
    return text.count("\n") + 1


def _criteria(row: VerdictRow, language: str) -> list[tuple[str, bool | None]]:
    return [(wrapped(name, language, 23, 2), met) for name, met in row.criteria]


def _row_cm(row: VerdictRow) -> float:
    """Height of a row that holds its texts in either language."""
    lines = [3.0]
    for language in LANGUAGES:
        lines.append(_lines(wrapped(row.statement, language, 27, 6)))
        lines.append(sum(_lines(name) for name, _ in _criteria(row, language)))
        lines.append(_lines(wrapped(result_text(row.primary), language, 24, _REASON_LINES)))
    return _PAD_CM + _LINE_CM * max(lines)


def spec(
    rows: Sequence[VerdictRow],
    smallest: float,
    *,
    figure_id: str = "fig-verdicts",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    rows : hypotheses in the plan's order. smallest : smallest effect of interest, as a correlation.

    Raises
    ------
    ValueError
        Without rows, or when they need more than a page (`pages` splits them).
    """
    heights = [_row_cm(row) for row in rows]
    height = _HEAD_CM + sum(heights) + _FOOT_CM
    if not rows or height > MAX_HEIGHT_CM:
        raise ValueError(f"{len(rows)} hypotheses do not make a figure of one page")
    results = [row.primary for row in rows]
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.verdict.caption"),
        alt=sentences(Phrase("figures.verdict.alt", {"rows": len(rows)}), *map(_row_text, rows)),
        note=note or sentences(Phrase("figures.verdict.note"), band_note(results, smallest)),
        draw="verdict",
        data={"rows": tuple(rows), "heights": tuple(heights), "smallest": smallest},
        height_cm=height,
    )


def pages(rows: Sequence[VerdictRow], smallest: float, **options: Any) -> tuple[FigureSpec, ...]:
    """One spec, or several with numbered captions when the rows do not fit on one page; arguments as for `spec`."""
    groups: list[list[VerdictRow]] = [[]]
    room = MAX_HEIGHT_CM - _HEAD_CM - _FOOT_CM
    for row in rows:
        if groups[-1] and sum(map(_row_cm, [*groups[-1], row])) > room:
            groups.append([])
        groups[-1].append(row)
    if len(groups) == 1:
        return (spec(rows, smallest, **options),)
    name = options.pop("figure_id", "fig-verdicts")
    caption = options.pop("caption", None) or Phrase("figures.verdict.caption")
    return tuple(
        spec(
            group,
            smallest,
            figure_id=f"{name}-{part}",
            caption=Phrase("figures.part", {"caption": caption, "part": part, "of": len(groups)}),
            **options,
        )
        for part, group in enumerate(groups, start=1)
    )


def _write(axes: Axes, x: float, y: float, text: str, **look: Any) -> None:
    style: dict[str, Any] = {"va": "center", "clip_on": False} | look
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), **style)


def _draw_badge(axes: Axes, row: VerdictRow, y: float, language: str) -> None:
    colour, symbol = VERDICTS[row.verdict]
    box = {"boxstyle": "circle,pad=0.25", "facecolor": colour, "edgecolor": "none"}
    _write(axes, _COLUMNS[1] + 0.012, y, symbol, color="white", ha="center", weight="bold", bbox=box)
    word = wrapped(row.word(), language, 17)
    _write(axes, _COLUMNS[1] + 0.042, y, word, color=colour, weight="bold", fontsize=SMALL_SIZE)


def _draw_criteria(axes: Axes, row: VerdictRow, y: float, language: str) -> None:
    named = _criteria(row, language)
    look: dict[str, Any] = {"fontsize": SMALL_SIZE, "va": "baseline"}
    at = y - (sum(_lines(name) for name, _ in named) / 2 - _BASELINE) * _LINE_CM
    for name, met in named:
        symbol, colour = _MARKS[met]
        _write(axes, _COLUMNS[3], at, symbol, color=colour, weight="bold", **look)
        for line in name.split("\n"):
            _write(axes, _COLUMNS[3] + 0.022, at, line, **look)
            at += _LINE_CM


def _draw_primary(mini: Axes, row: VerdictRow, y: float, language: str) -> None:
    colour = VERDICTS[row.verdict][0]
    text = wrapped(result_text(row.primary), language, 24, _REASON_LINES)
    if isinstance(row.primary, Estimate):
        draw_estimate(mini, row.primary, y, colour)
        y += 1.25 * _LINE_CM
    look: dict[str, Any] = {"fontsize": SMALL_SIZE, "ha": "center", "color": INK}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    _write(mini, 0.5, y, text, bbox=box, **look)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a row per hypothesis; heights are in centimetres from the top."""
    figure.set_layout_engine("none")
    rows: Sequence[VerdictRow] = data["rows"]
    body = sum(data["heights"])
    total = _HEAD_CM + body + _FOOT_CM
    bottom, tall = _FOOT_CM / total, body / total
    page = figure.add_axes((0.012, bottom, 0.976, tall))
    page.set_axis_off()
    mini = figure.add_axes((0.012 + 0.976 * _COLUMNS[2], bottom, 0.976 * 0.22, tall))
    mini.patch.set_visible(False)
    for axes in (page, mini):
        axes.set_ylim(body, 0)
    page.set_xlim(0, 1)
    estimate_axes(mini, reach([row.primary for row in rows], data["smallest"]), data["smallest"], language, bins=4)
    mini.set_yticks([])
    bare(mini, "left")
    mini.set_xlabel(written(Phrase("figures.verdict.scale"), language))
    heads = ("statement", "verdict", "estimate", "criteria")
    for left, head in zip(_COLUMNS, heads, strict=True):
        _write(page, left, -0.38, written(Phrase(f"figures.verdict.head.{head}"), language), weight="bold")
    page.plot([0, 1], [0, 0], color=INK, linewidth=0.8, clip_on=False)
    top = 0.0
    for row, height in zip(rows, data["heights"], strict=True):
        middle = top + height / 2
        _write(page, 0.0, middle, wrapped(row.statement, language, 27, 6), linespacing=1.15)
        _draw_badge(page, row, middle, language)
        _draw_primary(mini, row, middle, language)
        _draw_criteria(page, row, middle, language)
        top += height
        page.plot([0, 1], [top, top], color=PALE if top < body else INK, linewidth=0.7, clip_on=False)
