"""Which characters the bytes of a text file stand for.

A byte order mark decides; then zero bytes in every other place (UTF-16 without a mark); then whether the whole file
is valid UTF-8; else it is a Western one-byte encoding: cp1252, or Mac Roman if cp1252 would put capital letters
such as Š and Œ inside lower-case words. Latin-1 is read as cp1252, which has the same letters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable

from cxresearch.readers.breaks import LineEnds, line_ends, line_of
from cxresearch.readers.refusal import refusal

Chunks = Callable[[], Iterable[bytes]]

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_MAC_LETTER = re.compile(rb"(?<=[a-z])[\x8a\x8c\x8e\x9f](?=[a-z])")
_WESTERN_LETTER = re.compile(rb"(?<=[a-z])[\xe0-\xff](?=[a-z])")
_TABLE_SIGNS = '\r\n;,\t|" 0123456789'
_UTF16_SAMPLE = 1 << 16


def settle_encoding(declared: str | None, chunks: Chunks, shown_as: str) -> str:
    """The declared encoding if the file does not contradict it, else the detected one, as a Python codec name.

    Raises
    ------
    ReadError
        Unknown encoding; a byte order mark that says otherwise.
    """
    head = next(iter(chunks()), b"")
    mark = next((name for bom, name in _MARKS if head.startswith(bom)), None)
    if declared is None:
        return mark or _detect(head, chunks)
    try:
        codec = codecs.lookup(declared).name
    except LookupError:
        raise refusal("unknown_encoding", shown_as, value=declared) from None
    if mark is None:
        return codec
    if not codec.startswith(mark.removesuffix("-sig")):
        raise refusal("encoding_contradicted", shown_as, value=declared, found=mark.removesuffix("-sig"))
    return mark


def _detect(head: bytes, chunks: Chunks) -> str:
    if wide := _utf16_without_mark(head[:_UTF16_SAMPLE]):
        return wide
    if _is_utf8(chunks()):
        return "utf-8"
    return _western(chunks())


def _utf16_without_mark(sample: bytes) -> str | None:
    if b"\0" not in sample:
        return None
    even = sample[: len(sample) // 2 * 2]
    signs = {name: _table_signs(even.decode(name, "replace")) for name in ("utf-16-le", "utf-16-be")}
    best = max(signs, key=lambda name: signs[name])
    return best if signs[best] else None


def _table_signs(text: str) -> int:
    if "\n" not in text and "\r" not in text:
        return 0
    return sum(text.count(sign) for sign in _TABLE_SIGNS)


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in chunks:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _western(chunks: Iterable[bytes]) -> str:
    sequences = stray = mac = western = 0
    for piece in chunks:
        found = _MULTIBYTE.findall(piece)
        sequences += len(found)
        stray += len(_HIGH.findall(piece)) - sum(map(len, found))
        mac += len(_MAC_LETTER.findall(piece))
        western += len(_WESTERN_LETTER.findall(piece))
    if sequences > stray:  # UTF-8 with broken places: decoding will name the line instead of garbling every letter
        return "utf-8"
    return "mac_roman" if mac > western else "cp1252"


def decode(data: bytes, encoding: str, shown_as: str) -> str:
    """The text of a whole file.

    Raises
    ------
    ReadError
        Undecodable bytes or zero bytes, with the line.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        check_text([data], encoding, shown_as)
        raise
    if "\0" in text:
        raise refusal("zero_bytes", shown_as, line=line_of(text[: text.index("\0")]))
    return text


def check_text(chunks: Iterable[bytes], encoding: str, shown_as: str) -> LineEnds:
    """Decode a file piece by piece without keeping it, and count its line ends.

    Raises
    ------
    ReadError
        Undecodable bytes or zero bytes, with the line.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    sofar = LineEnds()
    held = ""  # a CR at the end of a piece may be half of a CRLF
    for piece in _with_end(chunks):
        try:
            text = held + decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            before = held + error.object[: error.start].decode(encoding, "replace")
            raise refusal(
                "undecodable",
                shown_as,
                line=sofar.total + line_of(before),
                value=f"0x{error.object[error.start]:02X}",
                encoding=encoding.removesuffix("-sig"),
            ) from None
        if "\0" in text:
            raise refusal("zero_bytes", shown_as, line=sofar.total + line_of(text[: text.index("\0")]))
        held = "\r" if text.endswith("\r") and piece else ""
        ends = line_ends(text[: len(text) - len(held)])
        sofar += ends
    return sofar


def _with_end(chunks: Iterable[bytes]) -> Iterable[bytes]:
    yield from chunks
    yield b""
