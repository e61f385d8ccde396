"""The journal: every fact and every answer, durable and in order."""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from server.journal.base import (
    AnswerExists,
    BadBatch,
    Batch,
    Entry,
    Head,
    HeadMoved,
    Journal,
    JournalBroken,
    JournalBusy,
    JournalClosed,
    JournalError,
    JournalInUse,
    JournalStats,
    JournalUnusable,
    JournalUnwritable,
    NotAJournal,
    Recorded,
    StaleSchema,
    StorageFull,
    StoredAnswer,
    UnknownJournal,
)
from server.journal.memory import MemoryJournal
from server.journal.sqlite import READERS, SqliteJournal

__all__ = [
    "AnswerExists",
    "BadBatch",
    "Batch",
    "Entry",
    "Head",
    "HeadMoved",
    "Journal",
    "JournalBroken",
    "JournalBusy",
    "JournalClosed",
    "JournalError",
    "JournalInUse",
    "JournalStats",
    "JournalUnusable",
    "JournalUnwritable",
    "MemoryJournal",
    "NotAJournal",
    "Recorded",
    "SqliteJournal",
    "StaleSchema",
    "StorageFull",
    "StoredAnswer",
    "UnknownJournal",
    "open_journal",
]

random_epoch = partial(secrets.token_hex, 6)
"""Names one life of a stream; only ever compared for equality."""


async def open_journal(url: str, *, new_epoch: Callable[[], str] = random_epoch, readers: int = READERS) -> Journal:
    """Open `memory:`, `sqlite:///relative/path` or `sqlite:////absolute/path`; close it with `close()`.

    `readers` is how many reads a journal on disk does at once.

    Raises JournalUnusable (of which UnknownJournal for another url), StorageFull, JournalBusy.
    """
    if url == "memory:":
        return MemoryJournal(new_epoch)
    kind, _, path = url.partition(":///")
    if kind == "sqlite" and path:
        return await SqliteJournal.open(Path(path), new_epoch=new_epoch, readers=readers)
    raise UnknownJournal(f"no journal is called {url!r}: say memory: or sqlite:///PATH (four slashes: from the root)")
