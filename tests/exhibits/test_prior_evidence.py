from __future__ import annotations

import pytest

from cxresearch.exhibits.prior_evidence import prior_evidence, prior_studies
from cxresearch.exhibits.table import TableSpec, render_table
from cxresearch.language import LANGUAGES, catalogue
from cxresearch.report import KEYS


def test_every_study_has_its_sentences_in_both_languages() -> None:
    studies = prior_studies()
    assert len(studies) >= 20
    for language in LANGUAGES:
        for study in studies:
            for part in ("data", "effect"):
                assert catalogue(language)[f"tables.prior.{study.id}.{part}"].strip()


def test_no_sentence_speaks_of_a_study_that_is_not_there() -> None:
    named = {key.split(".")[2] for key in catalogue("en") if key.startswith("tables.prior.") and key.count(".") == 3}
    assert named - {"column", "direction", "confidence"} == {study.id for study in prior_studies()}


def test_citations_are_in_the_bibliography() -> None:
    assert {study.citation for study in prior_studies() if study.citation} <= set(KEYS)


def test_studies_against_the_hypothesis_are_told_too() -> None:
    assert {"reverse", "none", "mixed"} <= {study.direction for study in prior_studies()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_unchecked_numbers_are_marked(language: str) -> None:
    table = next(item for item in prior_evidence() if isinstance(item, TableSpec))
    shown = render_table(table, language).rows
    marked = [row[0].endswith("*") for row in shown]
    assert marked == [not study.read for study in prior_studies()]
