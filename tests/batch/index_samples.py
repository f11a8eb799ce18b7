"""Rows of an index for its tests."""

from __future__ import annotations

from cxresearch.batch.index import (
    IndexAbout,
    IndexEntry,
    IndexMeasure,
    IndexReport,
    IndexValue,
    IndexVerdict,
)
from cxresearch.language import Label

PERIODS = ("2024", "2025", "2026")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\0\"'&<b1>"

ABOUT = IndexAbout(
    title=Label("Ennustaako X Y:tä?", "Does X predict Y?"),
    by=Label("tiimi", "team"),
    made_at="2026-11-22T05:02:00+02:00",
    measures=(
        IndexMeasure(id="leadership", label=Label("Esihenkilötyö", "Leadership"), side="employee", periods=PERIODS),
        IndexMeasure(id="nps", label=Label("NPS", "NPS"), side="customer", metric="nps"),
    ),
    verdicts=(
        IndexVerdict(
            hypothesis="h1",
            statement=Label("Esihenkilötyö ennustaa suosittelua.", "Leadership predicts recommending."),
            word=Label("Saa tukea", "Supported"),
            sentence=Label("Aineisto tukee hypoteesia.", "The data support the hypothesis."),
        ),
    ),
    program="cxresearch 0.1.0",
    key="4f2a91c0",
)


def value() -> IndexValue:
    """A mean that is clearly higher, with a middle period that is not released."""
    return IndexValue(
        mean=3.8214,
        conf_low=3.61,
        conf_high=4.03,
        difference=0.312,
        diff_low=0.1,
        diff_high=0.52,
        sign=1,
        by_period=(3.7, None, 3.8214),
    )


def reports(row: str) -> tuple[IndexReport, ...]:
    """All formats in both languages."""
    return tuple(
        IndexReport(language=language, format=form, path=f"{row}/{row}-{language}.{form}")
        for language in ("fi", "en")
        for form in ("html", "pdf", "docx")
    )


def entry() -> IndexEntry:
    """A row that was made now."""
    nps = IndexValue(mean=12.5, conf_low=-3, conf_high=28, difference=-8, diff_low=-24, diff_high=8, sign=0)
    return IndexEntry(
        id="t7",
        name="Tiimi 7",
        state="made",
        values={"leadership": value(), "nps": nps},
        reports=reports("t7"),
        made_at="2026-11-22T04:05:00+02:00",
        seconds=0.92,
    )


def many(count: int) -> list[IndexEntry]:
    """Rows with three measures; in number 2 (mod 10) the first measure is not shown."""
    rows = []
    for number in range(count):
        row = f"tiimi-{number:04d}"
        shift = (number * 37 % 100) / 100
        told = {
            name: IndexValue(
                mean=3 + shift,
                conf_low=2.8 + shift,
                conf_high=3.2 + shift,
                difference=shift - 0.5,
                diff_low=shift - 0.7,
                diff_high=shift - 0.3,
                sign=(shift > 0.7) - (shift < 0.3),
                by_period=(3 + shift, None if number % 7 == 0 else 3.1, 3.3),
            )
            for name in ("a", "b", "c")
            if not (name == "a" and number % 10 == 2)
        }
        rows.append(
            IndexEntry(
                id=row,
                name=f"Tiimi {number}",
                state="made" if number % 3 else "unchanged",
                values=told,
                reports=reports(row),
                made_at=f"2026-11-22T04:{number % 60:02d}:00+02:00",
                seconds=0.9,
            )
        )
    return rows
