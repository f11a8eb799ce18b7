"""Reliability and common-method checks in a small study: numbers, sentences in both languages, refusals."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cxresearch.exhibits import FigureSpec, ProseSpec, TableSpec, render_exhibit
from cxresearch.exhibits.blocks import Prose
from cxresearch.exhibits.common_method import common_method
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.reliability import reliability
from cxresearch.findings import Findings
from cxresearch.statistic import Estimate, NotEstimable
from cxresearch.study import load_study
from cxresearch.workflow.analysis import analyse, provenance
from cxresearch.workflow.topics import registry
from tests.workflow.tiny_study import Tiny, tiny

EXTRA = {"mood": ("Ilo", "Ylpeys", "Into"), "pay": ("Palkka", "Edut")}


def enriched(spread: float = 0.8) -> Tiny:
    """The small study with two more scales of the staff, an overall item and a marker, coloured by each one's mood."""
    made, rng = tiny(16), np.random.default_rng(5)
    for row in made.staff:
        mood = rng.normal(0, spread)
        for scale, names in EXTRA.items():
            own = 3 + mood + rng.normal(0, 0.5)
            for place in range(1, len(names) + 1):
                row[f"{scale}{place}"] = str(int(np.clip(np.rint(own + rng.normal(0, 0.5)), 1, 5)))
        row["weather"] = str(int(np.clip(np.rint(3 + mood / 2 + rng.normal(0, 0.8)), 1, 5)))
    for scale, names in EXTRA.items():
        made.codebook += "".join(
            f"{scale}{place},staff,item,{scale},,1,5,9,{name},{name}\n" for place, name in enumerate(names, start=1)
        )
        label = f'label: {{ fi: "{scale} fi", en: "{scale} en" }}'
        made.replace("  csat:\n", f"  {scale}:\n    {label}\n    scale: {scale}\n  csat:\n")
    made.codebook += "weather,staff,item,,,1,5,9,Sää,Weather\n"
    return made


def with_common_source(made: Tiny) -> Tiny:
    """A second survey that the staff answered about the customers, with the same codes of persons; and a marker."""
    rng = np.random.default_rng(9)
    rows = []
    for row in made.staff:
        judged = int(row["mood1"]) + rng.normal(0, 0.6)
        rows.append([row["team"], row["month"], row["person"], str(int(np.clip(np.rint(judged), 1, 5)))])
    made.raw["raw/views.csv"] = "\n".join(
        ",".join(row) for row in [["team", "month", "person", "view"], *rows]
    ).encode()
    header, *lines = made.codebook.splitlines()
    made.codebook = "\n".join([f"{header},informant", *(f"{line}," for line in lines)]) + "\n"
    made.codebook += (
        "team,views,unit,,,,,,Tiimi,Team,\nmonth,views,period,,,,,,Kuukausi,Month,\n"
        "person,views,respondent,,,,,,Vastaaja,Respondent,\n"
        "view,views,item,,,1,5,9,Käsitys asiakkaista,View of customers,employee\n"
    )
    made.replace(
        "measures:",
        "  views:\n    side: customer\n    grain: respondents\n    path: raw/views.csv\n"
        '    label: { fi: "Käsityskysely", en: "Survey of views" }\nmeasures:',
    )
    made.replace("  csat:\n", '  view:\n    label: { fi: "Käsitys", en: "View" }\n    item: view\n  csat:\n')
    made.replace(
        "resampling:",
        '  h2:\n    statement: { fi: "Ilo ja käsitys.", en: "Mood and view." }\n    ex: mood\n    cx: view\n'
        "analyses: { marker: weather }\nresampling:",
    )
    return made


@pytest.fixture(scope="module")
def only_ours() -> object:
    kept = {name: registry.TOPICS[name] for name in ("reliability", "common_method")}
    patch = pytest.MonkeyPatch()
    patch.setattr(registry, "TOPICS", kept)
    yield kept
    patch.undo()


def run(made: Tiny, folder: Path) -> Findings:
    study = load_study(made.write(folder))
    return analyse(study, provenance(study, 1))


