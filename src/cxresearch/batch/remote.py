"""Addresses in a cloud, such as `s3://bucket/key`: files fetched from there and sent there.

Addresses are those that papermill takes. What fails there is a sentence, and no sentence holds a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from cxresearch.batch.remote_stores import STORES, Store
from cxresearch.errors import OutputError, ParameterError, Problem
from cxresearch.workflow.atomic import output_error

_AT_ONCE = 8
"""Files that are sent at the same time."""

_BEGINS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_NO_CREDENTIALS = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound",
    "TokenRetrievalError", "DefaultCredentialsError", "CredentialUnavailableError",
}  # fmt: skip
_DENIED = {"PermissionError", "ClientAuthenticationError", "RefreshError", "UnauthorizedSSOTokenError"}
_UNREACHABLE = {
    "HTTPClientError", "ConnectionError", "ServiceRequestError", "ServiceResponseError", "ClientConnectionError",
    "TransportError", "TimeoutError", "NoRegionError", "EndpointProviderError",
}  # fmt: skip
_NOT_THERE = {"FileNotFoundError", "ResourceNotFoundError"}

_Answer = TypeVar("_Answer")


def is_remote(path: str) -> bool:
    """Whether a path is an address (`scheme://…`) and no path of this machine."""
    return _BEGINS.match(path) is not None


def check_address(address: str) -> None:
    """Refuse an address that no store takes, or whose store's library is not installed.

    Raises
    ------
    ParameterError
        With the ways in which an address may begin, or the extra to install.
    """
    _store(_split(address).scheme)


def shown(address: str) -> str:
    """An address as messages tell it: without user names, passwords and tokens."""
    place = urlsplit(address)
    return place._replace(netloc=place.netloc.rpartition("@")[2], query="", fragment="").geturl()


def below(address: str, path: str) -> str:
    """The address of a file in the folder at `address`."""
    place = urlsplit(address)
    return place._replace(path=f"{place.path.rstrip('/')}/{path}").geturl()


def fetch(address: str) -> bytes:
    """The bytes of a file.

    Raises
    ------
    OutputError
        If it is not there, may not be read or cannot be reached.
    """
    place = _split(address)
    return _asked(address, lambda: _store(place.scheme).read(place))


def fetch_if_there(address: str) -> bytes | None:
    """The bytes of a file, or None if there is none."""
    try:
        return fetch(address)
    except OutputError as failure:
        if all(problem.code == "remote.not_there" for problem in failure.problems):
            return None
        raise


def fetch_into(address: str, folder: Path, names: Iterable[str]) -> None:
    """Fetch those of the files `names` below `address` that are there, and are not in `folder` already.

    Raises
    ------
    OutputError
        If one may not be read, the store cannot be reached, or the folder cannot be written.
    """

    def one(name: str) -> None:
        data = fetch_if_there(below(address, name))
        if data is not None:
            write_whole(folder / name, data)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, [name for name in names if not (folder / name).exists()]))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file here, whole or not at all.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as failure:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise output_error(path.parent, failure) from failure


def send(address: str, files: Mapping[str, Path], told: Mapping[str, str]) -> int:
    """Put files into the folder at `address`; those that are there with the same bytes are left alone.

    Parameters
    ----------
    files : path in the folder → file here. told : path in the folder → SHA-256 of the file's bytes.

    Returns
    -------
    How many files were sent.

    Raises
    ------
    OutputError
        If one could not be sent.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(lambda name: _send_one(below(address, name), files[name], told[name]), files))


def _send_one(address: str, file: Path, told: str) -> bool:
    place = _split(address)
    if _asked(address, lambda: _store(place.scheme).sha256(place)) == told:
        return False
    data = file.read_bytes()
    _asked(address, lambda: _store(place.scheme).write(place, data))
    return True


def _asked(address: str, question: Callable[[], _Answer]) -> _Answer:
    """The answer of a store; whatever fails in its library becomes a sentence without the library's own text."""
    try:
        return question()
    except (OutputError, ParameterError):
        raise
    except Exception as failure:
        code, reason = _why(failure)
        problem = Problem(code=f"remote.{code}", file=shown(address), details={"reason": reason})
        raise OutputError(problem) from None  # the library's error could tell a token


def _why(failure: Exception) -> tuple[str, str]:
    """The kind of a failure, and the store's own short name for it."""
    names = {kind.__name__ for kind in type(failure).__mro__}
    response = getattr(failure, "response", None)
    told = response if isinstance(response, dict) else {}
    reason = str(told.get("Error", {}).get("Code") or type(failure).__name__)
    status = told.get("ResponseMetadata", {}).get("HTTPStatusCode") or _status(failure)
    if names & _NO_CREDENTIALS:
        return "no_credentials", reason
    if names & _DENIED or status in (401, 403):
        return "denied", reason
    if reason in ("NoSuchBucket", "ContainerNotFound"):
        return "no_bucket", reason
    if names & _NOT_THERE or status == 404:
        return "not_there", reason
    return ("unreachable" if names & _UNREACHABLE else "failed"), reason


def _status(failure: Exception) -> int:
    for name in ("status_code", "code", "status"):
        value = getattr(failure, name, None)
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            return int(value)
    return 0


def _split(address: str) -> SplitResult:
    place = urlsplit(address)
    if place.scheme not in STORES:
        known = ", ".join(f"{scheme}://" for scheme in STORES)
        raise ParameterError(Problem(code="remote.scheme", value=shown(address), details={"known": known}))
    return place


@cache
def _store(scheme: str) -> Store:
    extra, store = STORES[scheme]
    try:
        return store()
    except ImportError as failure:
        problem = Problem(code="remote.not_installed", value=f"{scheme}://", details={"extra": extra})
        raise ParameterError(problem) from failure
