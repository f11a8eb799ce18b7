"""The writings in which a program may show a value: as it is, escaped, or encoded."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Signs below which a value, or a writing of it, is not searched: it would be found in ordinary text."""

_PERCENT = re.compile(r"%[0-9A-F]{2}")


def forms_of(value: str) -> frozenset[str]:
    """All writings of a value: plain, URL-encoded, JSON-, Python- and HTML-escaped (and these in JSON), hex, Base64.

    Base64 also finds the value in the middle of a longer encoded text: for each of the three places at which a value
    may begin in a group of three bytes, the signs that do not depend on its neighbours. A value, or a writing, shorter
    than `SHORTEST` has none.
    """
    if len(value) < SHORTEST:
        return frozenset()
    escaped = {value, *_in_addresses(value), *_as_literals(value), *_in_html(value)}
    in_json = {one for form in escaped for one in _in_json(form)}
    data = value.encode("utf-8", "surrogatepass")
    encoded = {data.hex(), data.hex().upper(), *_base64(data)}
    return frozenset(form for form in escaped | in_json | encoded if len(form) >= SHORTEST)


def _in_addresses(value: str) -> Iterator[str]:
    for encode in (quote, quote_plus):
        for safe in ("", "/"):
            encoded = encode(value, safe=safe, errors="surrogatepass")
            yield encoded
            yield _PERCENT.sub(lambda match: match.group().lower(), encoded)


def _as_literals(value: str) -> Iterator[str]:
    yield repr(value)[1:-1]
    yield ascii(value)[1:-1]
    yield from _in_json(value)


def _in_html(value: str) -> Iterator[str]:
    yield html.escape(value, quote=False)
    yield html.escape(value)
    yield html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _in_json(value: str) -> Iterator[str]:
    for escape_all in (True, False):
        written = json.dumps(value, ensure_ascii=escape_all)[1:-1]
        yield written
        yield written.replace("/", "\\/")


def _base64(data: bytes) -> Iterator[str]:
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        first = -(-before * 8 // 6)
        whole = (before + len(data)) * 8 // 6
        core = encoded[first:whole]
        yield core
        yield core.translate(str.maketrans("+/", "-_"))
