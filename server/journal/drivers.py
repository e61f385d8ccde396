"""SQLite drivers: how to connect, and what their exceptions mean. The journal uses only what all of them share."""

import sqlite3
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Protocol


class Cursor(Protocol):
    """The part of a cursor every driver has."""

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...


class Connection(Protocol):
    """The part of a connection every driver has. It begins no transaction by itself."""

    def cursor(self) -> Cursor:
        """A cursor to run statements with."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Connect(Protocol):
    """Opens a file; it is made if missing unless `read_only`. Called in the thread that will use the connection."""

    def __call__(self, path: Path, *, read_only: bool) -> Connection:
        """Raises whatever the driver raises; `fault_of` knows what that means."""
        ...


def stdlib(path: Path, *, read_only: bool) -> Connection:
    """The sqlite3 that comes with Python."""
    mode = "ro" if read_only else "rwc"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def apsw(path: Path, *, read_only: bool, vfs: str | None = None) -> Connection:
    """APSW, which can stand on a VFS of our own; a development dependency."""
    import apsw as driver

    flags = driver.SQLITE_OPEN_READONLY if read_only else driver.SQLITE_OPEN_READWRITE | driver.SQLITE_OPEN_CREATE
    return driver.Connection(str(path.absolute()), flags=flags, vfs=vfs)


class Fault(Enum):
    """What a driver's exception means to the journal."""

    FULL = "no room"
    BUSY = "somebody else holds the file"
    DISK = "the file can no longer be trusted"
    OTHER = "this statement or its values"


_FAULTS = {
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_IOERR: Fault.DISK,
    sqlite3.SQLITE_CORRUPT: Fault.DISK,
    sqlite3.SQLITE_NOTADB: Fault.DISK,
    sqlite3.SQLITE_CANTOPEN: Fault.DISK,
    sqlite3.SQLITE_READONLY: Fault.DISK,
    sqlite3.SQLITE_PERM: Fault.DISK,
    sqlite3.SQLITE_AUTH: Fault.DISK,
    sqlite3.SQLITE_PROTOCOL: Fault.DISK,
}


# What a VFS written in Python raises arrives as it was raised, with a class but without a code.
_CODES = {"FullError": sqlite3.SQLITE_FULL, "BusyError": sqlite3.SQLITE_BUSY, "IOError": sqlite3.SQLITE_IOERR}


def result_code(error: BaseException) -> int:
    """SQLite's extended result code of a driver's exception, 0 if it is of another kind."""
    code = getattr(error, "sqlite_errorcode", None) or getattr(error, "extendedresult", None)
    return code if isinstance(code, int) else _CODES.get(type(error).__name__, 0)


def fault_of(error: BaseException) -> Fault:
    """What an exception of either driver means."""
    code = result_code(error)
    # Growing the shared-memory index fails like this on a full disk, before anything of a commit is written.
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return Fault.FULL
    return _FAULTS.get(code & 0xFF, Fault.OTHER)
