from __future__ import annotations

from pathlib import Path

import pytest

from cxresearch.errors import Problem
from cxresearch.study import Study, check_plan, check_study, load_study
from tests.study.conftest import Make, codes

Change = tuple[str, str]

SCORES = [
    ("    side: customer\n    grain: respondents", "    side: customer\n    grain: unit_scores"),
]
AS_SCORES: list[Change] = [
    ("recommend;guests;item;;0;10", "recommend;guests;score;rec;0;10"),
    ("parking;guests;item;;1;5", "parking;guests;score;park;1;5"),
]
COUNTED: list[Change] = [
    ("recommend;guests;item;;0;10;", "recommend;guests;item;;0;10;0=r0|10=r10"),
    ("parking;guests;item;;1;5;", "parking;guests;item;;1;5;1=p1|5=p5|=p_idk"),
]
COUNTS: Change = ("    side: customer\n    grain: respondents", "    side: customer\n    grain: counts")
TO_END = "covariates: [tenure]"
PERIODS: list[Change] = [
    ("path: raw/staff.csv", "path: raw/staff.csv\n    period: 2025"),
    ("path: raw/guests.csv", "path: raw/guests.csv\n    period: 2025"),
]


def found(folder: Path) -> dict[str, Problem]:
    problems = check_plan(load_study(folder))
    for problem in problems:
        for language in ("fi", "en"):
            assert problem.what(language)
            assert problem.remedy(language)
        assert problem.line is not None
    return {problem.code.removeprefix("study."): problem for problem in reversed(problems)}


def test_the_valid_study_has_no_problem(study: Study) -> None:
    assert check_study(study) == ()


