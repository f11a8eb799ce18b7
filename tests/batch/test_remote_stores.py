"""Stores other than Amazon's, with stand-ins that take what the real libraries take."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cxresearch.batch import remote, remote_stores
from cxresearch.batch.remote import fetch, send
from cxresearch.errors import OutputError
from cxresearch.provenance import sha256_of

TOKEN = "sig=never-told"
ADDRESSES = {
    "gs": "gs://surveys/out",
    "abs": f"abs://acct.blob.core.windows.net/surveys/out?{TOKEN}",
    "adl": "adl://lake.azuredatalakestore.net/surveys/out",
}


class Files:
    """Google's files: `gcsfs.GCSFileSystem`."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept

    def cat_file(self, path: str) -> bytes:
        if path not in self.kept:
            raise FileNotFoundError(path)
        return bytes(self.kept[path][0])

    def pipe_file(self, path: str, data: bytes, *, metadata: dict[str, str], content_type: str) -> None:
        self.kept[path] = (data, metadata, content_type)

    def info(self, path: str) -> dict[str, Any]:
        return {"metadata": self.kept[path][1], "size": len(self.cat_file(path))} if self.cat_file(path) else {}


class AbsentError(Exception):
    status_code = 404


class Blob:
    """One of Azure's blobs: `azure.storage.blob.BlobClient`."""

    def __init__(self, kept: dict[str, Any], name: str) -> None:
        self.kept, self.name = kept, name

    def _found(self) -> Any:
        if self.name not in self.kept:
            raise AbsentError(f"no blob; the address was …?{TOKEN}")
        return self.kept[self.name]

    def download_blob(self) -> Any:
        return SimpleNamespace(readall=lambda: self._found()[0])

    def get_blob_properties(self) -> Any:
        return SimpleNamespace(metadata=self._found()[1])

    def upload_blob(self, data: bytes, *, overwrite: bool, metadata: dict[str, str], content_settings: Any) -> None:
        assert overwrite
        self.kept[self.name] = (data, metadata, content_settings.content_type)


class Lake:
    """Azure's data lake: `azure.datalake.store.core.AzureDLFileSystem`."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept

    def open(self, path: str, mode: str) -> Any:
        if mode == "rb":
            if path not in self.kept:
                raise FileNotFoundError(path)
            return io.BytesIO(self.kept[path][0])
        kept = self.kept

        class Written(io.BytesIO):
            def close(self) -> None:
                kept[path] = (self.getvalue(), {}, "")
                super().close()

        return Written()

    def exists(self, path: str) -> bool:
        return path in self.kept

    def rm(self, path: str) -> None:
        del self.kept[path]

    def rename(self, path1: str, path2: str) -> None:
        assert path2 not in self.kept
        self.kept[path2] = self.kept.pop(path1)


def module(monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
    made = ModuleType(name)
    for key, value in contents.items():
        setattr(made, key, value)
    monkeypatch.setitem(sys.modules, name, made)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What lies in the store, by its path there."""
    kept: dict[str, Any] = {}
    account = SimpleNamespace(get_blob_client=lambda container, blob: Blob(kept, f"{container}/{blob}"))
    module(monkeypatch, "gcsfs", GCSFileSystem=lambda use_listings_cache: Files(kept))
    module(monkeypatch, "azure")
    module(monkeypatch, "azure.core")
    module(monkeypatch, "azure.core.exceptions", ResourceNotFoundError=AbsentError)
    module(monkeypatch, "azure.identity", EnvironmentCredential=lambda: None)
    module(monkeypatch, "azure.storage")
    module(
        monkeypatch, "azure.storage.blob", ContentSettings=SimpleNamespace,
        BlobServiceClient=lambda url, credential: account if (url, credential) == (
            "https://acct.blob.core.windows.net", TOKEN) else None,
    )  # fmt: skip
    module(monkeypatch, "azure.datalake")
    store = SimpleNamespace(AzureDLFileSystem=lambda token, store_name: Lake(kept) if store_name == "lake" else None)
    module(monkeypatch, "azure.datalake.store", core=store, lib=SimpleNamespace(auth=lambda: "token"))
    for cached in (remote._store, remote_stores._azure_account, remote_stores._data_lake):
        cached.cache_clear()
    yield kept
    for cached in (remote._store, remote_stores._azure_account, remote_stores._data_lake):
        cached.cache_clear()


@pytest.mark.parametrize("scheme", list(ADDRESSES))
def test_files_are_sent_once_and_come_back(scheme: str, kept: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(b"<p>one</p>")
    address = ADDRESSES[scheme]
    assert send(address, {"a/a.html": file}, {"a/a.html": sha256_of(file)}) == 1
    assert send(address, {"a/a.html": file}, {"a/a.html": sha256_of(file)}) == 0
    assert fetch(remote.below(address, "a/a.html")) == b"<p>one</p>"
    file.write_bytes(b"<p>two</p>")
    assert send(address, {"a/a.html": file}, {"a/a.html": sha256_of(file)}) == 1
    assert [found[0] for found in kept.values()] == [b"<p>two</p>"]
    assert {found[2] for found in kept.values()} <= {"text/html", ""}


@pytest.mark.parametrize("scheme", list(ADDRESSES))
def test_what_is_not_there_is_told_without_a_token(scheme: str, kept: dict[str, Any]) -> None:
    with pytest.raises(OutputError) as caught:
        fetch(remote.below(ADDRESSES[scheme], "none.csv"))
    (problem,) = caught.value.problems
    assert problem.what("en") == f"There is nothing at {ADDRESSES[scheme].partition('?')[0]}/none.csv."
    assert "never-told" not in caught.value.text("en") + caught.value.text("fi") + repr(caught.value)
    assert caught.value.__suppress_context__
