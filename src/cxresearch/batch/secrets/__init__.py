"""Secrets stay out of reports: none comes in as a parameter, and none that the environment holds goes out.

A password belongs into an environment variable: one that the study names by `${NAME}` in `read.url`, or one whose name
begins with `CXRESEARCH_SECRET_`. The values of both are looked for in all that a batch writes as text (executed
notebooks, logs, messages, pages), in every writing that a program is likely to give them (see `forms_of`), and
are replaced by `${NAME}`. PDF and Word files are compressed: they are made from what has been searched already.

Values shorter than `SHORTEST` signs are not searched: they would be found in ordinary text.
"""

from cxresearch.batch.secrets.forms import SHORTEST
from cxresearch.batch.secrets.parameters import secret_problems
from cxresearch.batch.secrets.redaction import (
    PREFIX,
    Secrets,
    child_environment,
    find_secrets,
    named_variables,
    redact,
    redact_text,
    redact_values,
)

__all__ = [
    "PREFIX",
    "SHORTEST",
    "Secrets",
    "child_environment",
    "find_secrets",
    "named_variables",
    "redact",
    "redact_text",
    "redact_values",
    "secret_problems",
]
