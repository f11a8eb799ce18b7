"""From a document to the parts each writer finishes: one pandoc run numbers, cites and writes all of them."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pypandoc

from cxresearch import language as words
from cxresearch.errors import CxError, OutputError, ParameterError, Problem
from cxresearch.exhibits.blocks import Block, Figure
from cxresearch.language import Phrase
from cxresearch.report import bibliography
from cxresearch.report.document import Abstract, Document
from cxresearch.report.pictures import Picture, picture
from cxresearch.report.reference_docx import LOCALES, reference_docx
from cxresearch.report.signs import without_control_signs

_TEMPLATES = ("thesis.html", "thesis.css", "thesis.openxml")
_WORDS = (
    *(
        "appendix",
        "contents",
        "continued",
        "figure",
        "figures",
        "note",
        "provenance",
        "quote_close",
        "quote_open",
        "references",
    ),
    *("skip", "table", "tables"),
    *(f"{kind}_reference{form}" for kind in ("appendix", "figure", "section", "table") for form in ("", "_first")),
)
_PICTURE = re.compile(rb"\x04([a-z0-9-]+)\x04")
_NEAR, _LEAST_LIKE = 4, 0.4


@dataclass(frozen=True, slots=True)
class Parts:
    """What pandoc wrote (`html`, `typst`, `docx`, as asked for) and the pictures that belong to it."""

    written: dict[str, bytes]
    pictures: dict[str, Picture]


def timestamp(document: Document) -> datetime:
    """Noon of the document's date in UTC: the time stamp inside the files, so that equal reports are equal bytes."""
    return datetime.combine(document.date, time(12), tzinfo=UTC)


def _blocks(document: Document) -> Iterator[Block]:
    yield from document.blocks
    for appendix in document.appendices:
        yield from appendix.blocks


def _abstract(abstract: Abstract) -> dict[str, Any]:
    spoken = abstract.language
    return {
        "language": spoken,
        "heading": words.render(Phrase("report.abstract"), spoken),
        "title": abstract.title,
        "text": abstract.text,
        "keywords": list(abstract.keywords),
        "keywords_word": words.render(Phrase("report.keywords"), spoken),
    }


def _without_picture(block: Block) -> dict[str, Any]:
    values = block.to_json()
    for name in ("svg", "png_base64"):
        values.pop(name, None)
    return values


def _citing(document: Document) -> str:
    """Every text of a document that can cite."""
    texts = [getattr(block, name, "") for block in _blocks(document) for name in ("markdown", "caption", "note")]
    return "\n".join([*texts, *(abstract.text for abstract in document.abstracts)])


def _job(document: Document, targets: Sequence[str], pictures: dict[str, Picture]) -> dict[str, Any]:
    return {
        **{name: getattr(document, name) for name in ("language", "title", "subtitle", "organisation", "kind")},
        "authors": list(document.authors),
        "provenance": document.provenance,
        "date": words.date(document.date, document.language),
        "iso_date": document.date.isoformat(),
        "locale": LOCALES[document.language],
        "abstracts": [_abstract(abstract) for abstract in document.abstracts_in_order()],
        "blocks": [_without_picture(block) for block in document.blocks],
        "appendices": [
            {"id": one.id, "title": one.title, "blocks": [_without_picture(block) for block in one.blocks]}
            for one in document.appendices
        ],
        "pictures": {id_: {"typst": one.name, "png": f"{id_}.png"} for id_, one in pictures.items()},
        "words": {word: words.render(Phrase(f"report.{word}"), document.language) for word in _WORDS},
        "sources": sorted({*bibliography.KEYS, *bibliography.keys(document.bibliography)}),
        "bibliography": ["packaged.bib", "own.bib"],
        "csl": "apa.csl",
        "targets": list(targets),
    }


@cache
def _unchanging() -> dict[str, bytes]:
    """The files that pandoc reads for every document, by their names."""
    package = resources.files("cxresearch.report")
    files = [package / "templates" / name for name in _TEMPLATES] + list((package / "lua").iterdir())
    return {file.name: file.read_bytes() for file in files} | {"apa.csl": bibliography.citation_style().encode()}


def _lay_out(folder: Path, document: Document, job: dict[str, Any], pictures: dict[str, Picture]) -> None:
    """Put everything pandoc reads into its working folder, so that it meets no other path."""
    for name, content in _unchanging().items():
        (folder / name).write_bytes(content)
    (folder / "packaged.bib").write_text(bibliography.named_in(_citing(document)), encoding="utf-8")
    (folder / "own.bib").write_text(without_control_signs(document.bibliography), encoding="utf-8")
    (folder / "job.json").write_text(json.dumps(without_control_signs(job), ensure_ascii=False), encoding="utf-8")
    if "docx" in job["targets"]:
        (folder / "reference.docx").write_bytes(reference_docx(document.language))
        for id_, one in pictures.items():
            (folder / f"{id_}.png").write_bytes(one.stand_in)


def _problem(found: dict[str, Any]) -> Problem:
    known, value = list(found.get("known", ())), str(found["value"])
    near = difflib.get_close_matches(value, known, _NEAR, _LEAST_LIKE) or known[:_NEAR] or ["–"]
    return Problem(code=f"report.{found['code']}", value=value, details={"near": ", ".join(near)})


def _run(folder: Path, document: Document) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(timestamp(document).timestamp()))}
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "lua", "thesis.lua"],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    problems = folder / "problems.json"
    if problems.exists():
        raise ParameterError(_problem(found) for found in json.loads(problems.read_text(encoding="utf-8")))
    if done.returncode != 0 or "[WARNING]" in done.stderr:
        raise OutputError(Problem(code="report.typesetting", value=done.stderr, details={"step": "pandoc"}))


def _pictures(document: Document, targets: Sequence[str]) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    problems: list[Problem] = []
    for block in _blocks(document):
        if isinstance(block, Figure):
            try:
                pictures[block.id] = picture(block, targets)
            except CxError as failure:
                problems.extend(failure.problems)
    if problems:
        raise OutputError(problems)
    return pictures


def assemble(document: Document, targets: Sequence[str]) -> Parts:
    """Number, cite and write a document for some of `html`, `typst` and `docx`, all in one pandoc run.

    Raises
    ------
    ParameterError
        If a reference or citation points to nothing, an id is used twice, or prose holds a picture.
    OutputError
        If a picture cannot be read or pandoc fails.
    """
    pictures = _pictures(document, targets)
    with tempfile.TemporaryDirectory(prefix="cxresearch-report-") as name:
        folder = Path(name)
        _lay_out(folder, document, _job(document, targets, pictures), pictures)
        _run(folder, document)
        written = {target: (folder / f"report.{target}").read_bytes() for target in targets}
    if "html" in written:
        written["html"] = _PICTURE.sub(lambda mark: pictures[mark[1].decode()].html.encode(), written["html"])
    return Parts(written, pictures)
