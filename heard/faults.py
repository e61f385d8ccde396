"""What is wrong with a value, in words for whoever wrote it; pydantic's own are for whoever wrote the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sentence(fault: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """One of the faults of a ValidationError, to be read after the name of its field.

    `kinds`: how the library's name of a fault begins → what to write instead. Our own validators say what they say.
    """
    kind = str(fault["type"])
    told = {name: _plain(value) for name, value in fault.get("ctx", {}).items()}
    if kind in _CHOICES:
        return f"must be one of {told['expected'].replace(' or ', ', ').replace(chr(39), '')}"
    if kind in _LIMITS:
        return _LIMITS[kind].format_map(told)
    said = (words for start, words in kinds.items() if kind.startswith(start))
    return next(said, str(fault["msg"]).removeprefix("Value error, "))


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


_CHOICES = ("literal_error", "enum")
_LIMITS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "decimal_max_places": "must have at most {decimal_places} decimal places",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
}
