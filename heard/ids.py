"""Time-ordered ids: UUIDv7 (RFC 9562, section 5.7), lower case."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

Dice = Callable[[int], bytes]


def uuid7(unix_ms: int, dice: Dice = secrets.token_bytes) -> str:
    """One id: 48 bits of Unix time in ms, version and variant bits, 74 bits from `dice`."""
    return _text(_value(unix_ms, dice))


def _value(unix_ms: int, dice: Dice) -> int:
    tail = int.from_bytes(dice(10)) & ((1 << 74) - 1)
    return (unix_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1)


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """An id of now, for the edges of a program; the core is given its ids."""
    return uuid7(_unix_ms())


class RisingIds:
    """Ids of now, each greater than the one before, so that paging after an id skips nobody (RFC 9562, 6.2).

    Ids of one millisecond count up from the first; should a clock step back, they go on from the last.
    """

    def __init__(self, unix_ms: Callable[[], int] = _unix_ms, dice: Dice = secrets.token_bytes) -> None:
        self._unix_ms = unix_ms
        self._dice = dice
        self._newest_ms = -1
        self._last = 0

    def __call__(self) -> str:
        """The next id."""
        ms = self._unix_ms()
        if ms > self._newest_ms:
            # Thrown once a millisecond: asking the system for dice costs more than all the rest of an id.
            self._newest_ms, self._last = ms, _value(ms, self._dice)
        else:
            # Counting stays within the last 62 bits: a random start leaves more room than is ever used.
            self._last += 1
        return _text(self._last)


def _text(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(*parts: str) -> str:
    """The same id for the same parts: for commands that time brings, so that asking twice is asking once."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
