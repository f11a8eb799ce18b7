"""A study that is held open is read once, until one of its files changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cxresearch.workflow import kept_open, session
from cxresearch.workflow.session import keep_open, open_study
from tests.workflow.tiny_study import tiny


@pytest.fixture(autouse=True)
def nothing_held() -> Iterator[None]:
    kept_open._OPEN.clear()
    yield
    kept_open._OPEN.clear()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tiny(4)
    made.replace("permutations: 99, bootstrap: 99", "permutations: 99, bootstrap: 100")
    folder = made.write(tmp_path / "data" / "tiny")
    keep_open(folder)
    monkeypatch.setattr(session, "load_study", _refused)
    return folder


def _refused(folder: Path) -> None:
    raise AssertionError(f"{folder} is read again")


def test_it_is_not_read_again(place: Path) -> None:
    fi, en = open_study(place, language="fi"), open_study(place, language="en")
    assert fi.findings is en.findings
    assert (fi.screen.language, en.screen.language) == ("fi", "en")


@pytest.mark.parametrize("name", ["study.yml", "codebook.csv", "raw/staff.csv", "raw/guests.csv"])
def test_a_changed_file_is_read_again(place: Path, name: str) -> None:
    path = place / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(AssertionError, match="is read again"):
        open_study(place)


def test_another_seed_place_or_bundle_is_read(place: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is read again"):
        open_study(place, seed=3)
    with pytest.raises(AssertionError, match="is read again"):
        open_study(place, run=str(tmp_path / "elsewhere"))
    (tmp_path / "reports" / "tiny" / "bundle" / "findings.json").unlink()
    with pytest.raises(AssertionError, match="is read again"):
        open_study(place)
