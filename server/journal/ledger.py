"""The writing side of a SQLite journal: what one transaction does. Lives in the writer's thread."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from server.journal import lock
from server.journal.admission import Admission, AnswerKey, Outcome, StreamKey, answer_key
from server.journal.base import (
    Head,
    JournalBroken,
    JournalBusy,
    JournalError,
    JournalUnwritable,
    NotAJournal,
    Recorded,
    StorageFull,
)
from server.journal.drivers import Connect, Connection, Cursor, Fault, fault_of, result_code
from server.journal.queries import load
from server.journal.rows import Packed, Row
from server.journal.schema import check, migrate

QUERIES = load()

CHECKPOINT_PAGES = 4000
"""About how many pages (4 KiB) of log are written before they are copied into the file.

SQLite's own 1000 would put a checkpoint into more than 1 % of all groups under load: 6 ms at p99 instead of 1.4.
"""

_HEADS_REMEMBERED = 20_000
_FORGOTTEN_AT_ONCE = 500

_SETTINGS = """
    PRAGMA busy_timeout = 5000;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 67108864;
"""
# fullfsync: on a Mac a plain fsync stops at the disk's cache. wal_autocheckpoint: we do it ourselves after answering,
# so nobody waits for it and its errors are seen.


class Ledger:
    """The only writing and checkpointing connection (with two, SQLite up to 3.51.2 could corrupt the file)."""

    def __init__(self, path: Path, connect: Connect, new_epoch: Callable[[], str]) -> None:
        """Open the file, make it if missing, bring it up to date. Raises JournalUnusable, StorageFull, JournalBusy."""
        self._new_epoch = new_epoch
        self._heads: dict[StreamKey, Head] = {}
        self._data_version = 0
        self._pages = 0
        with contextlib.ExitStack() as undo, _as_journal_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            undo.callback(lock.release, lock.take(path))
            connection: Connection = connect(path, read_only=False)
            undo.callback(connection.close)
            self._cursor: Cursor = connection.cursor()
            self._prepare(path)
            self._undo = undo.pop_all()

    def commit(self, group: Sequence[Packed]) -> list[Outcome]:
        """Write every batch that may be written, durably; the outcomes stand in the order of the batches."""
        self._begin()
        admission = Admission(self._head, self._known_answers(group), self._new_epoch)
        outcomes = [admission.admit(packed.batch) for packed in group]
        self._insert(group, outcomes)
        self._finish(admission)
        return outcomes

    def open_stream(self, tenant: str, stream: str) -> Head:
        """The stream's head; made durably if new."""
        self._begin()
        admission = Admission(self._head, (), self._new_epoch)
        head = admission.open((tenant, stream))
        self._finish(admission)
        return head

    def forget_answers(self, before: str) -> int:
        """Drop some of the answers given before a time; 0 when none is left."""
        rows = self._cursor.execute(QUERIES["forget_answers"].sql, (before, _FORGOTTEN_AT_ONCE)).fetchall()
        self._pages += len(rows)
        return len(rows)

    def rollback(self) -> None:
        """Take back what is open. Raises if the disk fails at it."""
        try:
            self._cursor.execute("ROLLBACK")
        except Exception as error:
            if fault_of(error) is not Fault.OTHER:  # OTHER: SQLite rolled back by itself
                raise

    def checkpoint(self) -> None:
        """Copy the log into the file once it is long enough."""
        if self._pages >= CHECKPOINT_PAGES:
            self._pages = 0
            self._cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self, *, tidy: bool) -> None:
        """Let go of the file; `tidy` leaves no log behind (not after a disk error: nothing more is touched then)."""
        with self._undo:
            if tidy:
                self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _prepare(self, path: Path) -> None:
        version = check(self._cursor, QUERIES, str(path))
        mode = self._cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise JournalUnwritable(f"the file system of {path} cannot hold a write-ahead log (journal mode {mode})")
        for setting in _SETTINGS.strip().split(";"):
            self._cursor.execute(setting).fetchall()
        migrate(self._cursor, QUERIES, version)

    def _begin(self) -> None:
        """Take the write lock, and forget what we remember if a stranger has written meanwhile."""
        self._cursor.execute("BEGIN IMMEDIATE")
        version = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version or len(self._heads) > _HEADS_REMEMBERED:
            self._heads.clear()
            self._data_version = version

    def _finish(self, admission: Admission) -> None:
        """Commit, and only then believe in the new heads."""
        self._write("move_heads", [(*key, head.epoch, head.seq) for key, head in admission.heads.items()])
        self._commit()
        self._heads |= admission.heads
        self._pages += 4  # the pages at the end of each table

    def _commit(self) -> None:
        """Raises JournalBroken where we cannot tell why it failed: then we cannot tell what was written either."""
        try:
            self._cursor.execute("COMMIT")
        except Exception as error:
            if fault_of(error) is Fault.OTHER:
                raise JournalBroken(f"COMMIT failed: {error!r}") from error
            raise

    def _head(self, key: StreamKey) -> Head | None:
        if key not in self._heads:
            row = self._cursor.execute(QUERIES["stream_head"].sql, key).fetchone()
            if row is None:
                return None
            self._heads[key] = Head(*row)
        return self._heads[key]

    def _known_answers(self, group: Sequence[Packed]) -> set[AnswerKey]:
        keys = [key for packed in group if (key := answer_key(packed.batch))]
        known: set[AnswerKey] = set()
        for sql, values in QUERIES["known_answers"].chunks(keys):
            known.update(tuple(row) for row in self._cursor.execute(sql, values).fetchall())
        return known

    def _insert(self, group: Sequence[Packed], outcomes: Sequence[Outcome]) -> None:
        facts: list[Row] = []
        private: list[Row] = []
        answers: list[Row] = []
        for packed, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, JournalError):
                continue
            for recorded, fact, secret in zip(outcome, packed.facts, packed.private, strict=True):
                key = _key(packed, recorded)
                facts.append(key + fact)
                if secret is not None:
                    private.append((*key, secret))
            if packed.answer is not None:
                answers.append(packed.answer)
        self._write("append_events", facts)
        self._write("append_private", private)
        self._write("append_answers", answers)
        self._pages += (len(facts) + len(answers)) // 3

    def _write(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        for sql, values in QUERIES[name].chunks(rows):
            self._cursor.execute(sql, values)


def _key(packed: Packed, recorded: Recorded) -> tuple[str, str, int]:
    return packed.batch.tenant, recorded.entry.stream, recorded.seq


@contextlib.contextmanager
def _as_journal_errors(path: Path) -> Iterator[None]:
    """What goes wrong while opening, as a sentence for whoever started the gateway."""
    try:
        yield
    except JournalError:
        raise
    except (OSError, ValueError) as error:
        raise JournalUnwritable(f"the journal {path} cannot be opened: {error}") from error
    except Exception as error:
        raise _opening_error(path, error) from error


def _opening_error(path: Path, error: Exception) -> Exception:
    if result_code(error) == sqlite3.SQLITE_NOTADB:
        return NotAJournal(f"{path} is not a database")
    match fault_of(error):
        case Fault.FULL:
            return StorageFull(f"there is no room for the journal {path}")
        case Fault.BUSY:
            return JournalBusy(f"another program holds the journal {path}")
        case Fault.DISK:
            return JournalUnwritable(f"the journal {path} cannot be opened: {error}")
        case Fault.OTHER:
            return error
