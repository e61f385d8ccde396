"""What a person asked for and the gateway has not answered: on disk before the screen shows it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from heard.contract.base import instant_text
from heard.contract.envelope import Answer
from heard.errors import HeardError, Internal, Permanent, StorageFull

VERSION = 1


class OutboxError(Permanent):
    """This outbox cannot be used; the sentence says why."""


class OutboxInUse(OutboxError):
    """Another station has it open: two would send each other's commands."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command as it goes out. `at`: when it was given, as wire text."""

    command_id: str
    name: str
    fields: dict[str, Any]
    at: str

    @property
    def about(self) -> str:
        """What it is about: commands with one subject never overtake each other. An order, or itself."""
        ticket = self.fields.get("ticket_id")
        return ticket.rpartition(".")[0] if isinstance(ticket, str) else self.command_id


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command the gateway refused for good, for a person to settle."""

    command_id: str
    name: str
    fields: dict[str, Any]
    at: str
    code: str
    message: str

    @property
    def ticket_id(self) -> str | None:
        """The ticket it was about, if it was about one."""
        ticket = self.fields.get("ticket_id")
        return ticket if isinstance(ticket, str) else None


class Outbox(Protocol):
    """A queue of commands. Safe to use from any thread.

    What `put` returned from survives the end of the process, however it ends, until its answer is settled.
    """

    def put(self, row: Row) -> None:
        """Keep a command, behind all others; the same id again changes nothing.

        Raises:
            StorageFull: nothing was kept. Internal: nor was it, for another reason.
        """
        ...

    def waiting(self, limit: int | None = None) -> tuple[Row, ...]:
        """The oldest commands without an answer."""
        ...

    def settle(self, answers: Iterable[tuple[str, Answer]]) -> None:
        """Take out what was answered, all at once; what was refused goes to the refusals. Unknown ids are no matter."""
        ...

    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused for good, oldest first."""
        ...

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        ...

    @property
    def unsent(self) -> int:
        """How many wait for an answer."""
        ...

    def close(self) -> None:
        """Let go of it; may be called twice."""
        ...


class MemoryOutbox:
    """One that forgets with the process: for tests, demos and screens that send nothing."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._refused: dict[str, Refusal] = {}
        self._lock = threading.Lock()

    def put(self, row: Row) -> None:
        """Keep a command."""
        with self._lock:
            self._rows.setdefault(row.command_id, row)

    def waiting(self, limit: int | None = None) -> tuple[Row, ...]:
        """The oldest commands without an answer."""
        with self._lock:
            return tuple(self._rows.values())[:limit]

    def settle(self, answers: Iterable[tuple[str, Answer]]) -> None:
        """Take out what was answered."""
        with self._lock:
            for command_id, answer in answers:
                row = self._rows.pop(command_id, None)
                if row is not None and not answer.ok:
                    self._refused[command_id] = as_refusal(row, answer)

    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused for good."""
        with self._lock:
            return tuple(self._refused.values())

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        with self._lock:
            self._refused.pop(command_id, None)

    @property
    def unsent(self) -> int:
        """How many wait for an answer."""
        return len(self._rows)

    def close(self) -> None:
        """Nothing to let go of."""


