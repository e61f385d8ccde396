"""Logs that strangers cannot flood: so many lines a second, the rest is counted."""

import logging
from time import monotonic
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError

from server.transport.incidents import printable

_MOST_NAME = 40


class Budget:
    """So many lines within a time, of a second unless told otherwise."""

    def __init__(self, lines: int = 10, within_s: float = 1.0) -> None:
        self._lines = lines
        self._within_s = within_s
        self._began = -within_s
        self._written = 0
        self._swallowed = 0

    def spend(self) -> tuple[bool, int]:
        """Return whether one more may be written, and how many were left out before it and not told of yet."""
        now, told = monotonic(), 0
        if now - self._began >= self._within_s:
            told, self._began, self._written, self._swallowed = self._swallowed, now, 0, 0
        if self._written >= self._lines:
            self._swallowed += 1
            return False, told
        self._written += 1
        return True, told


class QuietLog:
    """Writes at most `per_second` warnings a second and says how many it swallowed."""

    def __init__(self, log: logging.Logger, per_second: int = 10) -> None:
        self._log = log
        self._budget = Budget(per_second)

    def warning(self, message: str, *args: object) -> None:
        """Write one line, or count it."""
        may, left_out = self._budget.spend()
        if left_out:
            self._log.warning("%d more lines like these were left out", left_out)
        if may:
            self._log.warning(message, *args)


class QuietHttpLog:
    """The logger for aiohttp's server: one short line for what is no HTTP, all there is to know of our own faults."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._quiet = QuietLog(log)

    def debug(self, message: str, *args: object, exc_info: Any = None) -> None:  # noqa: ARG002 - the library's signature
        """Hear of what aiohttp itself takes lightly: TLS, or garbage, as the first bytes on a port for HTTP."""
        if isinstance(exc_info, HttpProcessingError):
            self._no_http(exc_info, args)

    def exception(self, message: str, *args: object, exc_info: Any = True) -> None:
        """Hear of a request that failed."""
        if isinstance(exc_info, HttpProcessingError):
            self._no_http(exc_info, args)
        else:
            self._log.error(message, *args, exc_info=exc_info)

    def _no_http(self, error: HttpProcessingError, args: tuple[object, ...]) -> None:
        address = printable(str(args[0] if args else ""))
        # Its message quotes what came, its class says as much.
        self._quiet.warning("refused from %s: no HTTP (%s)", address, type(error).__name__[:_MOST_NAME])
