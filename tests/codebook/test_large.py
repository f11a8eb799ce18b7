from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxresearch.codebook import Codebook, Responses, validate, validate_large
from cxresearch.errors import DataError
from cxresearch.moments import item_moments, score_moments
from cxresearch.readers import open_large, read
from tests.codebook.tables import UNIT, book, spec, variable

SAME_SUMS = 1e-9
"""Sums of 200,000 small whole numbers, added in another order."""

ITEMS = tuple(variable(f"q{k}", missing=("99",)) for k in range(1, 5))
BOOK = book(UNIT, variable("id", "respondent", missing=("-",)), variable("when", "period"), *ITEMS,
            variable("sex", "covariate"), variable("open", "text"))  # fmt: skip
MONTHLY = spec(granularity="month")


def survey(n: int, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "team": rng.choice(["Helsinki", "HELSINKI ", "Espoo", "Vantaa", ""], size=n, p=[0.3, 0.1, 0.3, 0.29, 0.01]),
            "id": np.arange(n).astype(str),
            "when": rng.choice(
                ["2025-03-14 10:22", "2025-03-15", "3/2025", "1.4.2025", ""], size=n, p=[0.3, 0.3, 0.2, 0.19, 0.01]
            ),
            **{item.name: rng.choice(["1", "2", "3", "4", "5", "", "99"], size=n) for item in ITEMS},
            "sex": rng.choice(["F", "M", " m", ""], size=n),
            "open": rng.choice(["a, b", "multi word", ""], size=n),
            "extra": "x",
        }
    )
    frame.loc[5, ["id"]] = "-"
    return frame


def both(
    frame: pd.DataFrame, folder: Path, codebook: Codebook = BOOK, declared: Any = MONTHLY, form: str = "csv"
) -> tuple[Responses, Responses]:
    path = written(frame, folder, form)
    whole = validate(read(path, name="survey", shown_as="survey"), codebook, declared)
    with open_large(path, shown_as="survey") as table:
        return whole, validate_large(table, codebook, declared)


def written(frame: pd.DataFrame, folder: Path, form: str = "csv") -> Path:
    path = folder / f"survey.{form}"
    if form == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def expanded(found: Responses) -> pd.DataFrame:
    """Rows one by one, without what tells them apart, in an order of their own."""
    exact = [one.name for one in found.variables if one.role in ("timestamp", "duration")]
    frame = found.frame.drop(columns=["respondent", "line", "frequency", *exact], errors="ignore")
    every = frame.loc[frame.index.repeat(found.frame["frequency"])]
    return every.sort_values(list(every.columns), ignore_index=True)


def losses(found: Responses) -> dict[str, Any]:
    return {loss.reason: (loss.n_rows, loss.n_units, dict(loss.details)) for loss in found.losses}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Responses, Responses]:
    return both(survey(200_000), tmp_path_factory.mktemp("large"))


def test_counted_rows_are_the_rows_of_the_file(pair: tuple[Responses, Responses]) -> None:
    whole, counted = pair
    assert len(counted.frame) < len(whole.frame) / 4
    pd.testing.assert_frame_equal(expanded(counted), expanded(whole))
    assert counted.frame["frequency"].sum() == len(whole.frame)
    assert counted.frame["line"].isin(whole.frame["line"]).all()
    assert counted.unit_names == whole.unit_names
    assert counted.variables == whole.variables


def test_what_is_left_out_is_the_same(pair: tuple[Responses, Responses]) -> None:
    whole, counted = pair
    expected = losses(whole)
    expected["declared_missing"][2]["count"] -= 1  # the respondent without an id, which is not read here
    assert losses(counted) == expected


def test_moments_are_the_same(pair: tuple[Responses, Responses]) -> None:
    found = []
    for responses in pair:
        frame = responses.frame
        codes = frame["unit"].map({"espoo": 0, "helsinki": 1, "vantaa": 2}).to_numpy()
        items = frame[[item.name for item in ITEMS]].to_numpy()
        times = frame["frequency"].to_numpy()
        found.append(
            (score_moments(codes, items[:, 0], 3, frequency=times), item_moments(codes, items, 3, frequency=times))
        )
    (score, item), (counted_score, counted_item) = found
    for name in ("n", "mean", "ss"):
        np.testing.assert_allclose(getattr(counted_score, name), getattr(score, name), rtol=SAME_SUMS)
    for name in ("n_complete", "mean", "cross", "n", "item_mean", "item_ss"):
        np.testing.assert_allclose(getattr(counted_item, name), getattr(item, name), rtol=SAME_SUMS, atol=SAME_SUMS)


