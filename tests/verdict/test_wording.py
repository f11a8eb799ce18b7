"""The ladder of wording: no sentence says more than its design allows."""

from __future__ import annotations

import pytest

from cxresearch.language import Phrase, render

LADDER = {
    (
        "association",
        "en",
    ): "The data support the hypothesis: the two measures are associated in the predicted direction, "
    "strongly enough to matter. An association alone does not show that one causes the other.",
    ("precedence", "en"): "The data support the hypothesis: employee experience precedes later customer scores in the "
    "predicted direction, even when earlier customer scores are taken into account.",
    (
        "within_unit",
        "en",
    ): "The data support the hypothesis: when employee experience changes within a unit, the customer "
    "score changes with it in the predicted direction.",
}
CAUSAL = ("cause", "affect", "improve", "effect", "vaikut", "aiheut", "parantaa", "johtuu")
DENIED = ("does not show that one causes the other", "ei yksin osoita, että toinen aiheuttaa toisen")


@pytest.mark.parametrize(("wording", "language"), LADDER)
def test_the_sentences_are_these(wording: str, language: str) -> None:
    assert render(Phrase(f"verdict.sentences.supported.{wording}"), language) == LADDER[wording, language]  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("answer", ["supported", "contradicted"])
@pytest.mark.parametrize("wording", ["association", "precedence", "within_unit"])
def test_no_design_speaks_of_causes(answer: str, wording: str, language: str) -> None:
    said = render(Phrase(f"verdict.sentences.{answer}.{wording}"), language)  # type: ignore[arg-type]
    for denied in DENIED:
        said = said.replace(denied, "")
    assert not [word for word in CAUSAL if word in said.lower()]
