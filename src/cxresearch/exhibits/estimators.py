"""The same question by several estimators: whether the answer depends on the choice between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values, reason
from cxresearch.exhibits.estimates import Row, health_notes
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest as forest_figure
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.listing import in_words, pointing
from cxresearch.exhibits.odds import estimator_name, odds_sentences, odds_table
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import NotEstimable

BETWEEN = ("ols.std", "mixed.std", "gee.std", "cr2.std", "wild.std", "cluster_bootstrap.std")
"""Estimators of the same slope between units, on one scale."""

DRAWN = (*BETWEEN, "wls.std", "fixed_effects.std")

FEW_UNITS = 30
"""Below this many units the estimators made for few units are pointed out."""


def estimators(findings: Findings) -> tuple[Exhibit, ...]:
    """How far the estimators agree, in words and a picture, with a table of odds ratios; where there are none, why."""
    told = [name for name in findings.spec.hypotheses if findings.estimate(f"{name}.cr2.std")]
    lacking = tuple(_lacking(findings, told))
    if not told:
        return (ProseSpec((lacking,)),)
    figures = _forests(findings, told)
    odds = odds_table(findings, told)
    first = (pointing("readings.estimators.shown", [figure.id for figure in figures]),)
    paragraphs: list[tuple[Text, ...]] = [
        (*first, Phrase("readings.estimators.compared"), Phrase("readings.estimators.reading"))
    ]
    paragraphs += [tuple(_hypothesis(findings, name)) for name in told]
    notes = (*_unequal_units(findings, told), *_fixed_effects_notes(findings, told), *_odds_notes(odds), *lacking)
    paragraphs += [notes] if notes else []
    return (ProseSpec(tuple(paragraphs)), *figures, *([odds] if odds else []))


def _hypothesis(findings: Findings, name: str) -> Iterator[Text]:
    """One hypothesis: agreement between units, what few units ask for, odds, and within units."""
    known = {part: found for part in BETWEEN if (found := findings.estimate(f"{name}.{part}"))}
    slopes = [found.estimate for found in known.values()]
    clear = [estimator_name(part) for part, found in known.items() if found.excludes(0)]
    unclear = [estimator_name(part) for part, found in known.items() if not found.excludes(0)]
    values = hypothesis_values(findings, name) | {"spread": _spread(slopes), "estimators": len(slopes)}
    if clear and unclear:
        yield Phrase("readings.estimators.differ", values | {"clear": in_words(clear), "unclear": in_words(unclear)})
    else:
        yield Phrase(f"readings.estimators.{'all_clear' if clear else 'all_open'}", values)
    yield from _few_units(findings, name)
    yield from odds_sentences(findings, name)
    yield from _within(findings, name)


def _spread(slopes: Sequence[float]) -> Phrase:
    """The least and the greatest slope, or one number where they are written alike."""
    low, high = min(slopes), max(slopes)
    kind = "alike" if round(low, 2) == round(high, 2) else "between"
    return Phrase(f"readings.estimators.{kind}", {"low": low} if kind == "alike" else {"low": low, "high": high})


def _few_units(findings: Findings, name: str) -> Iterator[Phrase]:
    """With few units, what the estimators made for them say."""
    cr2, wild = findings.estimate(f"{name}.cr2"), findings.estimate(f"{name}.wild")
    if cr2 is not None and wild is not None and (cr2.n_units or 0) < FEW_UNITS:
        values = {"count": cr2.n_units, "cr2": cr2.p_value, "wild": wild.p_value}
        yield Phrase("readings.estimators.few_units", values)


def _unequal_units(findings: Findings, names: Sequence[str]) -> Iterator[Phrase]:
    """That units are worth fewer than they are: CR2 has few degrees of freedom, less than half those of equal units."""
    found = {name: findings.estimate(f"{name}.cr2") for name in names}
    known = {name: (cr2.df or 0.0, cr2.n_units or 0) for name, cr2 in found.items() if cr2 is not None}
    unequal = {name: (df, count) for name, (df, count) in known.items() if df < min(FEW_UNITS, (count - 2) / 2)}
    if unequal:
        df, units = min(df for df, _ in unequal.values()), max(count for _, count in unequal.values())
        names_said = in_words([hypothesis_name(name) for name in unequal])
        values = {"count": len(unequal), "names": names_said, "df": df, "units": units}
        yield Phrase("readings.estimators.unequal_units", values)


def _within(findings: Findings, name: str) -> Iterator[Phrase]:
    found = findings.estimate(f"{name}.fixed_effects.std")
    if found is not None:
        kind = "clear" if found.excludes(0) else "open"
        ends = {"low": found.conf_low, "high": found.conf_high, "level": found.conf_level}
        yield Phrase(f"readings.estimators.within_{kind}", {"slope": found.estimate, **ends})


def _forests(findings: Findings, names: Sequence[str]) -> list[FigureSpec]:
    """Pictures of the comparable slopes; as many hypotheses in each as a page holds."""
    groups = [_rows(findings, name, DRAWN) for name in names]
    at_once = forest_figure.MOST_ROWS // len(DRAWN)
    parts = [groups[start : start + at_once] for start in range(0, len(groups), at_once)]
    return [_forest(findings, part, number) for number, part in enumerate(parts, start=1)]


def _forest(findings: Findings, groups: Sequence[Sequence[Row]], number: int) -> FigureSpec:
    rows = [row for group in groups for row in group]
    smallest = findings.spec.criteria.smallest_effect
    band = forest_figure.band_note([found for _, _, found in rows], smallest)
    return forest_figure.spec(
        [
            (Phrase("tables.model.row", {"name": hypothesis_name(name), "model": model}), found)
            for name, model, found in rows
        ],
        smallest,
        groups=[len(group) for group in groups],
        figure_id=f"fig-estimators-{number}",
        caption=Phrase("tables.estimators.figure"),
        note=sentences(band, Phrase("tables.estimators.note"), *health_notes(rows)),
    )


def _rows(findings: Findings, name: str, parts: Sequence[str]) -> list[Row]:
    found = ((part, findings.estimate(f"{name}.{part}")) for part in parts)
    return [(name, estimator_name(part), result) for part, result in found if result is not None]


def _odds_notes(odds: TableSpec | None) -> tuple[Phrase, ...]:
    return () if odds is None else (Phrase("readings.estimators.odds", {"table": odds.id}),)


def _fixed_effects_notes(findings: Findings, names: Sequence[str]) -> Iterator[Phrase]:
    """What a slope within units means beside one between them, where there is one."""
    if any(findings.estimate(f"{name}.fixed_effects.std") for name in names):
        yield Phrase("readings.estimators.fixed_effects")


def _lacking(findings: Findings, told: Sequence[str]) -> Iterator[Phrase]:
    """One sentence per reason: the hypotheses that the estimators, or fixed effects alone, could not be used for."""
    for part, key in (("cr2.std", "not_estimable"), ("fixed_effects.std", "no_fixed_effects")):
        alike: dict[str, tuple[NotEstimable, list[Text]]] = {}
        for name in findings.spec.hypotheses:
            found = findings.result(f"{name}.{part}")
            if isinstance(found, NotEstimable) and (part == "cr2.std" or name in told):
                alike.setdefault(f"{found.reason} {found.details}", (found, []))[1].append(hypothesis_name(name))
        for found, names in alike.values():
            values = {"count": len(names), "names": in_words(names), "why": reason(found)}
            yield Phrase(f"readings.estimators.{key}", values)
