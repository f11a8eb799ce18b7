"""The association over all defensible ways of computing it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.exhibits.columns import hypothesis_values
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import curve as curve_figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase, Text
from cxresearch.linkage.specifications import DECISIONS
from cxresearch.statistic import Estimate, Result


def specifications(findings: Findings) -> tuple[Exhibit, ...]:
    """For each hypothesis its curve, the joint test and the single choice that changes most."""
    if "specifications" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.specifications.left_out"),),)),)
    curves: list[Exhibit] = []
    lacking: list[tuple[Text, Result]] = []
    for name in findings.spec.hypotheses:
        median = findings.result(f"{name}.specifications.median")
        if isinstance(median, Estimate):
            curves += _curve(findings, name)
        else:
            lacking.append((hypothesis_values(findings, name)["hypothesis"], median))
    untold = without_result(lacking)
    if not curves:
        return (ProseSpec(((Phrase("readings.specifications.none"), *untold),)),)
    return (
        ProseSpec(((Phrase("readings.specifications.what"),),)),
        *curves,
        ProseSpec(((Phrase("readings.specifications.reading"), *untold),)),
    )


def _curve(findings: Findings, name: str) -> list[Exhibit]:
    rows = findings.frame("specifications")
    frame = rows[rows["hypothesis"] == name].reset_index(drop=True)
    decided = [decision for decision in DECISIONS if frame[decision].nunique() > 1]
    figure = _figure(findings, name, frame, decided)
    said = (*_sentences(findings, name, decided, figure.id), *_alone(findings, name, frame, decided))
    return [ProseSpec((said,)), figure]


def _options(frame: pd.DataFrame, decision: str) -> list[str]:
    """The options of a decision, the declared one first."""
    own = str(frame.loc[frame["declared"], decision].iloc[0])
    return [own, *sorted(set(frame[decision]) - {own})]


def _option(findings: Findings, decision: str, option: str) -> Text:
    if decision == "covariates" and option not in ("none", "all"):
        labels = {v.name: v.label for v in findings.codebook.variables if v.role == "covariate"}
        return Phrase(
            "tables.specifications.choice.covariates.one", {"name": labels.get(option, Label(option, option))}
        )
    return Phrase(f"tables.specifications.choice.{decision}.{option}")


def _change(findings: Findings, decision: str, option: str) -> Phrase:
    named = Phrase(f"tables.specifications.decision.{decision}")
    return Phrase("tables.specifications.change", {"decision": named, "option": _option(findings, decision, option)})


def specification_statistic(findings: Findings, part: str) -> Phrase:
    """What a statistic of the curve is called, by the end of its term after `specifications.`."""
    kind, _, rest = part.partition(".")
    decision, _, option = rest.partition(".")
    if kind == "choice":
        named = Phrase(f"tables.specifications.decision.{decision}")
        return Phrase("tables.specifications.statistic.choice", {"decision": named})
    if kind == "only":
        return Phrase("tables.specifications.statistic.only", {"change": _change(findings, decision, option)})
    return Phrase(f"tables.specifications.statistic.{part.replace('.', '_')}")


def _figure(findings: Findings, name: str, frame: pd.DataFrame, decided: Sequence[str]) -> FigureSpec:
    choices = [
        [
            (_change(findings, decision, option), (frame[decision] == option).tolist())
            for option in _options(frame, decision)
        ]
        for decision in decided
    ]
    declared = np.flatnonzero(frame["declared"].to_numpy(dtype=bool))
    return curve_figure.spec(
        frame["estimate"],
        frame["low"],
        frame["high"],
        choices,
        declared=int(declared[0]) if declared.size else None,
        level=findings.spec.criteria.level,
        figure_id=f"fig-curve-{name.replace('_', '-')}",
        caption=Phrase("tables.specifications.figure", hypothesis_values(findings, name)),
    )


def _alone(findings: Findings, name: str, frame: pd.DataFrame, decided: Sequence[str]) -> tuple[Text, ...]:
    """The one choice that moves the declared estimate most when it alone is changed."""
    term = f"{name}.specifications"
    declared = findings.estimate(f"{term}.declared")
    changed = [
        (_change(findings, decision, option), found)
        for decision in decided
        for option in _options(frame, decision)[1:]
        if (found := findings.estimate(f"{term}.only.{decision}.{option}"))
    ]
    if declared is None or not changed:
        return ()
    change, most = max(changed, key=lambda one: abs(one[1].estimate - declared.estimate))
    values = {"change": change, "declared": declared.estimate, "estimate": most.estimate, "level": most.conf_level}
    ends = {"low": most.conf_low, "high": most.conf_high, "units": most.n_units}
    return (Phrase("readings.specifications.alone", values | ends),)


def _sentences(findings: Findings, name: str, decided: Sequence[str], figure: str) -> tuple[Text, ...]:
    term = f"{name}.specifications"
    parts = {"count": "count", "low": "low", "high": "high", "median": "median"}
    parts |= {"positive": "share_positive", "significant": "share_significant"}
    values = {key: findings.results[f"{term}.{part}"] for key, part in parts.items()}
    known = {key: found.estimate for key, found in values.items() if isinstance(found, Estimate)}
    said: list[Text] = [
        Phrase("readings.specifications.curve", hypothesis_values(findings, name) | known | {"figure": figure})
    ]
    tested = findings.estimate(f"{term}.joint_test")
    if tested is not None and tested.p_value is not None:
        clear = tested.p_value < 1 - findings.spec.criteria.level
        said.append(Phrase(f"readings.specifications.joint_{'clear' if clear else 'unclear'}", {"p": tested.p_value}))
    shares = {decision: findings.estimate(f"{term}.choice.{decision}") for decision in decided}
    most = (
        max((found.estimate, decision) for decision, found in shares.items() if found is not None) if shares else None
    )
    if most is not None:
        named = Phrase(f"tables.specifications.decision.{most[1]}")
        said.append(Phrase("readings.specifications.decisive", {"decision": named, "share": most[0]}))
    return tuple(said)