CASES: list[tuple[list[Change], list[Change], str, str, str]] = [
    (
        [],
        [("tenure;staff", "tenure;personnel")],
        "unknown_source",
        "source",
        "The codebook speaks of the source “personnel”, which study.yml does not declare.",
    ),
    ([], [("tenure;staff", "tenure;staf")], "unknown_source_near", "source", "Did you mean staff?"),
    (
        [],
        [("branch;staff;unit;;;;;;;", "branch;staff;covariate;;;;;Konttori;Branch;")],
        "no_unit",
        "sources.staff",
        "No variable of the source staff tells the unit. Give the role unit in codebook.csv",
    ),
    ([("period: none", "period: year")], [], "no_period", "sources.staff", "nothing tells the period of the source"),
    ([PERIODS[0]], [], "period_unused", "sources.staff.period", "(period: none)"),
    (
        [("period: none", "period: year"), *PERIODS],
        [("tenure;staff;covariate", "tenure;staff;period")],
        "period_twice",
        "sources.staff.period",
        "is told twice: in study.yml and by the column “tenure”",
    ),
    (
        [("period: none", "period: quarter"), *PERIODS],
        [],
        "period_unreadable",
        "sources.staff.period",
        "“2025” is not a period as the study compares them. Write it like this: 2025-Q1.",
    ),
    (
        SCORES,
        [],
        "no_scores",
        "sources.guests.grain",
        "The source guests has no score, although its grain is unit_scores.",
    ),
    (SCORES, [], "item_in_unit_scores", "role", "“recommend” is an item, but the source guests holds scores of units"),
    ([], AS_SCORES, "no_items", "sources.guests.grain", "has no item, although its grain is respondents"),
    ([], AS_SCORES, "score_in_respondents", "role", "is a score of units, but the source guests holds answers"),
    ([COUNTS], AS_SCORES, "score_in_counts", "role", "is a score of units, but the source guests holds counts"),
    ([COUNTS], [], "counts_without_options", "options", "has no options, but the source guests holds counts"),
    ([], COUNTED, "options_without_counts", "options", "has options, but the source guests does not hold counts"),
    (
        [("    scale: lead", "    scale: lead\n    item: lead1")],
        [],
        "measure_both",
        "measures.leadership",
        "The measure leadership names a scale and an item. Keep one of them.",
    ),
    ([("    scale: lead\n", "")], [], "measure_empty", "measures.leadership", "names neither a scale nor an item"),
    ([("scale: lead", "scale: leda")], [], "unknown_scale_near", "measures.leadership.scale", "Did you mean lead?"),
    (
        [("scale: lead", "scale: wellbeing")],
        [],
        "unknown_scale",
        "measures.leadership.scale",
        "The codebook has no scale “wellbeing”. Use one of its scales (lead)",
    ),
    (
        [("item: recommend", "item: recommendd")],
        [],
        "unknown_item_near",
        "measures.nps.item",
        "Did you mean recommend?",
    ),
    (
        [("item: recommend", "item: qqq")],
        [],
        "unknown_item",
        "measures.nps.item",
        "Use one of its items and scores: lead1, lead2, recommend, parking.",
    ),
    (
        [("item: recommend", "item: tenure")],
        [],
        "item_of_other_role",
        "measures.nps.item",
        "“tenure” is in the codebook, but neither an item nor a score: its role is covariate.",
    ),
    (
        [],
        [("parking;guests;item;;1;5", "parking;guests;item;lead;1;5")],
        "mixed_sides",
        "measures.leadership",
        "The measure leadership mixes sources of different sides: guests, staff.",
    ),
    (
        [],
        [("lead2;staff;item;lead;1;5", "lead2;staff;item;lead;1;7")],
        "ranges_differ",
        "measures.leadership",
        "The answers of the measure leadership have different ranges: lead1 1…5, lead2 1…7.",
    ),
    (
        [*SCORES, ("item: recommend\n    metric: nps", "scale: rec")],
        [AS_SCORES[0], ("parking;guests;item;;1;5", "parking;guests;score;rec;0;10")],
        "several_scores",
        "measures.nps",
        "The measure nps has more than one score in one source: recommend, parking.",
    ),
    (
        [("item: parking", "item: parking\n    top: [4, 5]")],
        [],
        "top_without_csat",
        "measures.parking.top",
        "The measure parking lists top answers, but its metric is mean.",
    ),
    (
        SCORES,
        AS_SCORES,
        "metric_of_score",
        "measures.nps.metric",
        "The metric nps cannot be computed for the measure nps: “recommend” is a finished score of units.",
    ),
    (
        [("scale: lead", "scale: lead\n    metric: ces")],
        [],
        "metric_of_scale",
        "measures.leadership.metric",
        "The metric ces needs a single item, but the measure leadership is a scale of several.",
    ),
    (
        [("item: parking", "item: parking\n    metric: csat")],
        [],
        "csat_without_top",
        "measures.parking.metric",
        "does not say which answers count as satisfied. Give top, for example top: [4, 5].",
    ),
    (
        [("item: parking", "item: parking\n    metric: csat\n    top: [5, 6]")],
        [],
        "top_outside",
        "measures.parking.top",
        "The top answer 6 lies outside the range of “parking” (1…5).",
    ),
    (
        [],
        [("recommend;guests;item;;0;10", "recommend;guests;item;;1;5")],
        "nps_range",
        "measures.nps.metric",
        "The Net Promoter Score needs answers from 0 to 10, but “recommend” has 1…5.",
    ),
    (
        [("item: parking", "item: parking\n    target: 6")],
        [],
        "target_outside",
        "measures.parking.target",
        "The target 6 of the measure parking lies outside its range (1…5).",
    ),
    (
        [("metric: nps", "metric: nps\n    target: 150")],
        [],
        "target_outside",
        "measures.nps.target",
        "lies outside its range (-100…100)",
    ),
    ([("ex: leadership", "ex: leadersip")], [], "unknown_measure_near", "hypotheses.h1.ex", "Did you mean leadership?"),
    (
        [("cx: nps", "cx: churn")],
        [],
        "unknown_measure",
        "hypotheses.h1.cx",
        "use one of these: leadership, nps, parking.",
    ),
    (
        [("ex: leadership", "ex: parking")],
        [],
        "ex_on_wrong_side",
        "hypotheses.h1.ex",
        "needs an employee measure as ex, but “parking” is on the side customer.",
    ),
    (
        [("cx: nps", "cx: leadership")],
        [],
        "cx_on_wrong_side",
        "hypotheses.h1.cx",
        "needs a customer measure as cx, but “leadership” is on the side employee.",
    ),
    (
        [("controls: [parking]", "controls: [nps]")],
        [],
        "control_is_outcome",
        "hypotheses.h1.controls",
        "The negative control “nps” is the customer measure of the hypothesis itself.",
    ),
    (
        [("controls: [parking]", "controls: [leadership]")],
        [],
        "control_of_employees",
        "hypotheses.h1.controls",
        "The negative control “leadership” is an employee measure.",
    ),
    (
        [("controls: [parking]", "controls: [parking, parking]")],
        [],
        "named_twice",
        "hypotheses.h1.controls",
        "“parking” stands twice in hypotheses.h1.controls.",
    ),
    (
        [(TO_END, "covariates: [lead1]")],
        [],
        "not_a_covariate",
        "hypotheses.h1.covariates",
        "“lead1” is in the codebook, but it is no covariate: its role is item.",
    ),
    ([(TO_END, "covariates: [tenur]")], [], "unknown_covariate_near", "hypotheses.h1.covariates", "mean tenure?"),
    ([(TO_END, "covariates: [age]")], [], "unknown_covariate", "hypotheses.h1.covariates", "one of these: tenure."),
    (
        [(TO_END, "periods: [2025]")],
        [],
        "periods_without_period",
        "hypotheses.h1.periods",
        "names periods, but the study does not compare periods (period: none).",
    ),
    (
        [("period: none", "period: as_is"), *PERIODS, (TO_END, "periods: [1999]")],
        [],
        "unknown_period",
        "hypotheses.h1.periods",
        "No source is of the period “1999”. Use one of these: 2025.",
    ),
    (
        [("period: none", "period: year"), *PERIODS, (TO_END, "periods: [2024]")],
        [],
        "unknown_period_near",
        "hypotheses.h1.periods",
        "Did you mean 2025?",
    ),
    (
        [("period: none", "period: year"), *PERIODS, (TO_END, "periods: [2025-03]")],
        [],
        "period_form",
        "hypotheses.h1.periods",
        "The period “2025-03” is written otherwise than the results name it. Write 2025.",
    ),
    (
        [*SCORES, ("metric: nps", "metric: mean"), (TO_END, "primary: mixed")],
        AS_SCORES,
        "mixed_of_unit_scores",
        "hypotheses.h1.primary",
        "A mixed model needs customers' answers, but the source guests holds scores of units.",
    ),
]


@pytest.mark.parametrize(("changes", "codebook", "code", "column", "sentence"), CASES)
def test_each_contradiction(
    make: Make, changes: list[Change], codebook: list[Change], code: str, column: str, sentence: str
) -> None:
    problems = found(make(*changes, codebook=codebook))
    assert code in problems, list(problems)
    problem = problems[code]
    assert problem.column == column
    assert sentence in f"{problem.what('en')} {problem.remedy('en')}"
    assert problem.file == ("codebook.csv" if column in ("source", "role", "options") else "study.yml")


def test_a_source_that_the_codebook_does_not_know(make: Make) -> None:
    extra = (
        "  till:\n    side: process\n    grain: unit_scores\n    path: raw/staff.csv\n"
        "    label: { fi: Kassa, en: Till }\n"
    )
    (problem,) = found(make(("measures:\n", extra + "measures:\n"))).values()
    assert problem.what("en") == "The codebook says nothing of the source till."
    assert problem.where() == "study.yml:16 (sources.till)"


def test_counts_offer_their_options_as_range(make: Make) -> None:
    assert found(make(COUNTS, codebook=COUNTED)) == {}


def test_ranges_may_differ_between_periods_that_are_standardised(make: Make) -> None:
    third = (
        "  staff_2024:\n    side: employee\n    grain: respondents\n    path: raw/staff.csv\n    period: 2024\n"
        "    label: { fi: Kysely, en: Survey }\n"
    )
    rows = "branch;staff_2024;unit;;;;;;;\nlead1;staff_2024;item;lead;1;7;;Kuuntelu;Listening;\n"
    changes = [("period: none", "period: year"), *PERIODS, ("measures:\n", third + "measures:\n")]
    codebook = [("branch;guests", rows + "branch;guests")]
    assert set(found(make(*changes, codebook=codebook))) == {"ranges_differ"}
    excused = [*changes, ("scale: lead", "scale: lead\n    standardise: within_period")]
    assert found(make(*excused, codebook=codebook)) == {}


