"""Batches and papermill on a store in a cloud: a server of its own with Amazon's protocol."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import papermill
import pytest
from moto import settings
from moto.server import ThreadedMotoServer

from cxresearch.batch import remote, remote_stores
from cxresearch.batch.merge import merge_shards
from cxresearch.batch.remote import below, fetch, is_remote, send, shown
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.run import BatchResult, run_batch
from cxresearch.errors import CxError, OutputError, ParameterError
from cxresearch.language import Phrase, render
from cxresearch.provenance import sha256_of
from tests.batch.fakes import FakeWarm, opener, small_request, write_notebook

SECRET = "never-told-9f8e7d"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """An empty bucket `surveys`, and the way to it as users set it."""
    for name, value in {
        "AWS_ENDPOINT_URL": server, "BOTO3_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    forget_clients(monkeypatch)
    bucket = boto3.resource("s3").Bucket("surveys")
    bucket.create()
    yield bucket
    urlopen(Request(f"{server}/moto-api/reset", method="POST")).close()
    remote._store.cache_clear()


def forget_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next question be asked by a new client: one process of a user asks with one set of credentials."""
    remote._store.cache_clear()
    s3 = pytest.importorskip("papermill.s3")
    monkeypatch.setattr(s3.S3, "s3_session", (None, None, None))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def keys(bucket: Any) -> set[str]:
    return {found.key for found in bucket.objects.all()}


def upload_inputs(bucket: Any, folder: Path, teams: str = "ABC") -> BatchRequest:
    """A batch whose table and notebook lie in the bucket, and that writes there."""
    local = small_request(folder, teams, languages=("en",))
    bucket.upload_file(local.table, "in/teams.csv")
    bucket.upload_file(local.notebook, "in/own.ipynb")
    return BatchRequest(
        table="s3://surveys/in/teams.csv",
        notebook="s3://surveys/in/own.ipynb",
        out="s3://surveys/out/teams",
        languages=("en",),
        formats=("html",),
        jobs=2,
    )


def made(request: BatchRequest, warm: FakeWarm, told: list[str] | None = None) -> BatchResult:
    def tell(phrase: Phrase) -> None:
        if told is not None:
            told.append(render(phrase, "en"))

    return run_batch(request, open_warm=opener(warm), tell=tell)


def test_a_batch_takes_its_inputs_from_the_store_and_sends_its_reports_there(
    bucket: Any, here: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    result = made(upload_inputs(bucket, tmp_path), FakeWarm(), told)
    assert result.exit_code == 0
    rows = ("a-1", "b-2", "c-3")
    reports = {f"out/teams/{row}/{row}-en.{form}" for row in rows for form in ("html", "ipynb")}
    assert keys(bucket) - {"in/teams.csv", "in/own.ipynb"} == reports | {
        "out/teams/journal.jsonl",
        "out/teams/index-en.html",
    }
    found = bucket.Object("out/teams/a-1/a-1-en.html").get()
    assert found["Body"].read() == b"<p>report</p>" and found["ContentType"] == "text/html"
    staged = here / "reports" / "remote" / "surveys-out-teams"
    assert (staged / "a-1" / "a-1-en.html").is_file()
    assert (
        told[0] == f"The batch is made in the folder {staged}, which is kept, so that the batch can go on from there."
    )
    assert told[-1] == "Sent to s3://surveys/out/teams."


def test_a_second_batch_makes_and_sends_nothing_again(bucket: Any, here: Path, tmp_path: Path) -> None:
    request = upload_inputs(bucket, tmp_path)
    log = tmp_path / "log"
    made(request, FakeWarm(log=log))
    before = {found.key: found.last_modified for found in bucket.objects.all() if not found.key.startswith("in/")}
    etags = {key: bucket.Object(key).e_tag for key in before}
    sent: list[str] = []
    write = remote_stores.S3.write

    def counted(self: remote_stores.S3, place: Any, data: bytes) -> None:
        sent.append(place.path)
        write(self, place, data)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(remote_stores.S3, "write", counted)
        result = made(request, FakeWarm(log=log))
    assert not result.outcomes and len(log.read_text().splitlines()) == 3
    assert {path for path in sent if not path.endswith(("journal.jsonl", "index-en.html"))} == set()
    assert {key: bucket.Object(key).e_tag for key in before if "-en." in key and "index" not in key} == {
        key: tag for key, tag in etags.items() if "-en." in key and "index" not in key
    }


def test_what_was_removed_from_the_store_is_sent_again_without_making_it(
    bucket: Any, here: Path, tmp_path: Path
) -> None:
    request, log = upload_inputs(bucket, tmp_path), tmp_path / "log"
    made(request, FakeWarm(log=log))
    bucket.Object("out/teams/b-2/b-2-en.html").delete()
    bucket.Object("out/teams/c-3/c-3-en.html").put(Body=b"someone else's")
    made(request, FakeWarm(log=log))
    assert bucket.Object("out/teams/b-2/b-2-en.html").get()["Body"].read() == b"<p>report</p>"
    assert bucket.Object("out/teams/c-3/c-3-en.html").get()["Body"].read() == b"<p>report</p>"
    assert len(log.read_text().splitlines()) == 3


def test_another_machine_goes_on_from_what_the_store_has(
    bucket: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, log = upload_inputs(bucket, tmp_path), tmp_path / "log"

    def act(team: str, level: int, language: str) -> None:
        if team == "B":
            raise ValueError("not today")

    assert made(request, FakeWarm(act, log=log)).exit_code == 3
    assert "out/teams/b-2/b-2-en.html" not in keys(bucket)
    other = tmp_path / "there"
    other.mkdir()
    monkeypatch.chdir(other)
    result = made(request, FakeWarm(log=log))
    assert set(result.outcomes) == {"b-2"} and result.exit_code == 0
    assert len(log.read_text().splitlines()) == 3
    assert "out/teams/b-2/b-2-en.html" in keys(bucket)


def test_a_row_that_cannot_be_sent_has_failed_and_is_only_sent_the_next_time(
    bucket: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, log = upload_inputs(bucket, tmp_path), tmp_path / "log"
    write = remote_stores.S3.write

    def broken(self: remote_stores.S3, place: Any, data: bytes) -> None:
        if "b-2-en.html" in place.path:
            raise ConnectionError(f"reset while sending with {SECRET}")
        write(self, place, data)

    with monkeypatch.context() as patched:
        patched.setattr(remote_stores.S3, "write", broken)
        result = made(request, FakeWarm(log=log))
    assert result.exit_code == 3
    (failed,) = result.failed
    problem = failed.problem()
    assert problem is not None
    assert problem.what("en") == (
        "The store of s3://surveys/out/teams/b-2/b-2-en.html cannot be reached (ConnectionError)."
    )
    assert problem.what("fi") == (
        "Tallennuspalveluun, jossa s3://surveys/out/teams/b-2/b-2-en.html on, ei saada yhteyttä (ConnectionError)."
    )
    assert SECRET not in (here / "reports" / "remote" / "surveys-out-teams" / "journal.jsonl").read_text()
    again = made(request, FakeWarm(log=log))
    assert set(again.outcomes) == {"b-2"} and again.exit_code == 0
    assert len(log.read_text().splitlines()) == 3, "it was sent, not made again"
    assert "out/teams/b-2/b-2-en.html" in keys(bucket)


def refused(request: BatchRequest) -> CxError:
    with pytest.raises(CxError) as caught:
        made(request, FakeWarm())
    return caught.value


def test_wrong_credentials_are_told_without_a_secret(
    bucket: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = upload_inputs(bucket, tmp_path)
    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)  # from here on the server looks at keys
    error = refused(request)
    assert isinstance(error, OutputError)
    assert error.problems[0].what("en") == (
        "The store refused access to s3://surveys/in/teams.csv (InvalidAccessKeyId)."
    )
    for language in ("fi", "en"):
        assert SECRET not in error.text(language) and "somebody" not in error.text(language)
    assert error.__cause__ is None


def test_missing_credentials_are_told(bucket: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = upload_inputs(bucket, tmp_path)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget_clients(monkeypatch)
    assert refused(request).problems[0].what("en") == "There are no credentials for s3://surveys/in/teams.csv."


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("s3://surveys/in/Teams.csv", "There is nothing at s3://surveys/in/Teams.csv."),
        ("s3://absent/teams.csv", "The bucket or container of s3://absent/teams.csv does not exist."),
    ],
)
def test_a_wrong_address_is_told(bucket: Any, address: str, sentence: str) -> None:
    with pytest.raises(OutputError) as caught:
        fetch(address)
    assert caught.value.problems[0].what("en") == sentence


def test_a_store_that_is_away_is_told(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "BOTO3_ENDPOINT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    forget_clients(monkeypatch)
    with pytest.raises(OutputError) as caught:
        fetch("s3://surveys/in/teams.csv")
    assert caught.value.problems[0].what("en") == (
        "The store of s3://surveys/in/teams.csv cannot be reached (EndpointConnectionError)."
    )


def test_an_address_that_no_store_takes_is_told(here: Path) -> None:
    request = BatchRequest(table="ftp://me:pw@host/teams.csv", notebook="own.ipynb", languages=("en",))
    error = refused(request)
    assert isinstance(error, ParameterError)
    assert error.problems[0].what("en") == "Files cannot be read from or sent to ftp://host/teams.csv."
    assert (
        error.problems[0].remedy("en").startswith("An address begins with one of these: s3://, gs://, abs://, adl://.")
    )


@pytest.mark.parametrize(
    ("address", "library", "extra"),
    [
        ("gs://b/t.csv", "gcsfs", "gcs"),
        ("abs://a.blob.core.windows.net/c/t.csv?sig=x", "azure.storage.blob", "azure"),
        ("s3://b/t.csv", "boto3", "s3"),
    ],
)
def test_a_library_that_is_missing_is_named_by_its_extra(
    address: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    remote._store.cache_clear()
    with pytest.raises(ParameterError) as caught:
        fetch(address)
    remote._store.cache_clear()
    assert caught.value.problems[0].remedy("en") == f"Install it with: pip install 'cxresearch[{extra}]'."


def test_shards_of_two_machines_meet_in_the_store(
    bucket: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = upload_inputs(bucket, tmp_path, "ABCDEF")
    for part in (1, 2):
        machine = tmp_path / f"machine-{part}"
        machine.mkdir()
        monkeypatch.chdir(machine)
        made(replace_shard(request, f"{part}/2"), FakeWarm())
    assert {"out/teams/journal-1-of-2.jsonl", "out/teams/journal-2-of-2.jsonl"} <= keys(bucket)
    monkeypatch.chdir(here)
    merged = merge_shards(request, of=2, tell=lambda phrase: None)
    assert merged.rows == 6 and merged.exit_code == 0
    assert {"out/teams/journal.jsonl", "out/teams/index-en.html"} <= keys(bucket)


def replace_shard(request: BatchRequest, shard: str) -> BatchRequest:
    return replace(request, shard=shard)


def test_addresses_are_told_without_their_secrets() -> None:
    assert shown("abs://acct.blob.core.windows.net/c/p?sig=secret") == "abs://acct.blob.core.windows.net/c/p"
    assert shown("s3://key:secret@bucket/p") == "s3://bucket/p"
    assert below("abs://a.blob.core.windows.net/c/p?sig=s", "r/r.html") == (
        "abs://a.blob.core.windows.net/c/p/r/r.html?sig=s"
    )
    assert below("s3://bucket/p/", "r.html") == "s3://bucket/p/r.html"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("s3://b/k", True), ("gs://b", True), ("C:\\data\\t.csv", False), ("/data/t.csv", False), ("t.csv", False)],
)
def test_what_is_an_address(path: str, *, expected: bool) -> None:
    assert is_remote(path) is expected


def test_papermill_runs_a_notebook_from_the_store_into_the_store(bucket: Any, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "own.ipynb", "print(team * 3)")
    bucket.upload_file(str(notebook), "in/own.ipynb")
    papermill.execute_notebook(
        "s3://surveys/in/own.ipynb", "s3://surveys/out/done.ipynb", {"team": "X"}, engine_name="cx-warm",
        kernel_name="python3", language="python", progress_bar=False,
    )  # fmt: skip
    assert b"XXX" in bucket.Object("out/done.ipynb").get()["Body"].read()


def test_only_what_differs_is_sent(bucket: Any, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("a.html", "b.pdf")}
    for name, path in files.items():
        path.write_bytes(name.encode())
    hashes = {name: sha256_of(path) for name, path in files.items()}
    assert send("s3://surveys/x", files, hashes) == 2
    assert send("s3://surveys/x", files, hashes) == 0
    files["b.pdf"].write_bytes(b"new")
    assert send("s3://surveys/x", files, hashes | {"b.pdf": sha256_of(files["b.pdf"])}) == 1
    assert fetch("s3://surveys/x/b.pdf") == b"new"
