"""File hashing, against the published SHA-256 test vectors (FIPS 180-4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxresearch.provenance import Source, sha256_of

VECTORS = [
    (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
]


@pytest.mark.parametrize(("content", "digest"), VECTORS)
def test_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path, content: bytes, digest: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256_of(path) == digest
    assert Source(name="staff", file="file", sha256=digest).sha256 == digest
