from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.language import LANGUAGES, catalogue, render
from cxresearch.verdict import ANSWERS, DESIGNS, Criteria, Evidence, Quality, decide, decide_all, parts_of
from tests.verdict.cases import GOOD, NOTHING, evidence, mirrored, result, supported

UNITS = result(60, n_units=60, n_periods=3)
SMALL = {
    "pearson": result(0.05, -0.02, 0.12, p_value=0.15),
    "permutation": result(0.05, p_value=0.15),
    "equivalence": result(0.05, -0.01, 0.09, p_value=0.03),
}
WEAK = {"pearson": result(0.20, -0.06, 0.43, p_value=0.13), "permutation": result(0.20, p_value=0.13)}
SAME_CONTROL = {"control.price": result(0.35, 0.1, 0.55), "control.price.difference": result(0.05, -0.2, 0.3)}
STRONGER_CONTROL = {"control.price": result(0.6, 0.4, 0.75), "control.price.difference": result(-0.2, -0.35, -0.05)}
VAGUE_CONTROL = {"control.price": result(0.3, -0.01, 0.56), "control.price.difference": result(0.1, -0.2, 0.4)}
WEAKER_CONTROL = {"control.price": result(0.30, 0.05, 0.5), "control.price.difference": result(0.1, 0.01, 0.3)}
AGAINST = mirrored(supported())

