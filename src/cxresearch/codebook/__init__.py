"""The codebook: what the columns of a source mean, and whether a file agrees with it.

`load_codebook` reads it, `validate` (or `validate_large`, for files larger than memory) turns a raw file into
`Responses` or raises every problem at once, `check_direction` finds items that point the wrong way.
"""

from cxresearch.codebook.aliases import load_aliases
from cxresearch.codebook.direction import Direction, check_direction
from cxresearch.codebook.keys import UnitKeys, safe_name, unit_key, unit_keys
from cxresearch.codebook.large import validate_large
from cxresearch.codebook.load import load_codebook
from cxresearch.codebook.naturally import in_natural_order
from cxresearch.codebook.responses import KEY_COLUMNS, Responses
from cxresearch.codebook.rowkeys import ValidationSpec
from cxresearch.codebook.validate import validate
from cxresearch.codebook.variables import (
    GRAINS,
    ROLES,
    SIDES,
    Codebook,
    Grain,
    Role,
    Side,
    Variable,
    option_column,
)

__all__ = [
    "GRAINS",
    "KEY_COLUMNS",
    "ROLES",
    "SIDES",
    "Codebook",
    "Direction",
    "Grain",
    "Responses",
    "Role",
    "Side",
    "UnitKeys",
    "ValidationSpec",
    "Variable",
    "check_direction",
    "in_natural_order",
    "load_aliases",
    "load_codebook",
    "option_column",
    "safe_name",
    "unit_key",
    "unit_keys",
    "validate",
    "validate_large",
]
