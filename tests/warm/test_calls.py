"""Functions called in fresh children of the parent."""

from __future__ import annotations

import os
import signal

import pytest

from cxresearch.warm.client import Warm
from tests.warm.conftest import LINUX

pytestmark = LINUX
JOBS = "tests.warm.jobs"


def test_a_value_comes_back(warm: Warm) -> None:
    done = warm.call(f"{JOBS}:double", {"number": 21})
    assert (done.state, done.value) == ("ok", 42)
    assert 0 < done.cpu_seconds < 5 and done.seconds > 0 and done.peak_kib > 10_000


def test_problems_come_back_as_problems_in_both_languages(warm: Warm) -> None:
    done = warm.call(f"{JOBS}:refuse", {})
    (problem,) = done.problems
    assert (done.state, done.ename, problem.file, problem.line) == ("error", "DataError", "answers.csv", 3)
    assert problem.code == "data.no_rows" and problem.details["label"].fi == "kysymys"
    assert problem.what("fi") != problem.what("en")


@pytest.mark.parametrize(
    ("function", "arguments", "ename", "evalue"),
    [
        (f"{JOBS}:fail", {}, "ValueError", "no such thing"),
        (f"{JOBS}:double", {}, "TypeError", "number"),
        (f"{JOBS}:unspeakable", {}, "ValueError", "JSON"),
        (f"{JOBS}:no_such_function", {}, "AttributeError", "no_such_function"),
        ("no.such.module:f", {}, "ModuleNotFoundError", "no"),
        ("sys:exit", {}, "SystemExit", ""),
    ],
)
def test_an_exception_is_told(warm: Warm, function: str, arguments: dict[str, int], ename: str, evalue: str) -> None:
    done = warm.call(function, arguments)
    assert (done.state, done.ename, done.problems) == ("error", ename, ()) and evalue in done.evalue


def test_a_death_is_told_with_its_last_words(warm: Warm) -> None:
    done = warm.call(f"{JOBS}:die", {"number": signal.SIGSEGV})
    assert (done.state, done.evalue, done.log) == ("died", "SIGSEGV", "last words\n")


def test_a_call_has_a_time_limit(warm: Warm) -> None:
    done = warm.call(f"{JOBS}:sleep", {"seconds": 60}, timeout=0.3)
    assert (done.state, done.evalue) == ("timeout", "0.3 s") and done.seconds < 5


def test_a_call_runs_outside_of_any_notebook(warm: Warm) -> None:
    state = warm.call(f"{JOBS}:process", {}).value
    assert state["pid"] == state["group"] != os.getpid() and state["parent"] != os.getpid()
    assert state["backend"] == "agg" and not state["shell"] and state["main"]
    assert state["color"] == os.environ.get("FORCE_COLOR") and state["sockets"] == []


def test_calls_do_not_see_each_other(warm: Warm) -> None:
    assert warm.call(f"{JOBS}:keep", {"found": 1}).state == "ok"
    assert warm.call(f"{JOBS}:kept", {"name": "found"}).value is None
