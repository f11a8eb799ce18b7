from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.errors import StudyError
from cxresearch.study.document import MAX_BYTES, parse_document, read_document

QUICK = 1.0  # seconds; a file built to exhaust the machine must be refused within them

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
QUADRATIC = "a: &a " + "x" * 100_000 + "\nb: [" + ",".join(["*a"] * 50_000) + "]\n"


def refused(content: str | bytes) -> tuple[str, int | None]:
    with pytest.raises(StudyError) as raised:
        parse_document(content.encode() if isinstance(content, str) else content)
    (problem,) = raised.value.problems
    for language in ("fi", "en"):
        assert problem.what(language)
        assert problem.remedy(language)
    assert problem.file == "study.yml"
    return problem.code.removeprefix("study."), problem.line


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("", "empty", 1),
        ("# only a remark\n", "empty", 1),
        ("- a\n- b\n", "not_a_mapping", 1),
        ("just text", "not_a_mapping", 1),
        ("a: 1\n---\nb: 2\n", "several_documents", 2),
        ("%YAML 1.1\n---\na: no\n", "directive", 2),
        ("a: &x 1\n", "anchor", 1),
        ("a: 1\nb: *x\n", "anchor", 2),
        ("a: 1\nb: !!python/object:os.system ls\n", "tag", 2),
        ("a: !!str 1\n", "tag", 1),
        ("a: !include /etc/passwd\n", "tag", 1),
        ("a:\n\tb: 1\n", "tab", 2),
        ("a: 1\nb: @x\n", "syntax_character", 2),
        ("a: %x\n", "syntax_character", 1),
        ("a: b: c\n", "syntax_colon", 1),
        ("a: 1\n b: 2\n", "syntax_colon", 2),
        ("a: 1\nb\nc: 2\n", "syntax_no_colon", 3),
        ("a: 1\nb: 'open\nc: 2\n", "syntax_quote", 2),
        ('a: "C:\\data"\n', "syntax_escape", 1),
        ("a: [1\nb: 2\n", "syntax_bracket", 2),
        ("- a\nb: 2\n", "syntax_indent", 2),
        ("a: \x00\n", "bad_character", None),
        ("a:\n  ? [b]\n  : 1\n", "key_not_text", 2),
        (b"a: 1\nb: \xe4\n", "not_utf8", 2),
        ("a: 1\n".encode("utf-16"), "not_utf8", 1),
    ],
)
def test_unreadable(content: str | bytes, code: str, line: int | None) -> None:
    assert refused(content) == (code, line)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "anchor"),
        (QUADRATIC, "anchor"),
        ("a: " + "[" * 100_000, "too_deep"),
        ("a: " + "{b: " * 100_000, "too_deep"),
        ("".join(f"k{n}: 1\n" for n in range(60_000)), "too_large"),
    ],
    ids=["billion_laughs", "quadratic", "brackets", "braces", "many_keys"],
)
def test_hostile_files_end_soon(content: str, code: str) -> None:
    begin = time.perf_counter()
    assert refused(content)[0] == code
    assert time.perf_counter() - begin < (QUICK if code != "too_large" else 10 * QUICK)


def test_large_file_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "study.yml"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(StudyError, match="larger than any study needs"):
        read_document(file)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"has no study\.yml.*cxresearch new"):
        read_document(tmp_path / "study.yml")


def test_values_are_yaml_1_2() -> None:
    text = (
        "a: no\nb: Yes\nc: 0,5\nd: 007\ne: 2016-01-31\nf: ~\ng:\nh: 1e3\ni: true\nj: 2016-13-45\nk: 1_000\nl: 12:30\n"
    )
    values = parse_document(text.encode()).values
    assert values["a"] == "no"
    assert values["b"] == "Yes"
    assert values["c"] == "0,5"
    assert values["e"].isoformat() == "2016-01-31"
    assert values["f"] is None
    assert values["g"] is None
    assert values["h"] == 1000.0
    assert values["i"] is True
    assert values["j"] == "2016-13-45"
    assert values["l"] == "12:30"


def test_lines_and_written_texts() -> None:
    document = parse_document(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: [x,\r\n    007]\r\n")
    assert document.lines == {("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", "0"): 3, ("b", "c", "1"): 4}
    assert document.written[("b", "c", "1")] == "007"
    assert document.line(("b", "c", "missing")) == 3
    assert document.line(("nowhere",)) == 1


def test_duplicate_keys_are_collected_and_the_first_counts() -> None:
    document = parse_document(b"a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert document.values == {"a": 1, "b": {"c": 1}}
    assert [(problem.column, problem.line) for problem in document.problems] == [("b.c", 2), ("a", 3)]
    assert document.problems[1].what("en") == "The key a occurs twice; first on line 1."
    assert document.problems[1].what("fi") == "Avain a esiintyy kahdesti, ensin rivillä 1."


def test_fingerprint_is_of_the_bytes() -> None:
    content = b"a: 1\n# remark\n"
    assert parse_document(content).sha256 == hashlib.sha256(content).hexdigest()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_document_or_a_study_error(content: bytes) -> None:
    with contextlib.suppress(StudyError):
        parse_document(content)