@pytest.fixture(scope="module")
def plain(only_ours: object, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return run(enriched(), tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def common(only_ours: object, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return run(with_common_source(enriched()), tmp_path_factory.mktemp("common"))


def prose(exhibits: tuple[Exhibit, ...], language: str) -> str:
    shown = [render_exhibit(exhibit, language) for exhibit in exhibits if isinstance(exhibit, ProseSpec)]
    text = " ".join(block.markdown for block in shown if isinstance(block, Prose))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_scales_have_reliability_and_two_items_say_why_not(plain: Findings) -> None:
    omega = plain.estimate("scale.leadership.omega")
    assert omega is not None and omega.n_units == 16 and omega.conf_low is not None
    refused = plain.result("scale.pay.omega")
    assert isinstance(refused, NotEstimable) and refused.reason == "reliability.two_items"
    assert plain.estimate("scale.pay.ordinal_alpha") is not None
    assert plain.estimate("questionnaire.staff.omega_h") is not None
    assert plain.estimate("validity.staff.htmt.mood.pay") is not None
    assert set(plain.frames["parallel"]["source"]) == {"staff"}
    assert "unit" not in plain.frames["parallel"] and "unit" not in plain.frames["method_pairs"]


def test_the_section_has_a_table_and_figures(plain: Findings) -> None:
    shown = reliability(plain)
    tables = [exhibit.id for exhibit in shown if isinstance(exhibit, TableSpec)]
    assert tables == ["tbl-reliability", "tbl-validity-staff"]
    figures = [exhibit.id for exhibit in shown if isinstance(exhibit, FigureSpec)]
    assert figures == ["fig-eigenvalues-staff"]
    for language in ("fi", "en"):
        for exhibit in shown:
            render_exhibit(exhibit, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Kyselyssä ”Henkilöstökysely” on 8 osiota ja 3 usean osion mittaria."),
        ("fi", "Faktorimalli edellyttää vähintään kolmea osiota, mutta osioita on 2;"),
        ("fi", "Suuri reliabiliteetti ei vielä kerro, että mittari mittaa sitä, mitä sen on tarkoitus mitata."),
        ("en", "The survey “Staff survey” has 8 items and 3 scales of several items."),
        ("en", "A factor model needs at least three items; there are 2."),
        ("en", "High reliability does not yet tell that a scale measures what it is meant to measure."),
    ],
)
def test_reliability_in_words(plain: Findings, language: str, sentence: str) -> None:
    assert sentence in prose(reliability(plain), language)


def test_measures_of_the_same_people_are_compared_with_different_people(plain: Findings) -> None:
    same, apart = (plain.estimate(f"common_method.mood.pay.{kind}") for kind in ("same_source", "split_sample"))
    assert same is not None and apart is not None
    assert same.estimate > apart.estimate + 0.1  # the mood is each person's, not the unit's
    assert same.n_respondents == 16 * 6  # persons who answered twice count once
    assert set(plain.frames["method_pairs"]["hypothesis"]) == {False}


def test_people_who_may_stand_in_both_halves_are_said(only_ours: object, tmp_path: Path) -> None:
    made = enriched()
    made.codebook = made.codebook.replace("person,staff,respondent,,,,,,Vastaaja,Respondent\n", "")
    findings = run(made, tmp_path)
    found = findings.estimate("common_method.mood.pay.split_sample")
    assert found is not None and "reliability.persons_unknown" in found.health
    assert found.n_respondents == 2 * 16 * 6
    assert "sama ihminen on voinut olla kummassakin puoliskossa" in prose(common_method(findings), "fi")
    assert "the same person may stand in both halves" in prose(common_method(findings), "en")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "työntekijämittari ja asiakasmittari ovat eri ihmisiltä, joten tämä harha ei voi suurentaa"),
        ("en", "come from different people, so this bias cannot raise the associations between them."),
    ],
)
def test_hypotheses_over_different_people_are_safe(plain: Findings, language: str, sentence: str) -> None:
    assert sentence in prose(common_method(plain), language)


def test_a_hypothesis_of_one_source_is_checked_by_halves_and_by_the_marker(common: Findings) -> None:
    plain, method, adjusted = (
        common.estimate(f"common_method.h2.{part}") for part in ("respondents", "marker_method", "marker")
    )
    assert plain is not None and method is not None and adjusted is not None
    assert 0 < method.estimate < plain.estimate
    assert adjusted.estimate == pytest.approx((plain.estimate - method.estimate) / (1 - method.estimate))
    assert isinstance(common.result("common_method.h2.split_sample"), Estimate)
    assert common.estimate("common_method.h2.split_sample").n_respondents == 16 * 6  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fi",
            (
                "Yhden hypoteesin molemmat mittarit perustuvat samojen ihmisten vastauksiin: H2.",
                "Merkkimuuttujan osoittama vastaustavan osuus on",
                "Harmanin testi on heikkoa näyttöä",
            ),
        ),
        (
            "en",
            (
                "Both measures of one hypothesis rest on answers of the same people: H2.",
                "The marker variable puts the share of a common way of answering at",
                "Harman’s test is weak evidence",
            ),
        ),
    ],
)
def test_common_method_in_words(common: Findings, language: str, sentences: tuple[str, ...]) -> None:
    told = prose(common_method(common), language)
    for sentence in sentences:
        assert sentence in told


def test_people_without_codes_cannot_be_matched(only_ours: object, tmp_path: Path) -> None:
    made = with_common_source(enriched())
    made.raw["raw/views.csv"] = re.sub(rb",p(\d)", rb",q\1", made.raw["raw/views.csv"])
    findings = run(made, tmp_path)
    refused = findings.result("common_method.h2.split_sample")
    assert isinstance(refused, NotEstimable) and refused.reason == "reliability.no_shared_rows"
    assert "vastauksia ei voi yhdistää vastaajittain" in prose(common_method(findings), "fi")
    assert "answers cannot be matched by respondent" in prose(common_method(findings), "en")


@pytest.mark.parametrize(("language", "word"), [("fi", "jättää"), ("en", "leaves")])
def test_what_the_plan_leaves_out_is_said(only_ours: object, tmp_path: Path, language: str, word: str) -> None:
    made = tiny(12)
    made.replace("resampling:", "analyses: { leave_out: [reliability, common_method] }\nresampling:")
    findings = run(made, tmp_path)
    for shown in (reliability(findings), common_method(findings)):
        assert word in prose(shown, language)


def test_the_same_study_gives_the_same_numbers(plain: Findings, only_ours: object, tmp_path: Path) -> None:
    again = run(enriched(), tmp_path)
    ours = ("scale", "questionnaire", "validity", "common_method")
    for term, result in plain.results.items():
        if term.split(".")[0] in ours:
            assert again.results[term] == result
