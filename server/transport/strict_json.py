"""JSON as this server speaks it: no NaN, no Infinity, no key twice, no half characters."""

import json
import math
import re
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

_fast: ModuleType | None
try:
    _fast = import_module("orjson")
except ImportError:  # not installed, or built for another machine
    _fast = None

WRITER = "json" if _fast is None else _fast.__name__
"""What writes, by the module's name."""

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


def dumps(value: Any, *, default: Callable[[Any], Any] | None = None) -> bytes:
    """Write compactly, in UTF-8; `default` is given what is not JSON and returns what to write instead.

    orjson does it where it can be imported. What it takes and JSON does not (NaN becomes null there), and what it does
    not take and JSON does (integers of any length), is left to the standard library.

    Raises: ValueError for NaN, Infinity and half characters, TypeError for what is not JSON.
    """
    if _fast is not None and default is None:
        try:
            written: bytes = _fast.dumps(value, _not_json, _OPTIONS)
        except TypeError:
            pass
        else:
            if b"null" not in written or _has_no_float(value):
                return written
    return (_PLAIN if default is None else _encoder(default)).encode(value).encode()


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
        _PLAIN.encode(value).encode()
    except UnicodeEncodeError:
        raise FaultyContentError("a text holds half a character") from None


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short
)
_LENIENT = json.JSONDecoder(parse_int=len)  # int() itself refuses very long numbers


def _encoder(default: Callable[[Any], Any] | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default)


def _not_json(value: object) -> NoReturn:
    raise TypeError(f"{type(value).__name__} is not JSON")


def _has_no_float(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_has_no_float, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_has_no_float, value))
    return not isinstance(value, float)


_PLAIN = _encoder(None)
_OPTIONS = 0 if _fast is None else _fast.OPT_PASSTHROUGH_DATETIME | _fast.OPT_PASSTHROUGH_DATACLASS
