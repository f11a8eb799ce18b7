"""The verdict on each hypothesis: a closed set of answers, decided by criteria that were declared before the run."""

from cxresearch.verdict.criteria import DESIGNS, Criteria, Design, Direction, Primary, Wording
from cxresearch.verdict.decide import ANSWERS, Answer, Verdict, decide, decide_all
from cxresearch.verdict.evidence import Evidence, Quality, parts_of
from cxresearch.verdict.grounds import Ground
from cxresearch.verdict.limits import Limit

__all__ = [
    "ANSWERS",
    "DESIGNS",
    "Answer",
    "Criteria",
    "Design",
    "Direction",
    "Evidence",
    "Ground",
    "Limit",
    "Primary",
    "Quality",
    "Verdict",
    "Wording",
    "decide",
    "decide_all",
    "parts_of",
]
