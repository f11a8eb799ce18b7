"""The report of one group: the group against everybody else, for its leader and for a researcher."""

from cxresearch.exhibits.group.about import about, anonymity
from cxresearch.exhibits.group.abstract import abstract
from cxresearch.exhibits.group.appendix import APPENDICES
from cxresearch.exhibits.group.conclusions import concluded, conclusions, discussion, questions
from cxresearch.exhibits.group.development import development
from cxresearch.exhibits.group.drawing import render_once
from cxresearch.exhibits.group.items import items, path
from cxresearch.exhibits.group.methods import methods
from cxresearch.exhibits.group.naming import title
from cxresearch.exhibits.group.place import place
from cxresearch.exhibits.group.scores import scores
from cxresearch.exhibits.group.standing import STANDINGS, Compared, compared
from cxresearch.exhibits.group.together import together

__all__ = [
    "APPENDICES",
    "STANDINGS",
    "Compared",
    "about",
    "abstract",
    "anonymity",
    "compared",
    "concluded",
    "conclusions",
    "development",
    "discussion",
    "items",
    "methods",
    "path",
    "place",
    "questions",
    "render_once",
    "scores",
    "title",
    "together",
]
