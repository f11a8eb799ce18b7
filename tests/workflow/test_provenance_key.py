"""The key of the findings speaks of all that they are made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cxresearch.study import load_study
from cxresearch.workflow import analysis
from cxresearch.workflow.analysis import all_hashed, provenance
from tests.workflow.tiny_study import Tiny, tiny


def key(made: Tiny, folder: Path, seed: int = 1) -> str:
    return provenance(load_study(made.write(folder)), seed).key


def test_plan_codebook_data_and_seed_change_the_key(tmp_path: Path) -> None:
    keys = [key(tiny(4), tmp_path), key(tiny(4), tmp_path, 2)]
    for old, new in (("permutations: 99", "permutations: 100"), ("2026-01-31", "2026-02-01")):
        made = tiny(4)
        made.replace(old, new)
        keys.append(key(made, tmp_path))
    made = tiny(4)
    made.recode("Support", "Help")
    keys += [key(made, tmp_path), key(tiny(4, seed=8), tmp_path)]
    assert len(set(keys)) == len(keys)
    assert key(tiny(4), tmp_path) == keys[0]


def test_the_programs_own_text_changes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(tiny(4), tmp_path)
    monkeypatch.setattr(analysis, "code_sha256", lambda: "0" * 64)
    assert key(tiny(4), tmp_path) != before


def test_data_without_a_hash_are_read_again(tmp_path: Path) -> None:
    study = load_study(tiny(4).write(tmp_path))
    made_from = provenance(study, 1)
    assert all_hashed(study, made_from)
    assert not all_hashed(study, replace(made_from, data_sha256={"raw/staff.csv": "0" * 64}))


def test_a_locked_file_stops_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(analysis, "sha256_of", locked)
    study = load_study(tiny(4).write(tmp_path))
    assert provenance(study, 1).data_sha256 == {}
