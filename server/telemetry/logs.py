"""Logs: JSON lines on stderr, constant event names, everything else as fields."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer

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


class _Bridge(logging.Handler):
    """Standard-library records as our own JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage() if record.exc_info is None else f"{record.getMessage()}: {record.exc_info[1]!r}"
        structlog.get_logger(record.name).log(record.levelno, "library", message=text)