TABLE = [
    # case, changed results, other evidence, changed criteria, answer, limits that it must have
    ("clear", {}, {}, {}, "supported", {"cross_section"}),
    ("barely large enough", {}, {}, {"smallest_effect": 0.40}, "supported", set()),
    ("too small to matter, though significant", {}, {}, {"smallest_effect": 0.41}, "inconclusive", set()),
    ("p below alpha alone", {"pearson": result(0.40, -0.01, 0.60, p_value=0.04)}, {}, {}, "inconclusive", set()),
    ("interval alone", {"pearson": result(0.40, 0.01, 0.60, p_value=0.06)}, {}, {}, "inconclusive", set()),
    ("lost to the family", {}, {"p_adjusted": 0.06}, {}, "inconclusive", set()),
    ("kept in the family", {}, {"p_adjusted": 0.04}, {}, "supported", set()),
    ("permutation disagrees", {"permutation": result(0.4, p_value=0.08)}, {}, {}, "inconclusive", set()),
    ("permutation missing", {"permutation": None}, {}, {}, "inconclusive", set()),
    ("permutation not estimable", {"permutation": NOTHING}, {}, {}, "inconclusive", set()),
    ("one unit carries it", {"leave_one_out.low": result(-0.02)}, {}, {}, "inconclusive", set()),
    ("influence unknown", {"leave_one_out.low": NOTHING}, {}, {}, "inconclusive", set()),
    ("no p value", {"pearson": result(0.40, 0.16, 0.60)}, {}, {}, "inconclusive", set()),
    ("no interval", {"pearson": result(0.40, p_value=0.001)}, {}, {}, "inconclusive", set()),
    ("weak", WEAK, {}, {}, "inconclusive", {"low_power"}),
    ("weak, but the units would have sufficed", {**WEAK, "mde": result(0.09)}, {}, {}, "inconclusive", set()),
    ("shown to be nil", SMALL, {}, {}, "no_meaningful_effect", set()),
    (
        "significant and shown to be trivial",
        {**SMALL, "pearson": result(0.05, 0.01, 0.09, p_value=0.01), "permutation": result(0.05, p_value=0.01)},
        {}, {}, "no_meaningful_effect", set(),
    ),
    ("opposite", AGAINST, {}, {}, "contradicted", set()),
    ("opposite as predicted", AGAINST, {}, {"direction": "negative"}, "supported", set()),
    ("predicted negative, found positive", {}, {}, {"direction": "negative"}, "contradicted", set()),
    ("opposite but fragile", {**AGAINST, "leave_one_out.high": result(0.01)}, {}, {}, "inconclusive", set()),
    ("too few units", {"n": result(19, n_units=19, n_periods=1)}, {}, {}, "not_testable", set()),
    ("just enough units", {"n": result(20, n_units=20, n_periods=1)}, {}, {}, "supported", set()),
    ("no units counted", {"n": None}, {}, {}, "not_testable", set()),
    ("same people on both sides", {}, {"same_source": True}, {}, "not_testable", set()),
    ("same people, and nil", SMALL, {"same_source": True}, {}, "not_testable", set()),
    ("poor employee scale", {}, {"ex": replace(GOOD, alpha=0.69)}, {}, "not_testable", set()),
    ("poor customer scale", {}, {"cx": replace(GOOD, alpha=0.50)}, {}, "not_testable", set()),
    ("poor scale, lower demands", {}, {"cx": replace(GOOD, alpha=0.50)}, {"min_alpha": 0.5}, "supported", set()),
    ("units not told apart by employees", {}, {"ex": replace(GOOD, icc2=0.49)}, {}, "not_testable", set()),
    ("units not told apart by customers", {}, {"cx": replace(GOOD, icc2=0.0)}, {}, "not_testable", set()),
    ("no agreement", {}, {"ex": replace(GOOD, rwg=0.4)}, {"min_rwg": 0.7}, "not_testable", set()),
    ("agreement not asked for", {}, {"ex": replace(GOOD, rwg=0.4)}, {}, "supported", set()),
    ("customers need not agree", {}, {"cx": replace(GOOD, rwg=0.1)}, {"min_rwg": 0.7}, "supported", set()),
    (
        "reliability unknown", {}, {"ex": Quality(), "cx": Quality(single_item=True)}, {}, "supported",
        {"reliability_unknown.ex", "reliability_unknown.cx", "alpha_unknown.ex"},
    ),
    ("main analysis impossible", {"pearson": NOTHING}, {}, {}, "not_testable", set()),
    ("main analysis absent", {}, {}, {"primary": "mixed"}, "not_testable", set()),
    ("control shows the same", SAME_CONTROL, {}, {}, "inconclusive", {"control_same"}),
    ("control is too uncertain to tell", VAGUE_CONTROL, {}, {}, "supported", {"control_uncertain"}),
    ("control shows more", STRONGER_CONTROL, {}, {}, "inconclusive", {"control_same"}),
    ("control shows less", WEAKER_CONTROL, {}, {}, "supported", {"control_nonzero"}),
    (
        "control without a difference", {**SAME_CONTROL, "control.price.difference": NOTHING}, {}, {}, "inconclusive",
        {"control_same"},
    ),
    (
        "opposite, and the control the same", {**AGAINST, **mirrored(SAME_CONTROL)}, {}, {}, "inconclusive",
        {"control_same"},
    ),
    ("control not estimable", {"control.price": NOTHING}, {}, {}, "supported", {"control_unknown"}),
    (
        "one of two controls shows the same",
        {**WEAKER_CONTROL, "control.size": result(0.3, 0.1, 0.5), "control.size.difference": result(0.1, -0.1, 0.3)},
        {}, {}, "inconclusive", {"control_nonzero", "control_same"},
    ),
    ("no control", {"control.price": None, "control.price.difference": None}, {}, {}, "supported", {"no_control"}),
    ("ranks disagree", {"spearman": result(0.1, -0.15, 0.34)}, {}, {}, "supported", {"rank_weaker"}),
    ("exploratory", {}, {"confirmatory": False}, {}, "supported", {"exploratory"}),
    ("several waves", {"n": UNITS}, {}, {}, "supported", {"same_time"}),
    (
        "the future speaks", {"n": UNITS, "placebo_lag": result(0.2, 0.1, 0.3), "placebo_lag.std": result(0.25)},
        {}, {}, "supported", {"placebo_lag"},
    ),
    (
        "both ways", {"n": UNITS, "lagged": result(0.2, 0.1, 0.3), "lagged.reverse": result(0.2, 0.1, 0.3)}, {}, {},
        "supported", {"reciprocal"},
    ),
    (
        "the other way only", {"n": UNITS, "lagged": result(0.1, -0.1, 0.3), "lagged.reverse": result(0.2, 0.1, 0.3)},
        {}, {}, "supported", {"reverse_only"},
    ),
    (
        "random draws leave it open",
        {"permutation": result(0.4, p_value=0.049, health=("linkage.monte_carlo_borderline",))},
        {}, {}, "supported", {"monte_carlo"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "changes", "more", "criteria", "answer", "limits"), TABLE, ids=[row[0] for row in TABLE]
)
def test_decision_table(case, changes, more, criteria, answer, limits) -> None:
    verdict = decide(evidence(changes, **more), Criteria(**criteria))
    assert verdict.verdict == answer
    assert {limit.code for limit in verdict.limits} >= limits
    for code in ("control_same", "placebo_lag", "reciprocal", "reverse_only", "exploratory"):
        if code not in limits:
            assert code not in {limit.code for limit in verdict.limits}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_every_verdict_ground_and_limit_has_its_sentence(row, language: str) -> None:
    verdict = decide(evidence(row[1], **row[2]), Criteria(**row[3]))
    for phrase in (
        verdict.word(),
        verdict.sentence(),
        *(ground.phrase() for ground in verdict.grounds),
        *(limit.phrase() for limit in verdict.limits),
    ):
        assert render(phrase, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_and_wording_has_its_sentence(language: str) -> None:
    sentences = catalogue(language)
    for answer in ANSWERS:
        assert f"verdict.words.{answer}" in sentences
    for wording in {design.wording for design in DESIGNS.values()}:
        for answer in ("supported", "contradicted"):
            assert f"verdict.sentences.{answer}.{wording}" in sentences


def test_sentences_read_as_written() -> None:
    poor = decide(evidence(ex=replace(GOOD, alpha=0.52)), Criteria())
    assert render(poor.ground("alpha_ex").phrase(), "en") == (
        "The internal consistency of the employee measure is too low (.52; at least .70 was required)."
    )
    assert render(poor.ground("alpha_ex").phrase(), "fi") == (
        "Työntekijämittarin sisäinen johdonmukaisuus on liian heikko (0,52; vaatimus oli vähintään 0,70)."
    )
    same = decide(evidence(SAME_CONTROL), Criteria())
    (limit,) = (item for item in same.limits if item.code == "control_same")
    assert "”price”" in render(limit.phrase(), "fi")
    assert "r\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}.35" in render(limit.phrase(), "en")
    clear = decide(evidence(), Criteria())
    assert render(clear.ground("permutation").phrase(), "fi").endswith("p = 0,002).".replace(" ", "\N{NO-BREAK SPACE}"))


def test_a_verdict_that_is_not_testable_shows_no_effect() -> None:
    verdict = decide(evidence(same_source=True), Criteria())
    assert verdict.ground("interval") is None
    assert verdict.ground("separate_sources").met is False


@pytest.mark.parametrize(
    ("primary", "wording"),
    [("pearson", "association"), ("lagged", "precedence"), ("within", "within_unit"), ("mixed", "association")],
)
def test_wording_follows_the_design(primary: str, wording: str) -> None:
    design = DESIGNS[primary]
    effect = result(0.30, 0.10, 0.50, p_value=0.004)
    changes = {
        primary: effect,
        design.size: effect,
        design.permutation: result(0.3, p_value=0.004),
        f"{design.leave_one_out}.low": result(0.25),
        f"{design.leave_one_out}.high": result(0.35),
        design.equivalence: result(0.3, 0.15, 0.45, p_value=0.99),
        "n": UNITS,
    }
    verdict = decide(evidence(changes), Criteria(primary=primary))
    assert (verdict.verdict, verdict.wording) == ("supported", wording)
    text = render(verdict.sentence(), "en")
    assert {"association": "associated", "precedence": "precedes", "within_unit": "changes within"}[wording] in text


def named(hypothesis: str, p: float, **more) -> Evidence:
    return replace(evidence({"pearson": result(0.40, 0.16, 0.60, p_value=p)}), hypothesis=hypothesis, **more)


def test_the_declared_family_is_adjusted_by_holm() -> None:
    verdicts = decide_all([named("a", 0.02), named("b", 0.04), named("c", 0.03)], Criteria())
    assert [verdict.ground("p_adjusted").values["p"] for verdict in verdicts] == pytest.approx([0.06] * 3)
    assert {verdict.verdict for verdict in verdicts} == {"inconclusive"}


def test_exploratory_hypotheses_stand_outside_the_family() -> None:
    verdicts = decide_all([named("a", 0.04), named("b", 0.001, confirmatory=False)], Criteria())
    assert [verdict.ground("p_adjusted").values["p"] for verdict in verdicts] == [0.04, 0.001]
    assert "exploratory" in {limit.code for limit in verdicts[1].limits}


def test_what_is_not_testable_does_not_ease_the_others() -> None:
    verdicts = decide_all([named("a", 0.03), named("b", 1e-9, same_source=True)], Criteria())
    assert verdicts[0].ground("p_adjusted").values["p"] == pytest.approx(0.06)
    assert [verdict.verdict for verdict in verdicts] == ["inconclusive", "not_testable"]


def test_each_hypothesis_may_have_its_own_criteria() -> None:
    verdicts = decide_all(
        [named("a", 0.001), named("b", 0.001)], {"a": Criteria(), "b": Criteria(direction="negative")}
    )
    assert [verdict.verdict for verdict in verdicts] == ["supported", "contradicted"]


def test_parts_are_named_without_their_hypothesis() -> None:
    results = [result(0.1).named("h1.pearson"), result(0.2).named("h10.pearson"), result(0.3).named("h1.ols.std")]
    assert set(parts_of("h1", results)) == {"pearson", "ols.std"}


unit = st.floats(-0.95, 0.95)
probability = st.floats(0, 1)
share = st.none() | st.floats(0, 1)


@st.composite
def any_evidence(draw) -> Evidence:
    size, half = draw(unit), draw(st.floats(0.001, 0.5))
    low, high = sorted((draw(unit), draw(unit)))
    changes = {
        "n": result(draw(st.integers(4, 100)), n_periods=draw(st.integers(1, 3))),
        "pearson": result(size, size - half, size + half, p_value=draw(probability)),
        "permutation": result(size, p_value=draw(probability)),
        "leave_one_out.low": result(low),
        "leave_one_out.high": result(high),
        "equivalence": result(size, size - half, size + half, p_value=draw(probability)),
        "control.price": result(draw(unit), draw(st.sampled_from([-0.9, 0.01])), 0.95),
        "control.price.difference": result(draw(unit), draw(st.sampled_from([-0.9, 0.01])), 0.95),
    }
    quality = [Quality(alpha=draw(share), icc2=draw(share), rwg=draw(share)) for _ in range(2)]
    return evidence(changes, ex=quality[0], cx=quality[1], same_source=draw(st.booleans()))


def lower(value: float | None, by: float) -> float | None:
    return None if value is None else value * (1 - by)


@given(any_evidence(), probability, st.integers(0, 3))
def test_worse_evidence_never_becomes_support(found: Evidence, by: float, change: int) -> None:
    criteria = Criteria(min_rwg=0.5)
    before = decide(found, criteria).verdict
    units, pearson, permuted = (found.results[part] for part in ("n", "pearson", "permutation"))
    worse = [
        replace(found, results={**found.results, "n": replace(units, estimate=float(int(units.estimate * (1 - by))))}),
        replace(found, ex=replace(found.ex, alpha=lower(found.ex.alpha, by), icc2=lower(found.ex.icc2, by))),
        replace(found, same_source=True),
        replace(
            found,
            results={
                **found.results,
                "pearson": replace(pearson, p_value=max(pearson.p_value, by)),
                "permutation": replace(permuted, p_value=max(permuted.p_value, by)),
            },
        ),
    ][change]
    after = decide(worse, criteria).verdict
    if before == "not_testable":
        assert after == "not_testable"
    if before not in ("supported", "contradicted"):
        assert after not in ("supported", "contradicted")
    assert after in ANSWERS


@given(any_evidence(), st.floats(0.01, 0.6), st.floats(0, 0.39), st.integers(0, 60))
def test_higher_demands_never_become_support(found: Evidence, smallest: float, more: float, units: int) -> None:
    found = replace(found, results={**found.results, "equivalence": NOTHING})
    easy = decide(found, Criteria(smallest_effect=smallest, min_units=20)).verdict
    hard = decide(found, Criteria(smallest_effect=smallest + more, min_units=20 + units)).verdict
    if easy not in ("supported", "contradicted"):
        assert hard not in ("supported", "contradicted")


@given(any_evidence())
def test_turning_every_sign_turns_the_verdict(found: Evidence) -> None:
    turned = replace(found, results=mirrored(found.results))
    swap = {"supported": "contradicted", "contradicted": "supported"}
    first = decide(found, Criteria()).verdict
    assert decide(turned, Criteria()).verdict == swap.get(first, first)
    assert decide(turned, Criteria(direction="negative")).verdict == first


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.booleans()), min_size=1, max_size=6))
def test_a_larger_family_never_adds_support(family) -> None:
    items = [named(f"h{place}", p, confirmatory=True) for place, (p, _) in enumerate(family)]
    alone = decide_all(items[:1], Criteria())[0].verdict
    among = decide_all(items, Criteria())[0].verdict
    assert among == alone or (alone, among) == ("supported", "inconclusive")


def test_placeholders_use_known_formats() -> None:
    for language in LANGUAGES:
        for key, sentence in catalogue(language).items():
            if key.startswith("verdict."):
                specs = {spec for _, name, spec, _ in string.Formatter().parse(sentence) if name}
                assert specs <= {"", "n", "p", "r2", "d1", "d2", "pct0"}, key


@pytest.mark.parametrize("control", [VAGUE_CONTROL, WEAKER_CONTROL])
def test_a_control_that_is_not_clean_makes_a_reservation(control: dict[str, object]) -> None:
    found = decide(evidence(control), Criteria())
    assert found.verdict == "supported"
    assert found.reserved
    assert render(found.word(), "en") == "Supported, with reservations"


def test_a_clean_control_makes_none() -> None:
    found = decide(evidence(), Criteria())
    assert not found.reserved
    assert found.ground("control").met is True
