"""A file that is there as long as its writer lives: whoever dies lets go of it, even by `kill -9`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def held(path: Path, text: str = "") -> Iterator[None]:
    """A file for its owner alone to read, held while the block lasts and gone after it. Raises: OSError."""
    # Under its own name only once it is locked and whole: a reader finds nothing half done, a sweeper nothing unheld.
    making = path.with_name(f".{path.name}")
    handle = os.open(making, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, alone=True)
        os.write(handle, text.encode())
        making.replace(path)
    except OSError:
        os.close(handle)
        making.unlink(missing_ok=True)
        raise
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether whoever wrote this file still lives."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        _lock(handle, alone=False)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _lock(handle: int, *, alone: bool) -> None:
    if sys.platform == "win32":
        raise OSError("files cannot be held like this here")
    import fcntl

    fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
