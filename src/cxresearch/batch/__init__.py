"""Many reports in one go: rows, keys, journal, the work of one row, supervision, front page."""

from cxresearch.batch.outcome import Outcome
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.result import BatchResult
from cxresearch.batch.rows import Row
from cxresearch.batch.run import foresee_batch, run_batch
from cxresearch.batch.standing import Standing

__all__ = ["BatchRequest", "BatchResult", "Outcome", "Row", "Standing", "foresee_batch", "run_batch"]
