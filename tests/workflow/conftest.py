"""One whole run of a study full of traps, for all tests that look at what a run leaves behind."""

from __future__ import annotations

import numpy as np
import pytest

from cxresearch.workflow.run import Run, run_study
from tests.workflow.tiny_study import PERIODS, Tiny, guests, people, tiny

FEW_EMPLOYEES, FEW_CUSTOMERS = "Kvanttihyppy", "Siriustähti"
"""Units with three employees and with four customers."""

UNEVEN = "Tiimi 07"
"""A unit with three customers in the first period and seven in the second."""

SMALLEST = "Väistö"
"""The smallest unit that counts enough people; it is not shown, lest the others give away those that do not."""

NAMES = ("=cmd|'/c calc'!A1", "<script>alert(1)</script>", "../../x", "CON", "🦩 tiimi", "x" * 300)
"""Names of units that no file, page or spreadsheet may take at their word."""

SCRIPT = "<script>alert(2)</script>"
FORMULA = "=cmd|'/c calc'!A2"


def trapped() -> Tiny:
    """A study with units below the threshold, hostile names and labels, and a canary in every free text."""
    made, rng = tiny(20), np.random.default_rng(11)
    made.guests = [row for row in made.guests if row["team"] != UNEVEN]
    made.guests += guests(UNEVEN, (3, 7), 3.4, rng)
    for place, name in enumerate(NAMES):
        level = rng.normal(3.2, 0.5)
        made.staff += people(name, 6, level, rng, f"n{place}-")
        made.guests += guests(name, (5, 6), level, rng)
    made.staff += people(SMALLEST, 5, 3.1, rng, "v")
    made.guests += guests(SMALLEST, (4, 5), 3.1, rng)
    for person, answers in enumerate(("112", "121", "211")):
        made.staff += [
            {"team": FEW_EMPLOYEES, "month": month, "person": f"k{person}", "comment": FORMULA}
            | {f"lead{item}": answer for item, answer in enumerate(answers, start=1)}
            for month in PERIODS
        ]
    made.guests += guests(FEW_EMPLOYEES, (5, 5), 3, rng)
    made.staff += people(FEW_CUSTOMERS, 6, 3, rng, "s")
    made.guests += [
        {"team": FEW_CUSTOMERS, "month": month, "satisfied": answer, "comment": SCRIPT}
        for month, answer in zip((PERIODS[0], *[PERIODS[1]] * 3), "1112", strict=True)
    ]
    made.replace('en: "Leadership" }', f'en: "Leadership {SCRIPT}" }}')
    made.replace('en: "Satisfaction" }', f'en: "{FORMULA}" }}')
    made.recode("Kuuntelu,Listening", f"Kuuntelu,{SCRIPT}")
    made.recode("Tuki,Support", f"Tuki,{FORMULA}")
    made.replace('en: "A small study"', f'en: "A small study {SCRIPT}"')
    return made


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The study full of traps, run to reports of all forms in both languages."""
    study = trapped().write(tmp_path_factory.mktemp("whole") / "data" / "tiny")
    return run_study(study, workers=2)
