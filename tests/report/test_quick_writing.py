"""What makes writing quick changes nothing in what is written."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import docx
import pypandoc
import pytest
from PIL import Image

from cxresearch.exhibits.blocks import Figure, Prose
from cxresearch.report import Document, render_report
from cxresearch.report.bibliography import KEYS, named_in, packaged
from cxresearch.report.pictures import drawn_png

Sample = Callable[[str], Document]

TEXTS = (
    *("plain words", "- a dash first", "= a sign first", "1. a number first", "+ a plus first", "/ a slash first"),
    *("<b>x</b> & <i", "p < .001, n > 5", "a <!-- b --> c", r"\alpha \newcommand{\x}{y} $\x$", "`a`{=html} {= b}"),
    *("---\ntitle: x\n---\n\ny", "% t\n% a\n\nb", "100 % of it", "# Head\n\n[Head]", "Head\n=\n\nx", "Head\n-\n\nx"),
    *(
        "> Head\n> ---\n\nx",
        "- Head\n  ====\n\nx",
        "![cap](a.png)",
        "a!",
        "(@) one\n(@) two",
        "(@good) one\n\nsee (@good)",
    ),
    *(
        "@brown2008. Then",
        "[@brown2008]",
        "| a | b |\n|--|--|\n| 1 | 2 |\n\n: cap",
        "  a   b\n--- ---\n  1   2\n\nTable: t",
    ),
    *(
        "<div>x</div>",
        "<span class='a'>b</span>",
        "::: {.x}\na\n:::",
        "[a]{.b}",
        "“quoted” – dash… *em* **st** ~sub~ ^sup^",
    ),
    *(
        "$x^2$ and $$y$$",
        "two words\\\nbroken",
        "e.g. Mr. Smith",
        "x -- y --- z",
        "#1 and #2",
        "a\u00a0b 5 %",
        "''q'' \"q\"",
    ),
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M1 1L29 9" stroke="#0A4A82"/></svg>'
DRAWN = Figure("fig-drawn", "Drawn", "A line.", svg=SVG, width_cm=12)


@pytest.fixture(scope="module")
def both_ways() -> dict[str, list[bool]]:
    scripts = str(resources.files("cxresearch.report") / "lua")
    command = [pypandoc.get_pandoc_path(), "lua", str(Path(__file__).with_name("quick_reading.lua")), scripts]
    given = json.dumps(TEXTS, ensure_ascii=False)
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", check=True)
    found: dict[str, list[bool]] = json.loads(done.stdout)
    return found


def test_only_the_parts_of_markdown_that_matter_are_named(both_ways: dict[str, list[bool]]) -> None:
    assert [text for text, same in zip(TEXTS, both_ways["read"], strict=True) if not same] == []


def test_pieces_written_together_are_as_if_written_alone(both_ways: dict[str, list[bool]]) -> None:
    assert [text for text, same in zip(TEXTS * 2, both_ways["written"], strict=True) if not same] == []


def test_sources_that_are_not_named_are_left_out() -> None:
    assert named_in("So says [@brown2008].").count("@") == 1
    assert named_in(" ".join(KEYS)) == "\n".join(line for line in packaged().splitlines() if line.startswith("@"))


def test_a_drawn_picture_has_its_width_and_no_more_colours_than_it_needs() -> None:
    picture = Image.open(io.BytesIO(drawn_png(DRAWN)))
    assert picture.size == (round(12 / 2.54 * 200), round(4 / 2.54 * 200))
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert "date:create" not in picture.info


def test_word_gets_the_whole_picture_in_its_shape(sample: Sample) -> None:
    document = dataclasses.replace(sample("en"), blocks=(*sample("en").blocks, DRAWN))
    content = render_report(document, ["docx"])["docx"]
    shape = docx.Document(io.BytesIO(content)).inline_shapes[-1]
    assert shape.width.cm == pytest.approx(12, abs=0.05)
    assert shape.height / shape.width == pytest.approx(1 / 3, abs=0.005)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sizes = [Image.open(io.BytesIO(packed.read(name))).width for name in packed.namelist() if "/media/" in name]
    assert min(sizes) > 900


def test_html_holds_every_drawing_once(sample: Sample) -> None:
    document = dataclasses.replace(sample("en"), blocks=(*sample("en").blocks, DRAWN))
    page = render_report(document, ["html"])["html"].decode()
    assert len(re.findall(r"<figure id", page)) == len(re.findall(r"<svg", page))
    assert not re.search("[\x01-\x08]", page)


def test_control_signs_of_a_text_do_not_look_like_marks(sample: Sample) -> None:
    own = "@book{oma2026, author = {Oma, Olli}, year = {2026}, title = {Oma \x011\x02 kirja}}"
    blocks = (*sample("en").blocks, Prose("A \x011\x02 b \x04fig-scatter\x04 [@oma2026]."))
    document = dataclasses.replace(sample("en"), blocks=blocks, bibliography=own)
    files = render_report(document, ["html", "pdf", "docx"])
    assert "A 1 b fig-scatter" in files["html"].decode()


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_warming_up_leaves_no_thread() -> None:
    code = (
        "import os; from cxresearch.report.warmup import warm_up; before = len(os.listdir('/proc/self/task')); "
        "warm_up(); print(before, len(os.listdir('/proc/self/task')))"
    )
    alone = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | alone, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1"]