@pytest.mark.parametrize("policy", ["keep_first", "keep_last"])
def test_repeated_respondents_are_dropped_alike(policy: Any, tmp_path: Path) -> None:
    frame = survey(500)
    frame.loc[100:160, "id"] = [f" {number % 40} " for number in range(61)]
    whole, counted = both(frame, tmp_path, declared=spec(granularity="month", duplicates=policy))
    pd.testing.assert_frame_equal(expanded(counted), expanded(whole))
    assert losses(counted)[f"duplicates_{policy}"] == losses(whole)[f"duplicates_{policy}"]


@pytest.mark.parametrize("role", ["period", "timestamp"])
@pytest.mark.parametrize("policy", ["keep_first", "keep_last"])
def test_what_repeats_depends_on_the_role_of_the_time_alike(role: Any, policy: Any, tmp_path: Path) -> None:
    frame = survey(600)
    frame["id"] = [str(number % 90) for number in range(600)]
    codebook = book(UNIT, variable("id", "respondent"), variable("when", role), *ITEMS)
    whole, counted = both(frame, tmp_path, codebook, spec(granularity="quarter", duplicates=policy))
    pd.testing.assert_frame_equal(expanded(counted), expanded(whole))
    assert losses(counted)[f"duplicates_{policy}"] == losses(whole)[f"duplicates_{policy}"]


def refusals(frame: pd.DataFrame, folder: Path, declared: Any = MONTHLY) -> list[list[dict[str, str]]]:
    path = written(frame, folder)
    with pytest.raises(DataError) as whole:
        validate(read(path, name="survey", shown_as="survey"), BOOK, declared)
    with open_large(path, shown_as="survey") as table, pytest.raises(DataError) as counted:
        validate_large(table, BOOK, declared)
    return [sorted((p.row("en") for p in caught.value.problems), key=str) for caught in (whole, counted)]


def test_problems_are_the_same(tmp_path: Path) -> None:
    frame = survey(400)
    frame.loc[7, "q1"] = "9"
    frame.loc[8, "q2"] = "Agree"
    frame.loc[20, "id"] = frame.loc[21, "id"] = "7"
    frame.loc[20:21, ["team", "when"]] = ["Espoo", "3/2025"]
    frame.loc[30, "when"] = "soon"
    whole, counted = refusals(frame, tmp_path)
    assert counted == whole
    assert len(whole) >= 4


def test_many_faulty_rows_are_counted_alike(tmp_path: Path) -> None:
    frame = survey(3000)
    frame["q1"] = "7"
    whole, counted = refusals(frame, tmp_path)
    assert [row["what"].split(" (rows")[0] for row in whole] == [row["what"].split(" (rows")[0] for row in counted]


def test_typed_columns_of_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "team": [1, 2, 2, 2],
            "id": [10, 11, 12, 13],
            "open": ["a", "b", "c", "d"],
            "when": pd.to_datetime(["2025-03-01 10:00", "2025-03-02 00:00", "2025-04-01 00:00", "2025-04-02 23:59"]),
            **{item.name: [1.0, 99.0, 3.0, np.nan] for item in ITEMS},
            "sex": ["F", None, "M", "M"],
        }
    )
    whole, counted = both(frame, tmp_path, form="parquet")
    pd.testing.assert_frame_equal(expanded(counted), expanded(whole))
    assert counted.frame["unit"].tolist() == ["1", "2", "2", "2"]


def test_units_in_rows_are_not_merged(tmp_path: Path) -> None:
    frame = pd.DataFrame({"team": ["a", "b"], "no": [1, 1], "yes": [2, 2]})
    item = variable("q", options={1.0: ("no",), 5.0: ("yes",)})
    whole, counted = both(frame, tmp_path, book(UNIT, item), spec(grain="counts"))
    pd.testing.assert_frame_equal(counted.frame, whole.frame)


def test_without_periods_or_respondents(tmp_path: Path) -> None:
    frame = survey(300)[["team", "q1"]]
    whole, counted = both(frame, tmp_path, book(UNIT, ITEMS[0]), spec())
    pd.testing.assert_frame_equal(expanded(counted), expanded(whole))
    assert losses(counted) == losses(whole)