def test_a_timestamp_tells_the_period(make: Make) -> None:
    rows = [
        ("tenure;staff;covariate", "at;staff;timestamp;;;;;;;\ntenure;staff;covariate"),
        ("recommend;guests", "at;guests;timestamp;;;;;;;\nrecommend;guests"),
    ]
    assert found(make(("period: none", "period: quarter"), codebook=rows)) == {}


def test_the_finnish_sentences_read_as_sentences(make: Make) -> None:
    problems = found(make(("scale: lead", "scale: leda"), ("cx: nps", "cx: leadership"), (TO_END, "covariates: [age]")))
    told = {code: f"{problem.what('fi')} {problem.remedy('fi')}" for code, problem in problems.items()}
    assert told["unknown_scale_near"] == "Koodikirjassa ei ole asteikkoa ”leda”. Tarkoititko: lead?"
    assert told["unknown_covariate"] == "Koodikirjassa ei ole kovariaattia ”age”. Käytä jotakin näistä: tenure."


FILES: list[tuple[Change, str, str]] = [
    (("path: raw/staff.csv", "path: raw/staf.csv"), "missing_source", "The file “raw/staf.csv” does not exist."),
    (("path: raw/staff.csv", "path: raw"), "not_a_file", "“raw” is not a file."),
    (("path: raw/staff.csv", "path: ../../etc/passwd"), "path_outside", "leads out of the study folder"),
    (("path: raw/staff.csv", "path: raw/../../x.csv"), "path_outside", "leads out of the study folder"),
    (("path: raw/staff.csv", r"path: ..\x.csv"), "path_outside", "leads out of the study folder"),
    (("path: raw/staff.csv", "path: ''"), "no_path", "A source has no file."),
    (("path: raw/staff.csv", "path: https://a:b@c/x.csv"), "path_is_address", "“https://a:…@c/x.csv” is an address"),
    (("path: raw/staff.csv", "read: { url: 'sqlite://' }"), "no_query", "A database source has no query."),
    (("path: raw/staff.csv", "path: raw/staff.csv\n    read: { format: sql }"), "no_query", "Give read.query"),
    (("period: none", "period: none\nunit_aliases: names.csv"), "missing_source", "or correct unit_aliases."),
    (("period: none", "period: none\nunit_aliases: ../names.csv"), "path_outside", "“../names.csv” leads out"),
]


@pytest.mark.parametrize(("change", "code", "sentence"), FILES)
def test_files(make: Make, change: Change, code: str, sentence: str) -> None:
    problems = check_study(load_study(make(change)))
    assert codes(problems) == [code]
    assert sentence in f"{problems[0].what('en')} {problems[0].remedy('en')}"
    assert problems[0].remedy("fi")
    assert problems[0].line is not None


@pytest.mark.parametrize("path", ["./raw/staff.csv", "raw/../raw/staff.csv", r"raw\staff.csv"])
def test_paths_inside_the_folder(make: Make, path: str) -> None:
    assert check_study(load_study(make(("path: raw/staff.csv", f"path: {path}")))) == ()


def test_absolute_paths_and_links_may_lead_outside(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.csv"
    file.write_text("branch\n", encoding="utf-8")
    folder = make(("path: raw/staff.csv", f"path: {file}"), ("path: raw/guests.csv", "path: raw/link.csv"))
    (folder / "raw" / "link.csv").symlink_to(file)
    study = load_study(folder)
    assert check_study(study) == ()
    assert study.source_file("staff") == file
