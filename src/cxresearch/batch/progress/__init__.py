"""How a batch tells what it does: on a terminal, as plain lines, or as JSON for other programs.

What people read goes to standard error. With JSON, standard output holds one object per line (see `JsonLines`) and
nothing else.
"""

from cxresearch.batch.progress.json_lines import JsonLines
from cxresearch.batch.progress.telling import Progress, open_progress
from cxresearch.batch.progress.words import Finished, Summary

__all__ = ["Finished", "JsonLines", "Progress", "Summary", "open_progress"]
