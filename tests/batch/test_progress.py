"""What a batch tells while it runs, to people and to programs; the time comes from the test."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from cxresearch.batch.outcome import Outcome
from cxresearch.batch.progress import JsonLines, Progress, Summary, open_progress
from cxresearch.batch.progress.lines import PlainLines
from cxresearch.batch.progress.pace import Pace
from cxresearch.batch.progress.terminal import Bar
from cxresearch.batch.progress.words import left_text, summary_texts
from cxresearch.language import Language

NB = "\N{NO-BREAK SPACE}"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Heard:
    """A batch told to streams."""

    language: Language = "en"
    workers: int = 1
    clock: Clock = field(default_factory=Clock)
    people: io.StringIO = field(default_factory=io.StringIO)
    programs: io.StringIO = field(default_factory=io.StringIO)

    def progress(self) -> Progress:
        lines = JsonLines(self.programs)
        return Progress(PlainLines(self.people), self.language, self.workers, lines, self.clock)

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.programs.getvalue().splitlines()]


def done(row: str, seconds: float = 0.9, outputs: Mapping[str, str] | None = None) -> Outcome:
    return Outcome(row=row, key="k", state="done", seconds=seconds, outputs=outputs or {})


FAILED = Outcome(
    row="team-04", key="k", state="failed", seconds=1.26, language="en", cell=7, message="ValueError: no\n  such item"
)


def small_batch(heard: Heard) -> None:
    progress = heard.progress()
    progress.begin(6, 1)
    for number in (1, 2, 3):
        progress.row_started(f"team-0{number}")
        heard.clock.now += 60
        progress.row_finished(done(f"team-0{number}", 60.0))
    progress.row_started("team-04")
    progress.row_finished(FAILED)
    progress.end(Summary(made=3, unchanged=1, failed=1, left=1, seconds=181.3, stopped="interrupted"))


def test_plain_lines_in_english() -> None:
    heard = Heard()
    small_batch(heard)
    assert heard.people.getvalue().splitlines() == [
        "Making 5 reports. One report is up to date already.",
        "[2/6] team-01 done 60.0 s",
        "[3/6] team-02 done 60.0 s",
        "[4/6] team-03 done 60.0 s, about 2 min left",
        "[5/6] team-04 failed 1.3 s, about 45 s left",
        "    language en, cell 7: ValueError: no such item",
        "Making the reports was interrupted. The same command goes on from where it stopped. 3 reports were made. "
        "One was up to date already. One failed. One was not begun. It took 3 min 1 s.",
    ]


def test_plain_lines_in_finnish() -> None:
    heard = Heard(language="fi")
    small_batch(heard)
    assert heard.people.getvalue().splitlines() == [
        "Tehdään 5 raporttia. Yksi raportti on jo ajan tasalla.",
        "[2/6] team-01 valmis 60,0 s",
        "[3/6] team-02 valmis 60,0 s",
        "[4/6] team-03 valmis 60,0 s, jäljellä noin 2 min",
        "[5/6] team-04 epäonnistui 1,3 s, jäljellä noin 45 s",
        "    kieli en, solu 7: ValueError: no such item",
        "Raporttien tekeminen keskeytettiin. Kun sama komento annetaan uudelleen, työ jatkuu siitä, mihin se jäi. "
        "Valmistui 3 raporttia. Yksi oli jo ajan tasalla. Yksi epäonnistui. Yksi jäi tekemättä. Aikaa kului 3 min 1 s.",
    ]


def test_json_lines_have_the_documented_keys_and_people_read_elsewhere() -> None:
    heard = Heard()
    small_batch(heard)
    events = heard.events()
    assert {event["version"] for event in events} == {1}
    assert [event["event"] for event in events] == ["begin", *["started", "finished"] * 4, "end"]
    assert events[0] == {"version": 1, "event": "begin", "total": 6, "skipped": 1, "workers": 1}
    assert events[1] == {"version": 1, "event": "started", "row": "team-01"}
    assert events[-2] == {
        "version": 1, "event": "finished", "row": "team-04", "state": "failed", "done": 5, "total": 6,
        "seconds": 1.26, "seconds_left": pytest.approx(45.315), "language": "en", "cell": 7,
        "message": "ValueError: no\n  such item", "outputs": [],
    }  # fmt: skip
    assert events[-1] == {
        "version": 1, "event": "end", "made": 3, "unchanged": 1, "failed": 1, "left": 1, "seconds": 181.3,
        "stopped": "interrupted",
    }  # fmt: skip
    assert [event["seconds_left"] for event in events if event["event"] == "finished"][:2] == [None, None]


@pytest.mark.parametrize(
    ("seconds", "english", "finnish"),
    [
        (0.0, "a few seconds left", "jäljellä enää muutama sekunti"),
        (7.4, "a few seconds left", "jäljellä enää muutama sekunti"),
        (12.4, "about 10 s left", "jäljellä noin 10 s"),
        (57.4, "about 55 s left", "jäljellä noin 55 s"),
        (59.0, "about 1 min left", "jäljellä noin 1 min"),
        (90.0, "about 1 min 30 s left", "jäljellä noin 1 min 30 s"),
        (598.0, "about 10 min left", "jäljellä noin 10 min"),
        (3570.0, "about 1 h left", "jäljellä noin 1 h"),
        (5000.0, "about 1 h 23 min left", "jäljellä noin 1 h 23 min"),
        (5_000_000.0, "about 1,388 h 53 min left", f"jäljellä noin 1{NB}388 h 53 min"),
    ],
)
def test_the_time_left_in_words(seconds: float, english: str, finnish: str) -> None:
    assert (left_text(seconds, "en"), left_text(seconds, "fi")) == (english, finnish)


@settings(deadline=None)
@given(st.floats(0, 1e7))
def test_every_time_left_has_words(seconds: float) -> None:
    assert "60 s" not in left_text(seconds, "en") and "60 min" not in left_text(seconds, "fi")


def test_one_row_and_many_rows_are_inflected() -> None:
    assert " ".join(summary_texts(Summary(made=1, unchanged=0, failed=2, seconds=0.44), "fi")) == (
        "Valmistui yksi raportti. Epäonnistui 2. Aikaa kului 0,4 s."
    )
    assert " ".join(summary_texts(Summary(made=1200, unchanged=0, failed=0, seconds=4000), "en")) == (
        "1,200 reports were made. It took 1 h 6 min."
    )
    assert summary_texts(Summary(made=0, unchanged=0, failed=0), "en")[0] == "There was no report to make."


def test_the_pace_is_that_of_the_latest_reports_over_the_workers() -> None:
    pace = Pace(workers=2)
    for _ in range(50):
        pace.add(10.0)
    for _ in range(30):
        pace.add(1.0)
    assert pace.left(40) == pytest.approx(20.0)
    assert pace.left(40, running=[0.5, 9.0]) == pytest.approx((40 - 0.5 - 1.0) / 2)
    assert pace.left(1) == pytest.approx(1.0)
    assert pace.left(0) == 0.0


def test_one_report_that_hung_does_not_spoil_the_forecast() -> None:
    pace = Pace(workers=1)
    for seconds in (1.0, 1.0, 1.0, 600.0):
        pace.add(seconds)
    assert pace.left(4) == pytest.approx(7.0)


def test_the_time_is_unknown_until_three_reports_are_done() -> None:
    pace = Pace(workers=1)
    assert pace.left(5) is None
    pace.add(2.0)
    assert pace.left(5) is None
    assert pace.left(1) == pytest.approx(2.0)


def test_threads_may_tell_at_once() -> None:
    heard = Heard(workers=8)
    progress = heard.progress()
    progress.begin(200, 0)

    def work(first: int) -> None:
        for number in range(first, first + 25):
            progress.row_started(f"r{number}")
            progress.row_finished(done(f"r{number}", 0.1))

    threads = [threading.Thread(target=work, args=(25 * place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finished = [event for event in heard.events() if event["event"] == "finished"]
    assert [event["done"] for event in finished] == list(range(1, 201))
    assert len({event["row"] for event in finished}) == 200


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_away_does_not_stop_the_batch() -> None:
    heard = Heard(people=Gone(), programs=Gone())
    small_batch(heard)


def on_a_terminal(language: Language = "en", width: int = 100) -> str:
    screen = io.StringIO()
    clock = Clock()
    console = Console(file=screen, force_terminal=True, width=width, height=20, color_system=None, legacy_windows=False)
    progress = Progress(Bar(console), language, 2, None, clock)
    progress.begin(400, 11)
    for number in range(8):
        progress.row_started(f"team-{number}")
    for number in range(4):
        progress.row_finished(done(f"team-{number}", 0.9))
    progress.row_finished(FAILED)
    clock.now = 1.0
    progress.row_finished(Outcome(row="[bold]x", key="k", state="timeout", seconds=600.0, language="fi", cell=3))
    progress.end(Summary(made=4, unchanged=11, failed=2, left=383, seconds=2.0))
    return screen.getvalue()


def test_on_a_terminal_failures_stay_and_what_went_well_is_only_counted() -> None:
    text = on_a_terminal()
    assert "[16/400] team-04 failed 1.3 s" in text
    assert "    language en, cell 7: ValueError: no such item" in text
    assert "[17/400] [bold]x stopped (a cell took too long) 600.0 s" in text
    assert "team-0 done" not in text
    assert "4 reports were made. 11 were up to date already. 2 failed. 383 were not begun. It took 2.0 s." in text


def test_the_kind_of_progress_suits_where_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    out, error = io.StringIO(), io.StringIO()
    progress = open_progress(workers=1, json_lines=True, language="fi", out=out, error=error)
    progress.begin(1, 0)
    progress.row_finished(done("a", outputs={"a/a-fi.html": "0", "a/a-en.html": "1"}))
    progress.end(Summary(made=1, unchanged=0, failed=0, seconds=0.9))
    assert json.loads(out.getvalue().splitlines()[1])["outputs"] == ["a/a-en.html", "a/a-fi.html"]
    assert error.getvalue().splitlines()[1] == "[1/1] a valmis 0,9 s"
    assert "version" not in error.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("programs", "bar"), [(io.StringIO, True), (Terminal, False)])
def test_no_bar_writes_over_json_on_the_same_terminal(
    programs: type[io.StringIO], bar: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    people = Terminal()
    progress = open_progress(workers=1, json_lines=True, language="en", out=programs(), error=people)
    progress.begin(1, 0)
    progress.row_finished(done("a"))
    progress.end(Summary(made=1, unchanged=0, failed=0))
    assert ("[1/1] a done 0.9 s" in people.getvalue()) != bar


def test_an_error_leaves_the_terminal_as_it_was() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None, legacy_windows=False)
    with pytest.raises(KeyError), Progress(Bar(console), "en", 1) as progress:  # noqa: PT012
        progress.begin(3, 0)
        raise KeyError
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert screen.getvalue().rfind(shown) > screen.getvalue().rfind(hidden) >= 0
