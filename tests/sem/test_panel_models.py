"""Cross-lagged panel models against lavaan and known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.sem.cross_lagged import cross_lagged_results
from cxresearch.sem.fit import fit_model
from cxresearch.sem.panel_models import clpm, riclpm
from cxresearch.sem.samples import sample_from_rows
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.sem.models import CHI2, ERROR, ESTIMATE, WAVES, compare_fit, sure

EX, CX = [f"ex{wave}" for wave in WAVES], [f"cx{wave}" for wave in WAVES]
SHORT = {"RIx": "x.level", "RIy": "y.level"}
LETTERS = {"a": "x_x", "b": "x_y", "c": "y_x", "d": "y_y"}


def _name(name: str) -> str:
    if name in SHORT:
        return SHORT[name]
    return f"{'ex' if name[1] == 'x' else 'cx'}{name[2:]}.within" if name[0] == "w" else name


def _label(row: dict[str, Any]) -> str:
    if row.get("label"):
        return LETTERS[row["label"]]
    if row["op"] == "~1":
        return f"{row['lhs']}~1"
    if row["op"] == "~":
        sides = ["x" if "ex" in _name(row[side]) else "y" for side in ("lhs", "rhs")]
        return f"{sides[0]}_{sides[1]}@{_name(row['lhs']).removesuffix('.within')[-1]}"
    return f"{_name(row['lhs'])}~~{_name(row['rhs'])}"


def _compare(fit: Any, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["se"]:
            value, error = fit.value(_label(row))
            assert value == pytest.approx(row["est"], abs=ESTIMATE), row
            assert error == pytest.approx(row["se"], abs=ERROR), row


@pytest.mark.parametrize(
    ("name", "chi2", "df"), [("clpm", 34.51121, 12), ("riclpm", 6.76549, 9), ("riclpm_equal", 18.04733, 17)]
)
def test_a_panel_as_lavaan_fits_it(
    name: str, chi2: float, df: int, panel_witness: dict[str, Any], panel: pd.DataFrame
) -> None:
    model = {"clpm": clpm(EX, CX, means=False), "riclpm": riclpm(EX, CX), "riclpm_equal": riclpm(EX, CX, equal=True)}
    fit = sure(fit_model(model[name], [sample_from_rows(panel[EX + CX])], term="t"))
    assert (fit.chi2, fit.df) == (pytest.approx(chi2, abs=CHI2), df)
    compare_fit(fit, panel_witness[name]["fit"])
    _compare(fit, panel_witness[name]["par"])
    assert fit.health == ()


def test_a_panel_with_holes(witness: dict[str, Any], holed_panel: pd.DataFrame) -> None:
    fit = sure(fit_model(riclpm(EX, CX, equal=True), [sample_from_rows(holed_panel[EX + CX])], term="t"))
    compare_fit(fit, witness["panel_fiml"]["fit"])
    rows = witness["panel_fiml"]["raw"]
    lags = [row for row in rows if row["op"] == "~" and row["lhs"].endswith("2")]
    assert len(lags) == 4
    for row, letter in zip(lags, "abcd", strict=True):
        _compare(fit, [row | {"label": letter}])
    _compare(fit, [row for row in rows if row["op"] in ("~~", "~1")])


def _results(frame: pd.DataFrame, **options: Any) -> dict[str, Result]:
    return {result.term: result for result in cross_lagged_results(frame[EX], frame[CX], term="h", **options)}


def test_the_results_of_a_panel(panel_witness: dict[str, Any], panel: pd.DataFrame) -> None:
    found = _results(panel, periods=["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"])
    rows = panel_witness["riclpm_equal"]["par"]
    for name, letter in {"x_on_x": "a", "x_on_y": "b", "y_on_x": "c", "y_on_y": "d"}.items():
        same = [row for row in rows if row["label"] == letter]
        result = found[f"h.riclpm.{name}"]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(same[0]["est"], abs=ESTIMATE)
        assert result.std_error == pytest.approx(same[0]["se"], abs=ERROR)
        assert result.p_value == pytest.approx(same[0]["pvalue"], abs=ERROR)
        assert (result.n_units, result.n_periods, result.n_items) == (400, 4, None)
        standard = found[f"h.riclpm.{name}.std"]
        assert isinstance(standard, Estimate)
        assert standard.estimate == pytest.approx(np.mean([row["std.all"] for row in same]), abs=ESTIMATE)
    free = panel_witness["riclpm"]["par"]
    for wave, period in ((2, "2024-Q2"), (4, "2024-Q4")):
        row = next(r for r in free if (r["lhs"], r["op"], r["rhs"]) == (f"wy{wave}", "~", f"wx{wave - 1}"))
        result = found[f"h.riclpm.y_on_x.{period}"]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(row["est"], abs=ESTIMATE)
        assert result.std_error == pytest.approx(row["se"], abs=ERROR)
    test, expected = found["h.riclpm.equal_lags"], panel_witness["riclpm_equal"]["lrt_vs_free"]
    assert isinstance(test, Estimate)
    assert (test.estimate, test.df) == (pytest.approx(expected["dchisq"], abs=CHI2), expected["ddf"])
    assert test.p_value == pytest.approx(expected["p"], abs=1e-5)
    levels = found["h.riclpm.levels"]
    level = next(row for row in rows if (row["lhs"], row["rhs"]) == ("RIx", "RIy"))
    assert isinstance(levels, Estimate)
    assert levels.estimate == pytest.approx(level["std.all"], abs=ESTIMATE)
    assert isinstance(found["h.clpm.y_on_x"], Estimate)
    assert "h.clpm.levels" not in found


def test_the_truth_is_recovered(panel_witness: dict[str, Any], panel: pd.DataFrame) -> None:
    truth, found = panel_witness["truth"], _results(panel)
    for name, value in (("y_on_x", truth["cx_from_ex"]), ("x_on_y", truth["ex_from_cx"])):
        result = found[f"h.riclpm.{name}"]
        assert isinstance(result, Estimate)
        assert result.conf_low is not None and result.conf_high is not None
        assert result.conf_low < value < result.conf_high


def test_what_a_panel_does_not_depend_on(holed_panel: pd.DataFrame) -> None:
    base = _results(holed_panel)
    rows = holed_panel.sample(frac=1, random_state=np.random.RandomState(1))
    for frame in (rows, holed_panel.assign(**{name: 40 + 25 * holed_panel[name] for name in CX})):
        other = _results(frame)
        for name in ("riclpm.y_on_x.std", "riclpm.levels", "clpm.x_on_y.std", "riclpm.equal_lags"):
            one, two = base[f"h.{name}"], other[f"h.{name}"]
            assert isinstance(one, Estimate) and isinstance(two, Estimate)
            assert two.estimate == pytest.approx(one.estimate, abs=1e-5)
    mirrored = {r.term: r for r in cross_lagged_results(holed_panel[CX], holed_panel[EX], term="h")}
    there, back = base["h.riclpm.y_on_x"], mirrored["h.riclpm.x_on_y"]
    assert isinstance(there, Estimate) and isinstance(back, Estimate)
    assert back.estimate == pytest.approx(there.estimate, abs=1e-6)


def test_two_periods_cannot_be_told_apart(panel: pd.DataFrame) -> None:
    found = cross_lagged_results(panel[EX[:2]], panel[CX[:2]], term="h")
    assert {type(result) for result in found} == {NotEstimable}
    assert {result.reason for result in found if isinstance(result, NotEstimable)} == {"sem.too_few_periods"}


def test_too_few_units_say_why(panel: pd.DataFrame) -> None:
    found = _results(panel.head(12))
    result = found["h.riclpm.y_on_x"]
    assert isinstance(result, NotEstimable)
    assert result.reason == "sem.too_few_rows"
    assert result.details["n"] == 12
