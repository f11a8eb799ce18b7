"""Whether `study.yml`, the codebook and the files agree: every contradiction at once."""

from __future__ import annotations

from cxresearch.errors import Problem
from cxresearch.study.check_analyses import check_analyses
from cxresearch.study.check_files import check_files
from cxresearch.study.check_groups import check_groups
from cxresearch.study.check_hypotheses import check_hypotheses
from cxresearch.study.check_measures import check_measures
from cxresearch.study.check_sources import check_sources
from cxresearch.study.load import Study


def check_plan(study: Study) -> tuple[Problem, ...]:
    """What `study.yml` and the codebook contradict each other about; no file is touched."""
    return (
        *check_sources(study),
        *check_measures(study),
        *check_groups(study),
        *check_hypotheses(study),
        *check_analyses(study),
    )


def check_study(study: Study) -> tuple[Problem, ...]:
    """All that can be said before the data are read: the plan's contradictions, then files that are not there."""
    return (*check_plan(study), *check_files(study))
