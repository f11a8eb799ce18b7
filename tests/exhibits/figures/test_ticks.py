"""Numbers on axes, in two languages."""

from __future__ import annotations

import pytest

from cxresearch.exhibits.figures.ticks import NumberTicks

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("kind", "language", "places", "labels"),
    [
        ("number", "fi", [3.0, 3.5, 4.0], ["3,0", "3,5", "4,0"]),
        ("number", "en", [3.0, 3.5, 4.0], ["3.0", "3.5", "4.0"]),
        ("number", "fi", [-0.25, 0, 0.25], ["−0,25", "0,00", "0,25"]),
        ("number", "fi", [0, 1000, 2000], ["0", f"1{NBSP}000", f"2{NBSP}000"]),
        ("number", "en", [0, 1000, 2000], ["0", "1,000", "2,000"]),
        ("count", "en", [0, 500, 1000], ["0", "500", "1,000"]),
        ("bounded", "fi", [-0.5, 0, 0.5, 1], ["−0,5", "0,0", "0,5", "1,0"]),
        ("bounded", "en", [-0.5, 0, 0.5, 1], ["−.5", "0", ".5", "1.0"]),
        ("percent", "fi", [0, 0.25, 0.5], [f"0{NBSP}%", f"25{NBSP}%", f"50{NBSP}%"]),
        ("percent", "en", [0, 0.025, 0.05], ["0.0%", "2.5%", "5.0%"]),
        ("number", "fi", [0.1 + 0.2, 0.4], ["0,3", "0,4"]),
        ("number", "fi", [], []),
    ],
)
def test_labels_share_the_decimals_they_need(kind: str, language: str, places: list[float], labels: list[str]) -> None:
    assert NumberTicks(language, kind).format_ticks(places) == labels  # type: ignore[arg-type]


def test_shares_to_both_sides_have_no_sign() -> None:
    assert NumberTicks("en", "percent", absolute=True).format_ticks([-0.5, 0, 0.5]) == ["50%", "0%", "50%"]


def test_one_label_by_itself() -> None:
    assert NumberTicks("fi")(3.25) == "3,25"
