"""Whether there is a terminal to paint on, and what to ask of it before Textual is loaded."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path

FPS_HERE, FPS_AFAR = "240", "30"
"""Frames a second at most: a local station answers a key at once, a line of SSH is not flooded."""


GC_THRESHOLDS = (20_000, 20, 50)
"""Full collections are what a slow start and a slow key are made of."""


def collect_seldom() -> None:
    """Ask less of the collector, from before the libraries of a screen are loaded."""
    gc.set_threshold(*GC_THRESHOLDS)


def unfit(environ: Mapping[str, str], *, tty: bool, what: str) -> str | None:
    """Why there can be no screen here, in a sentence about `what`; None when there can."""
    if not tty:
        return f"{what} needs a terminal for its input and output; this is none"
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return f"{what} cannot paint on a terminal of type {term or 'unknown'!r}; set TERM"
    return None


def has_tty() -> bool:
    """Whether keys come from a terminal, and the screen is one."""
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__, sys.__stdout__))


def window_size() -> os.terminal_size | None:
    """How many cells the window has, by the terminal's own word; None where none knows, as on a serial line.

    `COLUMNS` and `LINES` are what a shell or its start files once exported: they stay as they were when a window grows.
    """
    for handle in (0, 2, 1):
        with contextlib.suppress(OSError):
            size = os.get_terminal_size(handle)
            if size.columns and size.lines:
                return size
    return None


def pace(environ: MutableMapping[str, str]) -> None:
    """Textual reads its frame rate once, when it is loaded."""
    environ.setdefault("TEXTUAL_FPS", FPS_AFAR if environ.get("SSH_CONNECTION") else FPS_HERE)


def keys_from_terminal() -> bool:
    """Take keys from the terminal although stdin was used for something else; whether there is one."""
    try:
        handle = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    os.dup2(handle, 0)
    os.close(handle)
    return True


def log_to(path: Path) -> None:
    """Logs and warnings go to a file: on the terminal they would be painted over the screen."""
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers[:] = [_file(path)]
    root.setLevel(logging.INFO)


def _file(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler
