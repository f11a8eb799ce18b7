"""Mechanism, drivers and comparisons in a small study: numbers by another route, privacy, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Figure, Prose, Table
from cxresearch.exhibits.comparisons import comparisons
from cxresearch.exhibits.drivers import drivers
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.mechanism import mechanism
from cxresearch.exhibits.statistics import statistics
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES
from cxresearch.statistic import NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.topics import registry
from tests.workflow.tiny_study import Tiny, guests, tiny

EXACT = 1e-9
"""The same formula by another route."""
TOPICS = ("comparisons", "mechanism", "drivers")
SMALL = "Tiimi 03"
"""A unit with four customers: fewer than the anonymity threshold."""
TOUCHPOINTS = ("offer", "work", "bill")


def enriched(units: int = 16) -> Tiny:
    """The small study with a recommendation, three touchpoints, region, a mediator and a moderator."""
    made, rng = tiny(units), np.random.default_rng(3)
    made.guests = [row for row in made.guests if row["team"] != SMALL] + guests(SMALL, (2, 2), 3.0, rng)
    for row in made.guests:
        level = int(row["satisfied"])
        rated = np.clip(np.rint(level + rng.normal(0, [0.7, 1.0, 1.6])), 1, 5).astype(int)
        row |= {name: str(value) for name, value in zip(TOUCHPOINTS, rated, strict=True)}
        row["recommend"] = str(int(np.clip(np.rint(2 * level + rng.normal(0, 1)), 0, 10)))
        row["region"] = "north" if int(row["team"][-2:]) % 2 else "south"
    header, *lines = made.codebook.splitlines()
    made.codebook = "\n".join([f"{header},touchpoint,kind", *(f"{line},," for line in lines)]) + "\n"
    made.codebook += "".join(
        f"{name},guests,item,touch,,1,5,9,{name} fi,{name} en,{name} / {name},\n" for name in TOUCHPOINTS
    )
    made.codebook += "recommend,guests,item,,,0,10,99,Suosittelu,Recommendation,,\n"
    made.codebook += "region,guests,covariate,,,,,,Alue,Region,,category\n"
    made.replace(
        "hypotheses:\n",
        '  nps:\n    label: { fi: "NPS", en: "NPS" }\n    item: recommend\n    metric: nps\n'
        '  touch:\n    label: { fi: "Kosketuspisteet", en: "Touchpoints" }\n    scale: touch\nhypotheses:\n',
    )
    made.replace("    cx: csat\n", "    cx: csat\n    mediators: [touch]\n    moderators: [region, nps]\n")
    return made


@pytest.fixture(scope="module", autouse=True)
def _only_ours() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(registry, "TOPICS", {name: registry.TOPICS[name] for name in TOPICS})
    yield
    patch.undo()


def run(made: Tiny, folder: Path) -> Findings:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, 1))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    frame = pd.DataFrame(enriched().guests)
    numbers = ["satisfied", "recommend", *TOUCHPOINTS]
    return frame.astype(dict.fromkeys(numbers, float))


@pytest.fixture(scope="module")
def ex() -> pd.Series:
    """Leadership by unit, people averaged first, without the unit that is too small."""
    staff = pd.DataFrame(enriched().staff)
    staff["score"] = staff[["lead1", "lead2", "lead3"]].astype(float).mean(axis=1)
    persons = staff.groupby(["team", "person"])["score"].mean()
    return persons.groupby("team").mean().drop(SMALL)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return run(enriched(), tmp_path_factory.mktemp("mechanism"))


def written(exhibits: tuple[Exhibit, ...], language: str) -> str:
    """All that a reader sees: prose, tables, captions, alternative texts."""
    parts: list[str] = []
    for exhibit in exhibits:
        block = render_exhibit(exhibit, language)
        if isinstance(block, Prose):
            parts.append(block.markdown)
        elif isinstance(block, Table):
            parts += [block.caption, block.note, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Figure):
            parts += [block.caption, block.alt, block.note]
    return " ".join(parts).replace("\N{NO-BREAK SPACE}", " ")


def test_the_mediation_leaves_small_units_out(found: Findings, rows: pd.DataFrame, ex: pd.Series) -> None:
    indirect = found.estimate("h1.mediation.touch.indirect")
    assert indirect is not None
    assert indirect.n_units == 15
    assert "mechanism.mediator_shares_outcome" in indirect.health
    path = found.estimate("h1.mediation.touch.a")
    kept = rows[rows.team != SMALL]
    mediator = kept.assign(touch=kept[list(TOUCHPOINTS)].mean(axis=1)).groupby("team")["touch"].mean()
    assert np.polyfit(ex, mediator[ex.index], 1)[0] == pytest.approx(path.estimate, rel=1e-9)


def test_a_category_and_a_measure_can_moderate(found: Findings) -> None:
    region = found.estimate("h1.moderation.region_2")
    assert region is not None and region.n_units == 15
    only_two = found.result("h1.moderation.region_2.johnson_neyman.low")
    assert isinstance(only_two, NotEstimable) and only_two.reason == "mechanism.two_values"
    assert found.estimate("h1.moderation.nps.mean") is not None


def test_frames_hold_no_units_below_the_threshold(found: Findings) -> None:
    assert set(found.frames["bends"].columns) >= {"hypothesis", "x", "curve", "lines"}
    assert "unit" not in found.frames["bends"] and "unit" not in found.frames["moderation"]
    shown = found.frames["unit_differences"]
    assert len(shown) > 20
    assert SMALL not in set(shown["unit"])
    assert (shown["n"] >= 5).all()
    everything = " ".join(written(make(found), "en") for make in (mechanism, drivers, comparisons))
    assert SMALL not in everything


def test_drivers_use_the_answers_themselves(found: Findings, rows: pd.DataFrame) -> None:
    design = np.column_stack([np.ones(len(rows)), rows[list(TOUCHPOINTS)]])
    fit = design @ np.linalg.lstsq(design, rows.recommend, rcond=None)[0]
    r2 = 1 - ((rows.recommend - fit) ** 2).sum() / ((rows.recommend - rows.recommend.mean()) ** 2).sum()
    assert found.estimate("driver.nps.r2").estimate == pytest.approx(r2, rel=EXACT)
    shares = [found.estimate(f"driver.nps.{name}.lmg").estimate for name in TOUCHPOINTS]
    assert sum(shares) == pytest.approx(r2, rel=EXACT)
    assert shares[0] > shares[2]
    assert found.estimate("driver.csat.r2").n_respondents == len(rows)


def test_waves_and_units_are_compared(found: Findings, rows: pd.DataFrame) -> None:
    change = found.estimate("compare.csat.2025-Q2")
    by_month = rows.groupby("month")["satisfied"].mean()
    assert change.estimate == pytest.approx(by_month["2025-04"] - by_month["2025-01"], rel=EXACT)
    assert found.estimate("compare.csat.units.holm").estimate <= found.estimate("compare.csat.units.bh").estimate
    assert found.estimate("mdd.csat.n50").estimate < found.estimate("mdd.csat.n10").estimate
    assert "compare.nps.2025-Q2" in found.results


def test_the_alternatives_rest_on_the_linked_units(found: Findings, rows: pd.DataFrame, ex: pd.Series) -> None:
    means = rows.groupby("team")["recommend"].mean()[ex.index]
    correlation = found.estimate("alternatives.nps.mean.correlation")
    assert correlation.estimate == pytest.approx(np.corrcoef(ex, means)[0, 1], rel=EXACT)
    category = np.where(rows.recommend >= 9, 1, np.where(rows.recommend >= 7, 0, -1))
    agreement = found.estimate("alternatives.nps.category")
    assert agreement.estimate == pytest.approx(np.corrcoef(category, rows.recommend)[0, 1], rel=EXACT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_has_words_and_a_picture_or_a_table(found: Findings, language: str) -> None:
    for make in (mechanism, drivers, comparisons):
        exhibits = make(found)
        kinds = {type(exhibit) for exhibit in exhibits}
        assert ProseSpec in kinds and kinds & {FigureSpec, TableSpec}
        ids = [exhibit.id for exhibit in exhibits if not isinstance(exhibit, ProseSpec)]
        assert len(ids) == len(set(ids))
        text = written(exhibits, language)
        assert all(f"[-@{given}]" in text for given in ids)
    assert "2-1-1" in written(mechanism(found), language)
    assert written(statistics(found), language)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fi", ("Hypoteesille H1 ei ilmoitettu välittävää tekijää.", "Hypoteesille H1 ei ilmoitettu muuntavaa tekijää.",
                "Koodikirjassa ei ole kosketuspisteitä")),
        ("en", ("No mediator was declared for H1.", "No moderator was declared for H1.",
                "The codebook places no rated touchpoints")),
    ],
)  # fmt: skip
def test_what_was_not_declared_is_said(tmp_path: Path, language: str, sentences: tuple[str, ...]) -> None:
    plain = run(tiny(12), tmp_path)
    text = written((*mechanism(plain), *drivers(plain), *comparisons(plain)), language)
    for sentence in sentences:
        assert sentence in text
    assert "alternatives" not in " ".join(plain.results)


def test_what_the_plan_leaves_out_is_not_computed(tmp_path: Path) -> None:
    made = enriched(12)
    made.replace("resampling:", "analyses: { leave_out: [mechanism, drivers, comparisons] }\nresampling:")
    left = run(made, tmp_path)
    assert not [
        term for term in left.results if term.startswith(("driver.", "compare.", "mdd.")) or "mediation" in term
    ]
    for make in (mechanism, drivers, comparisons):
        assert written(make(left), "en") == "The plan left this analysis out."
        assert written(make(left), "fi") == "Suunnitelma jätti tämän analyysin pois."
