"""Signs that no file format of a report may hold."""

from __future__ import annotations

import re
from typing import Any

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DROPPED = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF])


def without_control_signs(value: Any) -> Any:
    """JSON values whose texts lost their control signs; halves of surrogate pairs become question marks."""
    if isinstance(value, str):
        if _REFUSED.search(value) is None:
            return value
        return value.translate(_DROPPED).encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: without_control_signs(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_control_signs(one) for one in value]
    return value
