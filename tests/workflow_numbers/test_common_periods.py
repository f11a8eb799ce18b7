"""Measures are compared over the periods that both have."""

from __future__ import annotations

import numpy as np
import pytest

from cxresearch.aggregation import UnitPanel, panel_from_unit_scores
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.linking import common_periods


def measure(*periods: str) -> UnitMeasure:
    units = np.repeat(["a", "b", "c"], len(periods)).astype(object)
    panel: UnitPanel = panel_from_unit_scores(
        "m", "employee", units, np.arange(len(units), dtype=float), periods=np.tile(periods, 3).astype(object)
    )
    return UnitMeasure(panel, panel)


@pytest.mark.parametrize(
    ("ex", "cx", "declared", "expected"),
    [
        (("2023", "2024"), ("2023", "2024"), (), ()),
        (("2023", "2024"), ("2023",), (), ("2023",)),
        (("2023",), ("2024",), (), None),
        (("2023", "2024"), ("2023", "2024"), ("2024",), ("2024",)),
        (("2023", "2024"), ("2024", "2025"), ("2023",), None),
        (("",), ("2023", "2024"), (), ()),
        (("2024-Q2", "2024-Q10"), ("2024-Q10", "2024-Q2", "2025-Q1"), (), ("2024-Q2", "2024-Q10")),
    ],
)
def test_common_periods(
    ex: tuple[str, ...], cx: tuple[str, ...], declared: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    assert common_periods(measure(*ex), measure(*cx), declared) == expected
