"""The cells of a row of the index."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element

from babel.dates import format_date

from cxresearch.batch.index.entry import IndexEntry, IndexMeasure, IndexReport, IndexValue
from cxresearch.batch.index.html import tag
from cxresearch.batch.index.sparkline import Scale, sparkline
from cxresearch.language import Phrase, render
from cxresearch.language.numbers import date

_FORMS = {"nps": "points", "csat": "percent"}
SIGNS = {1: "higher", -1: "lower", 0: "unclear"}
"""Class and word of a difference by its sign."""
_EARLIER = ("failed", "missing")


def say(language: str, key: str, /, **values: object) -> str:
    """A sentence of the index."""
    return render(Phrase(f"batch.index.{key}", values), language)


@lru_cache(maxsize=512)
def _word(language: str, key: str) -> str:
    return say(language, key)


def written(language: str, metric: str, form: str, **values: float) -> str:
    """A `value`, an `interval`, a `signed` value or a `signed_interval` of a measure, as its metric is written."""
    scale = _FORMS.get(metric, "mean")
    tables = {"value": f"tables.amount.{scale}", "interval": f"tables.amount.{scale}_interval"}
    return render(Phrase(tables.get(form, f"batch.index.amount.{scale}.{form}"), values), language)


def name_cell(entry: IndexEntry, language: str) -> Element:
    """The row's header: its name, linked to the page in the reader's language."""
    pages = [one for one in entry.reports if one.format == "html"]
    own = [one for one in pages if one.language == language] or pages
    if not own:
        return tag("th", entry.name, scope="row")
    return tag("th", tag("a", entry.name, href=own[0].path), scope="row")


def verdicts_cell(entry: IndexEntry, language: str) -> Element:
    """The answers to a study's hypotheses."""
    told = [
        tag(
            "li",
            tag("b", one.hypothesis.upper()),
            f": {render(one.word, language)}",
            title=render(one.statement, language),
        )
        for one in entry.verdicts
    ]
    return tag("td", tag("ul", *told)) if told else _nothing(language, "none")


def result_cell(value: IndexValue, measure: IndexMeasure, scale: Scale | None, language: str) -> Element:
    """The result with its interval, and its line by period."""
    if value.mean is None:
        return _nothing(language, "not_shown")
    interval = _word(language, "no_interval")
    if value.conf_low is not None and value.conf_high is not None:
        interval = written(language, measure.metric, "interval", low=value.conf_low, high=value.conf_high)
    shown = written(language, measure.metric, "value", value=value.mean)
    return tag("td", shown, _line(value, measure, scale, language), tag("small", interval))


def _line(value: IndexValue, measure: IndexMeasure, scale: Scale | None, language: str) -> Element | None:
    """The line by period; none where it is not known which periods the values belong to."""
    if scale is None or len(value.by_period) < 2 or len(value.by_period) != len(measure.periods):
        return None
    drawn = sparkline(value.by_period, scale)
    if not drawn:
        return None
    return tag("svg", tag("title", line_in_words(value, measure, language)), tag("path", d=drawn), role="img")


def line_in_words(value: IndexValue, measure: IndexMeasure, language: str) -> str:
    """The line as text: every period with its result, or that it is not shown."""
    hidden = _word(language, "not_shown")
    results = (
        hidden if one is None else written(language, measure.metric, "value", value=one) for one in value.by_period
    )
    return "; ".join(f"{period}: {result}" for period, result in zip(measure.periods, results, strict=True))


def difference_cell(value: IndexValue, measure: IndexMeasure, language: str) -> Element:
    """The difference from everybody else: its sign, a word, and the interval."""
    if value.difference is None:
        return _nothing(language, "not_shown")
    shown = written(language, measure.metric, "signed", value=value.difference)
    if value.sign is None or value.diff_low is None or value.diff_high is None:
        return tag("td", shown, tag("small", _word(language, "no_interval")), class_="u")
    kind = SIGNS[value.sign]
    interval = written(language, measure.metric, "signed_interval", low=value.diff_low, high=value.diff_high)
    return tag("td", f"{shown} {_word(language, kind)}", tag("small", interval), class_=kind[0])


def state_cell(entry: IndexEntry, language: str) -> Element:
    """What became of the report; a failure leads to what went wrong."""
    word = _word(language, f"states.{entry.state}")
    if entry.state == "failed" and entry.failure:
        return tag("td", tag("a", word, href=f"#{anchor(entry)}"), class_="f")
    return tag("td", word, class_="f" if entry.state == "failed" else None)


def anchor(entry: IndexEntry) -> str:
    """The id of what the page says of a failed row."""
    return f"failure-{entry.id}"


def reports_cell(entry: IndexEntry, language: str) -> Element:
    """Links to every format, a line per language, the reader's own first."""
    if not entry.reports:
        return _nothing(language, "none")
    cell = tag("td", _word(language, "earlier") if entry.state in _EARLIER else None)
    by_language: dict[str, list[IndexReport]] = {}
    for report in sorted(entry.reports, key=lambda one: (one.language != language, one.language)):
        by_language.setdefault(report.language, []).append(report)
    for spoken, reports in by_language.items():
        line = tag("div", f"{_word(language, f'languages.{spoken}')} ")
        line.extend(_link(report, language) for report in reports)
        cell.append(line)
    return cell


def _link(report: IndexReport, language: str) -> Element:
    return tag("a", _word(language, f"formats.{report.format}"), href=report.path)


def time_cell(entry: IndexEntry, language: str) -> Element:
    """When the report was made, and how long that took."""
    if not entry.made_at:
        return _nothing(language, "none")
    when = datetime.datetime.fromisoformat(entry.made_at)
    if entry.seconds is None:
        told = say(language, "clock", time=_clock(when, language))
    else:
        told = say(language, "clock_and_seconds", time=_clock(when, language), seconds=entry.seconds)
    day = tag("time", format_date(when, "medium", locale=language), datetime=when.isoformat(timespec="minutes"))
    return tag("td", day, tag("small", told))


def moment(iso: str, language: str) -> Element:
    """A day and a time of day in the reader's language."""
    when = datetime.datetime.fromisoformat(iso)
    text = say(language, "moment", date=date(when.date(), language), time=_clock(when, language))
    return tag("time", text, datetime=when.isoformat(timespec="minutes"))


def _clock(when: datetime.datetime, language: str) -> str:
    return f"{when.hour}.{when:%M}" if language == "fi" else f"{when.hour}:{when:%M}"


def _nothing(language: str, key: str) -> Element:
    return tag("td", tag("small", _word(language, key)))


def row_cells(
    entry: IndexEntry, measures: tuple[IndexMeasure, ...], scales: Mapping[str, Scale | None], language: str
) -> list[Element]:
    """The cells of the measures, two for each."""
    cells = []
    for measure in measures:
        value = entry.values.get(measure.id, IndexValue())
        cells.append(result_cell(value, measure, scales[measure.id], language))
        cells.append(difference_cell(value, measure, language))
    return cells
