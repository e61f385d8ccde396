"""JSON as this server speaks it: no NaN, no Infinity, no key twice, no half characters."""

import json
import math
import re
from typing import Any, NoReturn

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_MAX_DIGITS = 40


class FaultyContentError(ValueError):
    """The text is JSON, but holds something we refuse; the message says what."""


def loads(text: str) -> Any:
    """Parse strictly. Raises: FaultyContentError for refused content, ValueError for what is not JSON at all."""
    value = _decode(_STRICT, text)
    if _ESCAPED_SURROGATE.search(text):
        _refuse_half_characters(value)
    return value


def loads_leniently(text: str) -> Any:
    """Parse what `loads` refused, to learn whom to answer; its values must not be used. Raises: ValueError."""
    return _decode(_LENIENT, text)


def dumps(value: Any, **_: Any) -> str:
    """Write compactly; options of the library's calls are ignored. Raises: ValueError for NaN and Infinity."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _decode(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FaultyContentError("a key is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise FaultyContentError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise FaultyContentError("a number is too large")
    return number


def _short(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise FaultyContentError("a number has too many digits")
    return int(digits)


def _refuse_half_characters(value: Any) -> None:
    try:
        dumps(value).encode()
    except UnicodeEncodeError:
        raise FaultyContentError("a text holds half a character") from None


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short
)
_LENIENT = json.JSONDecoder(parse_int=len)  # int() itself refuses very long numbers
