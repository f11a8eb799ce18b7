"""The index as a page: what it is about, the answers to the hypotheses, the table, and what failed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from xml.etree.ElementTree import Element

from cxresearch.batch.index.cells import anchor, moment, say
from cxresearch.batch.index.entry import STATES, IndexAbout, IndexEntry, IndexFailure
from cxresearch.batch.index.html import page, tag
from cxresearch.batch.index.order import finnish_order
from cxresearch.batch.index.table import table
from cxresearch.language import Phrase, render

_SOURCE_LINES = 8
_MESSAGE = 600


def index_page(entries: Sequence[IndexEntry], about: IndexAbout, language: str, others: Sequence[str] = ()) -> bytes:
    """The index in one language, complete in itself: it fetches nothing, and users' text cannot run in it.

    Parameters
    ----------
    entries : the rows, in any order. others : languages in which the index stands beside this one.
    """
    rows = sorted(entries, key=lambda entry: (finnish_order(entry.name), entry.id))
    style, script = _packaged("index.css"), _packaged("index.js")
    html = tag(
        "html",
        _head(about, language, style, script),
        tag(
            "body",
            tag("a", say(language, "skip"), class_="skip", href="#content"),
            _marker(),
            tag("div", *_parts(rows, about, language, others), class_="page"),
            tag("script", script),
        ),
        lang=language,
    )
    return page(html)


def _marker() -> Element:
    """The dot at the end of every line, which the style sheet adds."""
    dot = tag("circle", cx="2", cy="2", r="2")
    box = {"viewBox": "0 0 4 4", "refX": "2", "refY": "2", "markerWidth": "4", "markerHeight": "4"}
    marker = tag("marker", dot, id="end", markerUnits="userSpaceOnUse", **box)
    return tag("svg", tag("defs", marker), width="0", height="0", class_="marker", aria_hidden="true")


def _packaged(name: str) -> str:
    return (resources.files("cxresearch.batch") / "templates" / name).read_text(encoding="utf-8")


def _head(about: IndexAbout, language: str, style: str, script: str) -> Element:
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_allowed(style)}",
            f"script-src {_allowed(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content="cxresearch"),
        tag("title", say(language, "page", title=render(about.title, language))),
        tag("style", style),
    )


def _allowed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _parts(rows: Sequence[IndexEntry], about: IndexAbout, language: str, others: Sequence[str]) -> list[Element | None]:
    failed = [entry for entry in rows if entry.failure]
    return [
        tag(
            "main",
            _header(rows, about, language, others),
            _verdicts(about, language),
            _search(language),
            table(rows, about, language),
            _notes(about, language),
            _failures(failed, language),
            id="content",
            tabindex="-1",
        ),
        _footer(about, language),
    ]


def _header(rows: Sequence[IndexEntry], about: IndexAbout, language: str, others: Sequence[str]) -> Element:
    links = [
        tag("a", say(other, "this_language"), href=f"index-{other}.html", hreflang=other, lang=other)
        for other in others
        if other != language
    ]
    return tag(
        "header",
        tag("p", say(language, "kind", by=render(about.by, language)), class_="kind"),
        tag("h1", render(about.title, language)),
        tag("p", *_counted(rows, language), class_="counts"),
        tag("p", *links, class_="languages") if links else None,
    )


def _counted(rows: Sequence[IndexEntry], language: str) -> list[Element]:
    states = [entry.state for entry in rows]
    explained = any(entry.failure for entry in rows)
    told = []
    for state in STATES:
        if state == "made" or state in states:
            text = say(language, f"counts.{state}", count=states.count(state))
            linked = state == "failed" and explained
            told.append(tag("span", tag("a", text, href="#failures") if linked else text, class_=state))
    return told


def _verdicts(about: IndexAbout, language: str) -> Element | None:
    if not about.verdicts:
        return None
    items = []
    for one in about.verdicts:
        items.append(tag("dt", tag("span", one.hypothesis.upper(), class_="id"), f" {render(one.statement, language)}"))
        told = render(one.sentence, language)
        items.append(tag("dd", tag("strong", render(one.word, language)), f". {told}" if told else ""))
    heading = tag("h2", say(language, "verdicts"))
    return tag("section", heading, tag("dl", *items), class_="verdicts")


def _search(language: str) -> Element:
    """The filter; hidden until the script that works it shows it."""
    shown = say(language, "filtered", shown="%1", total="%2")
    field = tag("input", type="search", id="filter", autocomplete="off", spellcheck="false", aria_controls="reports")
    return tag(
        "form",
        tag("label", say(language, "filter"), for_="filter"),
        field,
        tag("output", for_="filter", data_text=shown),
        role="search",
        hidden="hidden",
    )


def _notes(about: IndexAbout, language: str) -> Element | None:
    told = [say(language, "notes.withheld")] if about.some_withheld else []
    if about.measures:
        told.append(say(language, "notes.reading", level=about.level))
        if any(len(measure.periods) > 1 for measure in about.measures):
            told.append(say(language, "notes.line"))
        told.append(say(language, "notes.not_shown"))
    return tag("section", *(tag("p", text, class_="note") for text in told), class_="notes") if told else None


def _failures(failed: Sequence[IndexEntry], language: str) -> Element | None:
    if not failed:
        return None
    told = [tag("article", *_failure(entry, language), id=anchor(entry)) for entry in failed]
    return tag("section", tag("h2", say(language, "failures.title")), *told, id="failures", class_="failures")


def _failure(entry: IndexEntry, language: str) -> list[Element | None]:
    failure = entry.failure or IndexFailure()
    source = failure.source.strip("\n").splitlines()
    shown = "\n".join(source[:_SOURCE_LINES]) + ("\n…" if len(source) > _SOURCE_LINES else "")
    message = render(failure.told, language) if failure.told else failure.message
    short = message if len(message) <= _MESSAGE else message[: _MESSAGE - 1] + "…"
    where = [say(language, f"failures.{failure.kind}")]
    if failure.language:
        where.append(say(language, "failures.language", language=Phrase(f"batch.index.languages.{failure.language}")))
    if failure.cell is not None:
        where.append(say(language, "failures.cell", cell=failure.cell))
    notebook = None
    if failure.notebook:
        link = tag("a", say(language, "failures.notebook"), href=failure.notebook)
        notebook = tag("p", link)
    return [
        tag("h3", entry.name),
        tag("p", " ".join(where)),
        tag("pre", tag("code", shown), tabindex="0", role="group", aria_label=say(language, "failures.source"))
        if shown
        else None,
        tag("p", short, class_="message") if short else None,
        notebook,
    ]


def _footer(about: IndexAbout, language: str) -> Element:
    made = tag("p", say(language, "made"), " ", moment(about.made_at, language), f" · {about.program}")
    return tag("footer", made, tag("p", say(language, "key", key=about.key)) if about.key else None)
