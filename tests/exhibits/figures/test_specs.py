"""What the figures are built from: numbers in the alternative texts, judgements, limits, refusals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.exhibits.figures import (
    VerdictRow,
    forest,
    lags,
    likert,
    path,
    profile,
    responses,
    scatter,
    trend,
    verdict,
    verdict_row,
)
from cxresearch.exhibits.figures.estimates import reach
from cxresearch.exhibits.figures.forest import levels
from cxresearch.exhibits.figures.marks import padded
from cxresearch.exhibits.figures.scatter import fitted_line
from cxresearch.exhibits.figures.spec import FigureSpec, bounded, listed, sentences
from cxresearch.language import render
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.verdict import Verdict
from cxresearch.verdict.grounds import Ground
from cxresearch.verdict.limits import Limit

EXACT = 1e-10  # the same closed form in two programs, double precision
finite = st.floats(-1e6, 1e6)


def r(value: float = 0.4, low: float | None = 0.2, high: float | None = 0.6, level: float = 0.95) -> Estimate:
    return Estimate(term="t", estimate=value, conf_low=low, conf_high=high, conf_level=level)


def nothing() -> NotEstimable:
    return NotEstimable(term="t", reason="linkage.too_few_units", details={"count": 4, "needed": 20})


def alt(spec: FigureSpec, language: str = "en") -> str:
    return render(spec.alt, language)


def note(spec: FigureSpec, language: str = "en") -> str:
    assert spec.note is not None
    return render(spec.note, language)


class TestScatter:
    @pytest.mark.parametrize("level", [0.9, 0.95])
    def test_line_and_band_agree_with_statsmodels(self, level: float) -> None:
        rng = np.random.default_rng(1)
        x = rng.normal(3.5, 0.4, 30)
        y = 2 + 0.5 * x + rng.normal(0, 0.3, 30)
        line = fitted_line(x, y, level)
        assert line is not None
        fit = sm.OLS(y, sm.add_constant(x)).fit()
        at = sm.add_constant(line.grid)
        expected = fit.get_prediction(at).conf_int(alpha=1 - level)
        assert [line.intercept, line.slope] == pytest.approx(list(fit.params), rel=EXACT)
        np.testing.assert_allclose(np.column_stack([line.low, line.high]), expected, rtol=EXACT)

    @pytest.mark.parametrize("x", [[1.0, 2.0], [4.0, 4.0, 4.0], []])
    def test_there_is_no_line_without_spread(self, x: list[float]) -> None:
        values = np.array(x)
        assert fitted_line(values, values) is None

    def test_the_alternative_text_tells_n_ranges_slope_and_r(self) -> None:
        spec = scatter.spec([1, 2, 3, np.nan], [2, 4, 6, 9], ex="EX", cx="CX", pearson=r())
        assert alt(spec) == (
            "Scatter plot of 3 units. EX runs from 1.00 to 3.00 (mean 2.00) and CX from 2.00 to 6.00 (mean 4.00). "
            "The fitted line rises by 2.00 for each one-point increase on the horizontal axis. "
            "Correlation: .40 [.20, .60]."
        )

    @pytest.mark.parametrize(("slope", "words"), [(-2, "laskee 2,00"), (0, "on vaakasuora")])
    def test_a_falling_or_level_line_is_called_so(self, slope: int, words: str) -> None:
        x = np.array([1.0, 2, 3])
        assert words in alt(scatter.spec(x, slope * x, ex="EX", cx="CX", pearson=nothing()), "fi")

    def test_no_unit_at_all_is_said(self) -> None:
        spec = scatter.spec([np.nan], [1], ex="EX", cx="CX", pearson=nothing())
        assert alt(spec) == "An empty scatter plot: no unit has both EX and CX."

    def test_sizes_are_explained_only_when_known(self) -> None:
        x = [1.0, 2, 3]
        assert "Larger points" in note(scatter.spec(x, x, ex="E", cx="C", pearson=r(), n=[5, 6, 7]))
        assert "Larger points" not in note(scatter.spec(x, x, ex="E", cx="C", pearson=r(), n=[5, np.nan, 7]))


class TestForest:
    def test_rows_without_an_estimate_tell_why(self) -> None:
        spec = forest.spec([("Pearson", r()), ("Mixed", nothing())], 0.1)
        assert alt(spec).endswith(
            "Pearson: .40 [.20, .60]. Mixed: no result. Only 4 units are available, and this needs at least 20."
        )

    def test_an_end_without_a_limit_is_infinite(self) -> None:
        assert "−.20 [−∞, .10]" in alt(forest.spec([("One-sided", r(-0.2, -math.inf, 0.1))], 0.1))

    def test_the_level_is_told_only_when_shared(self) -> None:
        assert "90% confidence" in note(forest.spec([("A", r(level=0.9))], 0.1))
        assert levels([r(level=0.9), r()]) is None
        assert levels([r(low=None, high=None)]) is None
        assert "confidence" not in note(forest.spec([("A", r(level=0.9)), ("B", r())], 0.1))

    @pytest.mark.parametrize("rows", [0, 35])
    def test_a_forest_has_rows_for_one_page(self, rows: int) -> None:
        with pytest.raises(ValueError, match=f"got {rows}"):
            forest.spec([("A", r())] * rows, 0.1)

    @given(
        st.lists(st.tuples(st.floats(-2, 2), st.floats(0, 1e9), st.floats(0, 1e9)), max_size=9), st.floats(0.01, 0.9)
    )
    def test_the_axis_holds_zero_the_band_and_every_estimate(
        self, rows: list[tuple[float, float, float]], smallest: float
    ) -> None:
        results: list[Result] = [r(value, value - below, value + above) for value, below, above in rows]
        low, high = reach([*results, nothing()], smallest)
        assert low < -smallest < 0 < smallest < high
        assert all(low <= value <= high for value, _, _ in rows)
        assert high - low < 7 * max([smallest, 0.3, *(abs(value) for value, _, _ in rows)])


class TestLikert:
    frame = pd.DataFrame(
        {"item": ["a"] * 4, "value": [1, 2, 4, 5], "share": [0.1, 0.2, 0.3, 0.2], "n": 50, "reversed": True}
    )

    def test_shares_below_at_and_above_the_midpoint(self) -> None:
        frame = pd.concat([self.frame, pd.DataFrame({"item": ["a"], "value": 3, "share": 0.2, "n": 50})])
        told = alt(likert.spec(frame.assign(reversed=True), 1, 5))
        assert told.endswith("a: 30% below the midpoint, 20% at it, 50% above it (n = 50).")

    def test_reversed_items_are_explained(self) -> None:
        assert "(K)" in note(likert.spec(self.frame, 1, 5), "fi")
        assert "(K)" not in note(likert.spec(self.frame.drop(columns="reversed"), 1, 5), "fi")

    def test_nps_groups(self) -> None:
        frame = pd.DataFrame({"item": "a", "value": range(11), "share": 1 / 11, "n": 110})
        spec = likert.spec(frame, 0, 10, nps=True)
        np.testing.assert_allclose(spec.data["shares"], [[7 / 11, 2 / 11, 2 / 11]])
        assert "64 %" in alt(spec, "fi").replace("\u00a0", " ")

    def test_nps_is_asked_of_0_to_10_only(self) -> None:
        with pytest.raises(ValueError, match="not on 1–5"):
            likert.spec(self.frame, 1, 5, nps=True)

    def test_many_items_go_to_several_pages(self) -> None:
        frame = pd.DataFrame({"item": [f"q{n}" for n in range(80)], "value": 1, "share": 1.0, "n": 9})
        with pytest.raises(ValueError, match=r"80 items .* pages\(\)"):
            likert.spec(frame, 1, 5)
        pages = likert.pages(frame, 1, 5, figure_id="fig-items")
        assert [page.id for page in pages] == ["fig-items-1", "fig-items-2", "fig-items-3"]
        assert [item for page in pages for item in page.data["items"]] == list(frame["item"])
        assert render(pages[1].caption, "fi").endswith("(osa 2/3)")
        assert [page.id for page in likert.pages(frame.head(3), 1, 5)] == ["fig-answers"]


class TestPath:
    frame = pd.DataFrame(
        {
            "stage": ["before", "before", "after"],
            "moment": "",
            "touchpoint": ["web", "phone", "invoice"],
            "mean": [3.0, 4.0, 5.0],
            "low": [2.8, 3.8, np.nan],
            "high": [3.2, 4.2, np.nan],
        }
    )

    def test_the_mean_is_the_yardstick_without_a_target(self) -> None:
        spec = path.spec(self.frame, measure="CSAT")
        assert list(spec.data["frame"]["state"]) == ["pain", "between", "between"]
        assert "mean of the touchpoints (4.00)" in note(spec)

    def test_a_declared_target_is_the_yardstick_where_it_is_known(self) -> None:
        spec = path.spec(self.frame.assign(target=[2.5, np.nan, 4.0]), measure="CSAT")
        assert list(spec.data["frame"]["state"]) == ["strength", "between", "between"]
        assert alt(spec).endswith("There are no pain points. Strengths: web (3.00).")

    @pytest.mark.parametrize("rows", [[], [0]])
    def test_a_path_has_means(self, rows: list[int]) -> None:
        with pytest.raises(ValueError, match="touchpoints with means"):
            path.spec(self.frame.iloc[rows].assign(mean=np.nan), measure="CSAT")


class TestVerdict:
    def test_grounds_are_grouped(self) -> None:
        grounds = (
            Ground("separate_sources", True),
            Ground("enough_units", True),
            Ground("alpha_ex", True),
            Ground("icc2_cx", False),
            Ground("permutation", None),
            Ground("stable", True),
            Ground("opposite", False),
            Ground("equivalence", True),
        )
        limits = (Limit("control_same"),)
        decided = Verdict("h1", "inconclusive", grounds, limits, "association")
        row = verdict_row(decided, "H1", r())
        named = [(render(name, "en"), met) for name, met in row.criteria]
        assert named == [
            ("Different respondents", True),
            ("Enough units", True),
            ("Reliable measures", False),
            ("Robust", None),
            ("Shown to be negligible", True),
            ("Control shows no such effect", False),
        ]
        told = alt(verdict.spec([row], 0.1))
        assert "“H1” Verdict: Inconclusive. Primary estimate: .40 [.20, .60]." in told
        assert "Not met: Reliable measures; Control shows no such effect." in told

    def test_an_unknown_verdict_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown verdict 'proven'; known: supported"):
            VerdictRow(statement="H", verdict="proven", primary=r())

    def test_many_hypotheses_go_to_several_pages(self) -> None:
        rows = [VerdictRow(statement=f"H{n}", verdict="supported", primary=r()) for n in range(40)]
        with pytest.raises(ValueError, match="40 hypotheses"):
            verdict.spec(rows, 0.1)
        pages = verdict.pages(rows, 0.1)
        assert [row for page in pages for row in page.data["rows"]] == rows
        assert all(page.height_cm <= 22 for page in pages)
        assert [page.id for page in verdict.pages(rows[:2], 0.1)] == ["fig-verdicts"]


class TestOthers:
    def test_profile_orders_by_ex_and_names_at_most_60_units(self) -> None:
        ex = np.linspace(3, 4, 61)
        frame = pd.DataFrame({"unit": [f"u{n}" for n in range(61)], "ex": ex, "cx": ex + 1})
        frame = frame.assign(ex_low=np.nan, ex_high=np.nan, cx_low=np.nan, cx_high=np.nan)
        spec = profile.spec(frame, ex="EX", cx="CX")
        assert spec.data["frame"]["ex"].is_monotonic_decreasing
        assert "u60" not in alt(spec)
        assert "confidence" not in note(spec)
        assert "from 3.00 (u0) to 3.98 (u59)" in alt(profile.spec(frame.head(60), ex="EX", cx="CX"))

    def test_unknown_sides_are_said(self) -> None:
        frame = pd.DataFrame({"unit": ["a"], "period": ["2026"], "ex": [3.0], "cx": [np.nan]})
        frame = frame.assign(ex_low=np.nan, ex_high=np.nan, cx_low=np.nan, cx_high=np.nan)
        assert alt(profile.spec(frame, ex="EX", cx="CX")).endswith("CX: no unit has a score.")
        told = alt(trend.spec(frame, ex="EX", cx="CX"))
        assert told.endswith("“EX” is known in one period only: 3.00 (2026). CX: no period has a score.")

    def test_responses_by_period_or_in_total(self) -> None:
        def answers(periods: int) -> pd.DataFrame:
            frame = pd.DataFrame({"source": "S", "period": [f"{n:02d}" for n in range(periods)], "n_answers": 10})
            return frame.assign(n_units=5, response_rate=np.nan)

        missing = pd.DataFrame({"variable": [f"v{n}" for n in range(30)], "missing_share": np.linspace(0, 0.29, 30)})
        shown = [responses.spec(answers(n), missing).data["by_period"] for n in (1, 2, 30, 31)]
        assert shown == [False, True, True, False]
        spec = responses.spec(answers(31), missing)
        assert "S: answers 310, units 5." in alt(spec)
        assert "The 25 variables with most missing answers out of 30 are shown." in note(spec)
        assert spec.data["missing"]["variable"].iloc[0] == "v29"

    def test_lags_tell_both_directions_and_the_placebos(self) -> None:
        spec = lags.spec(r(), nothing(), 0.1, ex="EX", cx="CX", placebos=[("late", r(0.01, -0.1, 0.12))])
        assert "EX and the next period's CX: .40 [.20, .60]." in alt(spec)
        assert "CX and the next period's EX: no result. Only 4 units" in alt(spec)
        assert alt(spec).endswith("late: .01 [−.10, .12].")
        with pytest.raises(ValueError, match="at most six"):
            lags.spec(r(), r(), 0.1, ex="E", cx="C", placebos=[("p", r())] * 7)

    @given(st.lists(finite))
    def test_limits_hold_the_values(self, values: list[float]) -> None:
        low, high = padded([*values, np.nan])
        assert low < high
        assert all(low <= value <= high for value in values)

    def test_sentences_and_lists(self) -> None:
        assert render(sentences("A.", None, "B."), "fi") == "A. B."
        assert render(listed("a", "b", "c"), "en") == "a; b; c"
        assert bounded(-math.inf) == "−∞"
        with pytest.raises(ValueError, match="one sentence or more"):
            sentences(None)
