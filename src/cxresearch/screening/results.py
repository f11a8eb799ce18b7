"""Screening counted: how many each index flags, never who."""

from __future__ import annotations

from cxresearch.screening.flags import Bools, Unjudged
from cxresearch.screening.policy import Screening
from cxresearch.statistic import Estimate, NotEstimable, Result


def screening_results(found: Screening, *, source: str, threshold: int = 0) -> tuple[Result, ...]:
    """Shares of respondents of one source, each with the number judged as `n_respondents`.

    `screening.<source>.<index>` for every index; `.flagged` (at least two indices), `.strict` (at least one);
    `.both.<index>.<index>` for pairs of indices that flag the same persons. They describe the sample and have no
    sampling error.

    Parameters
    ----------
    threshold : of anonymity: a share that stands for fewer persons than this, or for all but fewer, is not told; nor is
        one that differs from a share told before it by fewer persons.
    """
    results: list[Result] = []
    for name, index in found.indices.items():
        term = f"screening.{source}.{name}"
        if isinstance(index, Unjudged):
            results.append(NotEstimable(term=term, reason=index.reason, details=index.details))
        else:
            results.append(_share(found, index.flagged, index.judged, term, name, threshold))
    if not found.judged():
        none = "screening.no_index"
        return (*results, *(NotEstimable(term=f"screening.{source}.{v}", reason=none) for v in ("flagged", "strict")))
    everybody = found.frequency > 0
    results.append(_share(found, found.flagged(), everybody, f"screening.{source}.flagged", "flagged", threshold))
    one_index = found.count(found.strict()) - found.count(found.flagged())
    strict = _share(found, found.strict(), everybody, f"screening.{source}.strict", "strict", threshold)
    results.append(_hidden(strict.term, threshold) if 0 < one_index < threshold else strict)
    judged = found.judged()
    for one, other in found.overlaps():
        both = judged[one].flagged & judged[other].flagged
        of_both = judged[one].judged & judged[other].judged
        share = _share(found, both, of_both, f"screening.{source}.both.{one}.{other}", "both", threshold)
        apart = [found.count(judged[name].flagged) - found.count(both) for name in (one, other)]
        results.append(_hidden(share.term, threshold) if any(0 < count < threshold for count in apart) else share)
    return tuple(results)


def _share(found: Screening, rows: Bools, judged: Bools, term: str, method: str, threshold: int) -> Result:
    n, count = found.count(judged), found.count(rows)
    if not n:
        return NotEstimable(term=term, reason="screening.nobody_judged")
    if 0 < count < threshold or 0 < n - count < threshold:
        return _hidden(term, threshold)
    return Estimate(term=term, estimate=count / n, n_respondents=n, method=f"screening.{method}")


def _hidden(term: str, threshold: int) -> NotEstimable:
    return NotEstimable(term=term, reason="screening.few_people", details={"threshold": threshold})
