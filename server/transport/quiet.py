"""A log that strangers cannot flood: so many lines a second, the rest is counted."""

import asyncio
import logging


class QuietLog:
    """Writes at most `per_second` warnings a second and says how many it swallowed."""

    def __init__(self, log: logging.Logger, per_second: int = 10) -> None:
        self._log = log
        self._per_second = per_second
        self._second = -1
        self._written = 0
        self._swallowed = 0

    def warning(self, message: str, *args: object) -> None:
        """Write one line, or count it."""
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._next(second)
        if self._written >= self._per_second:
            self._swallowed += 1
            return
        self._written += 1
        self._log.warning(message, *args)

    def _next(self, second: int) -> None:
        if self._swallowed:
            self._log.warning("%d more lines like these were left out", self._swallowed)
        self._second, self._written, self._swallowed = second, 0, 0
