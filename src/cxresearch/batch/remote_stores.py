"""Stores in a cloud, each by the library that papermill takes for it: read a file, write one, and know one by its hash.

A file's SHA-256 is kept beside it as metadata, so that what is there already need not be sent again.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import SplitResult

_HASH = "sha256"


class Store(Protocol):
    """Where files lie under addresses. Its methods raise whatever its library raises; threads may share it."""

    def read(self, place: SplitResult) -> bytes:
        """The bytes of a file."""
        ...

    def write(self, place: SplitResult, data: bytes) -> None:
        """Put a file there, whole or not at all."""
        ...

    def sha256(self, place: SplitResult) -> str:
        """SHA-256 of the file that is there as it was told when it was written; empty if none was."""
        ...


class S3:
    """`s3://bucket/key`, with boto3: credentials, region and endpoint as boto3 finds them."""

    def __init__(self) -> None:
        boto3 = import_module("boto3")
        config = import_module("botocore.config").Config(connect_timeout=10, retries={"mode": "standard"})
        endpoint = os.environ.get("BOTO3_ENDPOINT_URL") or None  # papermill's name for it
        self.client = boto3.session.Session().client("s3", endpoint_url=endpoint, config=config)

    def read(self, place: SplitResult) -> bytes:
        """The bytes of a file."""
        data: bytes = self.client.get_object(**_s3(place))["Body"].read()
        return data

    def write(self, place: SplitResult, data: bytes) -> None:
        """Put a file there."""
        self.client.put_object(**_s3(place), Body=data, ContentType=_type(place), Metadata={_HASH: _sha256(data)})

    def sha256(self, place: SplitResult) -> str:
        """The hash told with the file."""
        try:
            told = self.client.head_object(**_s3(place))["Metadata"]
        except import_module("botocore.exceptions").ClientError as failure:
            if failure.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return ""
            raise
        return str(told.get(_HASH, ""))


class Gcs:
    """`gs://bucket/key`, with gcsfs: credentials as Google's libraries find them."""

    def __init__(self) -> None:
        self.files = import_module("gcsfs").GCSFileSystem(use_listings_cache=False)

    def read(self, place: SplitResult) -> bytes:
        """The bytes of a file."""
        data: bytes = self.files.cat_file(_gs(place))
        return data

    def write(self, place: SplitResult, data: bytes) -> None:
        """Put a file there."""
        self.files.pipe_file(_gs(place), data, metadata={_HASH: _sha256(data)}, content_type=_type(place))

    def sha256(self, place: SplitResult) -> str:
        """The hash told with the file."""
        try:
            return str((self.files.info(_gs(place)).get("metadata") or {}).get(_HASH, ""))
        except FileNotFoundError:
            return ""


class AzureBlobs:
    """`abs://account.blob.core.windows.net/container/blob?token`, with azure-storage-blob.

    The token is a shared access signature; without one the credentials are those of the environment.
    """

    def __init__(self) -> None:
        for needed in ("azure.identity", "azure.storage.blob"):
            import_module(needed)

    def read(self, place: SplitResult) -> bytes:
        """The bytes of a file."""
        data: bytes = self._blob(place).download_blob().readall()
        return data

    def write(self, place: SplitResult, data: bytes) -> None:
        """Put a file there."""
        kind = import_module("azure.storage.blob").ContentSettings(content_type=_type(place))
        told = {_HASH: _sha256(data)}
        self._blob(place).upload_blob(data, overwrite=True, metadata=told, content_settings=kind)

    def sha256(self, place: SplitResult) -> str:
        """The hash told with the file."""
        try:
            return str((self._blob(place).get_blob_properties().metadata or {}).get(_HASH, ""))
        except import_module("azure.core.exceptions").ResourceNotFoundError:
            return ""

    def _blob(self, place: SplitResult) -> Any:
        container, _, blob = place.path.lstrip("/").partition("/")
        return _azure_account(place.netloc, place.query).get_blob_client(container, blob)


class AzureDataLake:
    """`adl://store.azuredatalakestore.net/path`, with azure-datalake-store; a file is known by its bytes."""

    def __init__(self) -> None:
        import_module("azure.datalake.store")

    def read(self, place: SplitResult) -> bytes:
        """The bytes of a file."""
        with _data_lake(place.netloc).open(place.path, "rb") as file:
            data: bytes = file.read()
        return data

    def write(self, place: SplitResult, data: bytes) -> None:
        """Put a file there; it is written under another name and then renamed."""
        lake, unfinished = _data_lake(place.netloc), f"{place.path}.unfinished"
        with lake.open(unfinished, "wb") as file:
            file.write(data)
        if lake.exists(place.path):  # it renames onto no file that is there
            lake.rm(place.path)
        lake.rename(unfinished, place.path)

    def sha256(self, place: SplitResult) -> str:
        """The hash of what is there."""
        try:
            return _sha256(self.read(place))
        except FileNotFoundError:
            return ""


STORES: Mapping[str, tuple[str, Callable[[], Store]]] = {
    "s3": ("s3", S3),
    "gs": ("gcs", Gcs),
    "abs": ("azure", AzureBlobs),
    "adl": ("azure", AzureDataLake),
}
"""How an address begins → the extra that brings the library, and the store."""


@cache
def _azure_account(host: str, token: str) -> Any:
    blobs, identity = import_module("azure.storage.blob"), import_module("azure.identity")
    return blobs.BlobServiceClient(f"https://{host}", credential=token or identity.EnvironmentCredential())


@cache
def _data_lake(host: str) -> Any:
    lake = import_module("azure.datalake.store")
    return lake.core.AzureDLFileSystem(lake.lib.auth(), store_name=host.partition(".")[0])


def _s3(place: SplitResult) -> dict[str, str]:
    return {"Bucket": place.netloc, "Key": place.path.lstrip("/")}


def _gs(place: SplitResult) -> str:
    return f"{place.netloc}{place.path}"


def _type(place: SplitResult) -> str:
    return mimetypes.guess_type(place.path)[0] or "application/octet-stream"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
