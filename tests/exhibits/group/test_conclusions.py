"""Conclusions: three to six whole sentences from a closed set, and questions."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxresearch.exhibits.group import abstract, concluded, conclusions, discussion, questions
from cxresearch.exhibits.group.conclusions import share_kept
from cxresearch.exhibits.group.standing import compared
from cxresearch.exhibits.markdown import markdown
from cxresearch.findings import GroupFindings
from cxresearch.language import LANGUAGES, catalogue
from cxresearch.statistic import Estimate, NotEstimable
from tests.exhibits.group.example_group import (
    ITEMS,
    estimate,
    findings,
    group,
    measure,
    nothing_shown,
    plain,
    prose,
    words,
)

STUDY = findings()


def keys(made: GroupFindings) -> list[str]:
    return [phrase.key.removeprefix("group.conclusions.") for phrase in concluded(STUDY, made)]


def of(*results: tuple[str, float, float], **parts: object) -> GroupFindings:
    """A group with these measures only: name, difference, p."""
    made = [one for name, size, p in results for one in measure(name, 4.0, size, p, 0.3)]
    return replace(group(), results={one.term: one for one in made}, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (group(), ["overall.both", "kept.mostly", "change.unclear", "questions.both", "association.some"]),
        (of(("leadership", 0.5, 0.001)), ["overall.only_higher", "kept.mostly", "change.unclear"]),
        (of(("leadership", -0.5, 0.001)), ["overall.only_lower"]),
        (of(("leadership", 0.1, 0.5), ("nps", 0.1, 0.5)), ["overall.none_clear", "change.unclear"]),
        (of(("leadership", 0.5, 0.001), ("nps", 0.5, 0.001)), ["overall.only_higher", "kept.mostly", "sides.same"]),
        (of(("leadership", 0.5, 0.001), ("nps", -0.5, 0.001)), ["overall.both", "kept.mostly", "sides.opposite"]),
        (of(("leadership", 0.5, 0.001), ("own_work", -0.5, 0.001), ("nps", 0.5, 0.001)),
         ["overall.both", "kept.mostly", "sides.mixed"]),
        (of(("parking", 0.9, 0.0001)), ["overall.nothing", "change.unknown"]),
        (nothing_shown(), ["overall.nothing", "change.unknown", "association.some"]),
    ],
)  # fmt: skip
def test_each_result_has_its_sentences(made: GroupFindings, expected: list[str]) -> None:
    assert keys(made)[: len(expected)] == expected


@pytest.mark.parametrize(("shrunken", "key"), [(3.9, "kept.mostly"), (3.6, "kept.partly"), (4.4, None), (3.1, None)])
def test_what_is_left_of_a_difference_when_chance_is_smoothed_out(shrunken: float, key: str | None) -> None:
    made = of(("leadership", 0.5, 0.001))
    results = {**made.results, "group.leadership.shrunken": estimate("group.leadership.shrunken", shrunken)}
    found = keys(replace(made, results=results))
    assert (key in found) if key else not any(name.startswith("kept") for name in found)
    (row,) = compared(STUDY, replace(made, results=results))
    kept = share_kept(replace(made, results=results), row)
    assert kept == (pytest.approx((shrunken - 3.5) / 0.5) if key else None)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"leadership": 0.9}, "change.higher"),
        ({"leadership": -0.9}, "change.lower"),
        ({"leadership": 0.9, "own_work": -0.9}, "change.both"),
    ],
)
def test_changes(changes: dict[str, float], key: str) -> None:
    results = (estimate(f"group.{name}.change", size, 0.2, 0.00001) for name, size in changes.items())
    assert key in keys(group(*results))


def test_no_hypothesis_supported() -> None:
    made = replace(STUDY, verdicts=STUDY.verdicts[1:])
    assert concluded(made, group())[-1].key == "group.conclusions.association.none"


@pytest.mark.parametrize("key", sorted(key for key in catalogue("en") if key.startswith("group.conclusions.")))
def test_the_set_of_sentences_is_closed(key: str) -> None:
    for language in LANGUAGES:
        forms = catalogue(language)[key]
        for sentence in [forms] if isinstance(forms, str) else forms.values():
            assert sentence.endswith(".")
            assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", sentence))


WHOLE = re.compile(r"^[A-ZÅÄÖ].*\.$", re.DOTALL)
P_VALUES = st.sampled_from([None, 0.0001, 0.04, 0.8])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["leadership", "own_work", "cooperation", "nps", "csat", "ces", "parking"]),
        st.tuples(st.floats(-2, 2), P_VALUES, st.sampled_from([None, 0.1, 3.0]), st.booleans()),
    ),
    st.booleans(),
    st.text(max_size=60),
)
def test_any_group_gets_three_to_six_whole_sentences(
    measures: dict[str, tuple[float, float | None, float | None, bool]], with_items: bool, name: str
) -> None:
    results = {
        one.term: NotEstimable(term=one.term, reason="groups.few_people") if gone else one
        for measure_, (size, p, half, gone) in measures.items()
        for one in measure(measure_, 4.0, size, p, half)
    }
    frame = group().items if with_items else pd.DataFrame(columns=ITEMS)
    made = replace(group(name=name), results=results, items=frame)
    for language in LANGUAGES:
        said = [plain(markdown(phrase, language)) for phrase in concluded(STUDY, made)]
        assert 3 <= len(said) <= 6
        assert all(WHOLE.match(sentence) and "{" not in sentence for sentence in said)
        assert 3 <= len(questions(STUDY, made)) <= 5
        assert words((abstract(STUDY, made),), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_a_list_that_names_what_differs(language: str) -> None:
    said = prose(discussion(STUDY, group()), language)
    assert said.count("- ") >= 4 and said.count("?") >= 4
    assert ("Hyödyllinen palaute" if language == "fi" else "Useful feedback") in said


def test_a_group_like_the_rest_is_asked_something_else() -> None:
    alike = of(("leadership", 0.1, 0.5), items=pd.DataFrame(columns=ITEMS))
    assert [phrase.key.rpartition(".")[2] for phrase in questions(STUDY, alike)] == [
        "recognise", "no_difference", "together", "next",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "Ryhmän tulos on selvästi muita korkeampi mittarilla ”Esihenkilötyö” ja selvästi muita matalampi "
               "mittarilla ”Oma työ”. Kun sattuman vaikutusta tasoitetaan, selvimmästä erosta (”Esihenkilötyö”) jää "
               "jäljelle 70 %, joten ero tuskin on pelkkää sattumaa. Edelliseen ajanjaksoon verrattuna tulos ei ole "
               "millään mittarilla muuttunut niin paljon, että muutoksen voisi erottaa sattumasta. Ryhmän vastausten "
               "keskiarvo on selvimmin muita korkeampi kysymyksissä ”Hyödyllinen palaute” ja ”Aloituspalaveri” ja "
               "selvimmin muita matalampi kysymyksissä ”Innostus” ja ”Laskutus”. Koko tutkimuksessa "
               "työntekijäkokemuksen ja asiakaskokemuksen yhteys saa tukea (konfirmatorinen hypoteesi H1), mutta "
               "yhteys yksiköiden välillä ei ennusta yksittäisen ryhmän tulosta."),
        ("en", "The group scores clearly higher than the rest on the measure “Leadership”, and clearly lower on the "
               "measure “Own work”. Of the clearest difference (“Leadership”), 70% remains once chance is smoothed "
               "out, so it is hardly due to chance alone."),
    ],
)  # fmt: skip
def test_the_conclusions_as_they_are_read(language: str, text: str) -> None:
    assert text in prose(conclusions(STUDY, group()), language)


def test_orders_of_results_do_not_matter() -> None:
    made = group()
    for turned in product([True, False], repeat=2):
        items = made.items.iloc[::-1] if turned[0] else made.items
        results = dict(reversed(made.results.items())) if turned[1] else made.results
        other = replace(made, items=items, results=results)
        assert prose(conclusions(STUDY, other), "fi") == prose(conclusions(STUDY, made), "fi")


def test_a_result_is_never_bare() -> None:
    assert all(isinstance(one, (Estimate, NotEstimable)) for one in group().results.values())