class DiskOutbox:
    """One in a SQLite file: WAL, every change synced. Rows are in memory too: reading never waits for the disk."""

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            OutboxInUse: another process has it. OutboxError: not a directory we may write to, or not an outbox.
        """
        self.path = path
        self._lock = threading.RLock()
        self._kept = MemoryOutbox()
        self._handle = _take(path)
        try:
            self._base = _open(path)
            self._load()
        except (sqlite3.Error, ValueError, TypeError) as error:
            os.close(self._handle)
            raise OutboxError(f"{path} is not an outbox this version can read: {error}") from error
        except OutboxError:
            os.close(self._handle)
            raise

    def _load(self) -> None:
        for command_id, name, fields, at in self._base.execute(_sql("waiting")):
            self._kept.put(Row(command_id, name, json.loads(fields), at))
        for command_id, name, fields, at, code, message in self._base.execute(_sql("refused")):
            self._kept.put(Row(command_id, name, json.loads(fields), at))
            self._kept.settle([(command_id, Answer(ok=False, code=code, message=message))])

    def put(self, row: Row) -> None:
        """Keep a command: on disk when this returns."""
        with self._lock:
            self._do([("put", (row.command_id, row.name, json.dumps(row.fields), row.at))])
            self._kept.put(row)

    def waiting(self, limit: int | None = None) -> tuple[Row, ...]:
        """The oldest commands without an answer."""
        return self._kept.waiting(limit)

    def settle(self, answers: Iterable[tuple[str, Answer]]) -> None:
        """Take out what was answered, in one transaction."""
        settled = list(answers)
        with self._lock:
            refused = [("refuse", (*_words(answer), one)) for one, answer in settled if not answer.ok]
            self._do([*refused, *(("settle", (one,)) for one, _ in settled)])
            self._kept.settle(settled)

    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused for good."""
        return self._kept.refusals()

    def dismiss(self, command_id: str) -> None:
        """A person has seen this refusal."""
        with self._lock:
            self._do([("dismiss", (command_id,))])
            self._kept.dismiss(command_id)

    @property
    def unsent(self) -> int:
        """How many wait for an answer."""
        return self._kept.unsent

    def close(self) -> None:
        """Let the next station have it."""
        with self._lock:
            if self._handle >= 0:
                self._base.close()
                os.close(self._handle)
                self._handle = -1

    def _do(self, changes: list[tuple[str, tuple[Any, ...]]]) -> None:
        try:
            with self._base:
                self._base.execute("BEGIN IMMEDIATE")
                for name, values in changes:
                    self._base.execute(_sql(name), values)
        except sqlite3.Error as error:
            raise _as_refusal_of_disk(self.path, error) from error


def as_refusal(row: Row, answer: Answer) -> Refusal:
    """What a person is shown of a command refused for good."""
    code, message = _words(answer)
    return Refusal(row.command_id, row.name, row.fields, row.at, code, message)


def _words(answer: Answer) -> tuple[str, str]:
    return answer.code or "refused", answer.message or "refused without a reason"


def row_of(name: str, fields: Mapping[str, Any], now: Any) -> Row:
    """A row for a command's wire fields, given at `now`."""
    return Row(str(fields["command_id"]), name, dict(fields), instant_text(now))


def _as_refusal_of_disk(path: Path, error: sqlite3.Error) -> HeardError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return StorageFull("this station's disk is full; nothing was kept")
    return Internal(f"the outbox {path.name} cannot be written: {error}")


def _open(path: Path) -> sqlite3.Connection:
    _close_to_others(path)
    base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        _prepare(base, path)
    except BaseException:
        base.close()
        raise
    return base


def _close_to_others(path: Path) -> None:
    """Orders and their notes are nobody else's to read. SQLite gives the files beside it the rights of this one."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for one in (path, *(path.with_name(f"{path.name}{tail}") for tail in ("-wal", "-shm"))):
            if one.exists() and one.stat().st_mode & 0o077:  # made by a version that left them open
                one.chmod(0o600)
    except OSError as error:
        raise OutboxError(f"{path} cannot be written: {error.strerror}") from error


def _prepare(base: sqlite3.Connection, path: Path) -> None:
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    if base.execute("PRAGMA user_version").fetchone()[0] > VERSION:
        raise OutboxError(f"{path} was written by a newer version; update this one")
    for table in ("create_waiting", "create_refused"):
        base.execute(_sql(table))
    base.execute(f"PRAGMA user_version={VERSION}")


def _take(path: Path) -> int:
    """Lock `<path>.lock` until it is closed. The file stays: removing it would let two in at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutboxError(f"{path.parent} cannot be written: {error.strerror}") from error
    try:
        _lock(handle)
    except OSError as error:
        os.close(handle)
        raise OutboxInUse(f"{path} is open in another station; give this one an outbox of its own") from error
    return handle


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@cache
def _queries() -> dict[str, str]:
    text = files("heard.client").joinpath("outbox.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _sql(name: str) -> str:
    return _queries()[name]
