from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.codebook import Variable
from cxresearch.codebook.load import codebook_of
from cxresearch.errors import OutputError
from cxresearch.language import Label, Phrase
from cxresearch.readers import read
from cxresearch.study.draft.codebook_file import codebook_csv
from cxresearch.study.draft.roles import DraftVariable
from cxresearch.study.draft.words import identifier, readable
from cxresearch.study.draft.writing import write_new

LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30)


@given(labels=st.lists(LABELS.map(lambda text: " ".join(text.split())).filter(bool), min_size=1, max_size=5))
def test_the_codebook_reads_back_as_it_was_drafted(labels: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    drafted = [
        Variable(
            name=f"x{place}", source="staff", role="item", scale="s", reversed=place % 2 == 0, minimum=0.5, maximum=5,
            missing=("99", "-"), options={1.0: (f"a{place}",), 2.0: (f"b{place}", f"c{place}"), None: (f"d{place}",)},
            label=Label(label, label), informant="employee+customer", line=place + 2,
        )
        for place, label in enumerate(labels)
    ]  # fmt: skip
    file = tmp_path_factory.mktemp("book") / "codebook.csv"
    rows = [DraftVariable(variable, (Phrase("draft.guess.score"),)) for variable in drafted]
    file.write_bytes(codebook_csv(rows, "fi"))
    found = codebook_of(read(file, name="codebook")).variables
    assert list(found) == drafted


def test_no_cell_is_a_formula() -> None:
    row = DraftVariable(Variable(name="=1+1", source="a", role="ignore", label=Label("@x", "-5"), missing=("-1", "+")))
    lines = codebook_csv([row], "en").decode("utf-8-sig").splitlines()
    assert lines[1].split(";")[:2] == [" =1+1", "a"]
    assert " @x;-5" in lines[1]


@given(st.text(max_size=80))
def test_any_name_makes_an_id(name: str) -> None:
    made = identifier(name, "item")
    assert len(made) <= 40
    assert made[0].isalpha()
    assert made.replace("_", "a").isalnum()
    assert made == made.lower()
    assert made.isascii()


def test_a_label_is_made_of_a_name() -> None:
    assert readable("ex_01.b") == "ex 01 b"
    assert readable("___") == "___"


def test_files_appear_with_the_users_rights(tmp_path: Path) -> None:
    written = write_new(tmp_path / "new" / "study", {"a.txt": b"1", "b.txt": b"2"})
    assert [path.read_bytes() for path in written] == [b"1", b"2"]
    plain = tmp_path / "plain"
    plain.touch()
    assert written[0].stat().st_mode == plain.stat().st_mode
    assert sorted(path.name for path in written[0].parent.iterdir()) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("existing", [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: bool) -> None:
    folder = tmp_path / "new"
    if existing:
        folder.mkdir()
    sync, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot be written to .*new: No space left on device\."):
        write_new(folder, {"a.txt": b"1", "b.txt": b"2"})
    assert folder.exists() is existing
    assert list(tmp_path.iterdir()) == ([folder] if existing else [])
    assert not existing or list(folder.iterdir()) == []


def test_a_drive_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    (written,) = write_new(tmp_path, {"a.txt": b"1"})
    assert written.read_bytes() == b"1"
    with pytest.raises(OutputError, match="already there"):
        write_new(tmp_path, {"a.txt": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError):
        write_new(tmp_path / "study", {"a.txt": b"1"})
    assert (tmp_path / "study").read_text(encoding="utf-8") == "x"
