"""Encodings are told apart by marks, zero bytes, UTF-8's own rules and letters inside words."""

from __future__ import annotations

import pytest

from cxresearch.errors import ReadError
from cxresearch.readers.breaks import LineEnds, line_ends
from cxresearch.readers.encoding import check_text, decode, settle_encoding

TEXT = "yksikkö;pistemäärä;”huomio”\r\nÄänekoski;4,5;€ – don’t\r\n"


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_detection(codec: str, found: str) -> None:
    data = TEXT.encode(codec)
    encoding = settle_encoding(None, lambda: [data], "file")
    assert encoding == found
    assert decode(data, encoding, "file") == TEXT


def test_big_endian_mark() -> None:
    data = "\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be")
    assert decode(data, settle_encoding(None, lambda: [data], "file"), "file") == TEXT


def test_latin_1_has_the_letters_of_cp1252() -> None:
    data = "äöå ÄÖÅ éü ß".encode("latin-1")
    assert decode(data, settle_encoding(None, lambda: [data], "file"), "file") == "äöå ÄÖÅ éü ß"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces_do_not_matter(size: int) -> None:
    data = (TEXT * 3 + "a\rb\nc").encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert check_text(pieces, "utf-8", "file") == line_ends(data.decode()) == LineEnds(crlf=6, cr=1, lf=1)


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_broken_byte_is_named_with_its_line(size: int, end: str) -> None:
    data = end.join(["ääkköset", "öljy", "x"]).encode() + b"\xe4!" + end.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    encoding = settle_encoding(None, lambda: [data], "file.csv")
    with pytest.raises(ReadError) as caught:
        check_text(pieces, encoding, "file.csv")
    assert str(caught.value).startswith("file.csv:3: The byte 0xE4 cannot be read as utf-8.")
    assert caught.value.text("fi").startswith("file.csv:3: Tavua 0xE4 ei voi tulkita merkistökoodauksella utf-8.")
