"""One gateway per journal file: two writers, each with its own idea of the heads, would ruin it."""

import os
import sys
from pathlib import Path

from server.journal.base import JournalInUse


def take(path: Path) -> int:
    """Lock `<path>.lock` until `release` or the end of the process; a handle for `release`. Raises JournalInUse."""
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError) as error:  # what POSIX and Windows say when it is taken
        os.close(handle)
        raise JournalInUse(f"{path} is open in another gateway; stop that one first") from error
    return handle


def release(handle: int) -> None:
    """Let the next one in. The file stays: removing it would let two in at once."""
    os.close(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
