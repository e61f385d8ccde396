"""Logs: JSON lines on stderr, constant event names, everything else as fields."""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from server.transport.quiet import Budget

_TRANSPORT = "server.transport"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up(level: str) -> None:
    """Send our own logs, and warnings of the libraries we stand on, to stderr as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the values of variables: among them are tokens and people's names.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            # Non-ASCII is escaped: hostile text in a field stays one harmless line.
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Bridge()], force=True)


class QuietEvents:
    """Lines that strangers cause: at most ten a second of each event; the next one says how many were `left_out`."""

    def __init__(self, name: str) -> None:
        self._log = structlog.get_logger(name)
        self._budgets: defaultdict[str, Budget] = defaultdict(Budget)

    def info(self, event: str, **fields: Any) -> None:
        """Write one line, or count it."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Write one line, or count it."""
        self._write(logging.WARNING, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, Any]) -> None:
        may, left_out = self._budgets[event].spend()
        if may:
            self._log.log(level, event, **fields, **({"left_out": left_out} if left_out else {}))


class _Bridge(logging.Handler):
    """Standard-library records as our own JSON lines: `transport` those of our transport, `library` all others."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage() if record.exc_info is None else f"{record.getMessage()}: {record.exc_info[1]!r}"
        event = "transport" if f"{record.name}.".startswith(f"{_TRANSPORT}.") else "library"
        structlog.get_logger(record.name).log(record.levelno, event, message=text)
