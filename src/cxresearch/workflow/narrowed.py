"""The sources of a run narrowed to the columns that an analysis takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cxresearch.codebook import Responses
from cxresearch.codebook.distinct import Bools
from cxresearch.codebook.narrowing import Columns, Narrowing, is_counted


@dataclass(frozen=True)
class Narrowed:
    """What was narrowed in a run, by source.

    Attributes
    ----------
    kept : by source, the rows (N,) that stay; all of a source that is not named.
    """

    kept: Mapping[str, Bools] = field(default_factory=dict)
    _sources: dict[str, tuple[Responses, Narrowing | None]] = field(default_factory=dict, repr=False)

    def over(self, responses: Responses, names: Iterable[str], also: Columns | None = None) -> Responses:
        """A source with some of its columns at least: counted over them, or as it is if every row is one respondent.

        `also` gives further columns (N,) by name.
        """
        narrowing = self._of(responses)
        if narrowing is None:
            return replace(responses, frame=responses.frame.assign(**also)) if also else responses
        return narrowing.over(names, also)

    def _of(self, responses: Responses) -> Narrowing | None:
        known = self._sources.get(responses.source)
        if known is None or known[0] is not responses:
            made = Narrowing(responses, self.kept.get(responses.source)) if is_counted(responses) else None
            known = self._sources[responses.source] = (responses, made)
        return known[1]
