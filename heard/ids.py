"""Time-ordered ids: UUIDv7 (RFC 9562, section 5.7), lower case."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

Dice = Callable[[int], bytes]


def uuid7(unix_ms: int, dice: Dice = secrets.token_bytes) -> str:
    """One id: 48 bits of Unix time in ms, version and variant bits, 74 bits from `dice`."""
    tail = int.from_bytes(dice(10)) & ((1 << 74) - 1)
    value = (unix_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1)
    return _text(value)


def new_id() -> str:
    """An id of now, for the edges of a program; the core is given its ids."""
    return uuid7(time.time_ns() // 1_000_000)


class RisingIds:
    """Ids of now, each greater than the one before, so that paging after an id skips nobody (RFC 9562, 6.2).

    Ids of one millisecond count up from the first; should a clock step back, they go on from the last.
    """

    def __init__(self, fresh: Callable[[], str] = new_id) -> None:
        self._fresh = fresh
        self._last = ""

    def __call__(self) -> str:
        """The next id."""
        made = self._fresh()
        self._last = made if made > self._last else _after(self._last)
        return self._last


def _after(known: str) -> str:
    """The id one further. Counting stays within the last 62 bits: a random start leaves more room than is ever used."""
    value = int(known.replace("-", ""), 16)
    return _text(value + 1)


def _text(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(*parts: str) -> str:
    """The same id for the same parts: for commands that time brings, so that asking twice is asking once."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
