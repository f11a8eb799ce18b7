"""Groups of units that a study declares: districts, regions, companies."""

from __future__ import annotations

from cxresearch.study.bilingual import Bilingual
from cxresearch.study.declared import Declared, Text


class GroupingSpec(Declared):
    """One way of putting units together: by a part of their name, or by what the codebook tells of them."""

    label: Bilingual
    """What such a group is called, nominative singular: district / koulupiiri."""
    pattern: Text | None = None
    """A regular expression whose first pair of parentheses holds the group's name in the unit's name. Give `pattern` or
    `covariate`, not both."""
    covariate: str | None = None
    """A covariate of the codebook whose value is the group; the same in all rows of a unit."""
