"""Journals of every kind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server.journal import Journal, MemoryJournal, SqliteJournal
from server.journal.drivers import Connect, apsw, stdlib
from tests.server.journal.samples import counted_epochs

Open = Callable[..., Awaitable[SqliteJournal]]


@pytest.fixture
async def open_sqlite(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens the test's SQLite journal, again and again if need be; all are closed in the end."""
    opened: list[SqliteJournal] = []

    async def opening(connect: Connect = stdlib) -> SqliteJournal:
        journal = await SqliteJournal.open(tmp_path / "data" / "heard.db", new_epoch=counted_epochs(), connect=connect)
        opened.append(journal)
        return journal

    yield opening
    for journal in opened:
        await journal.close()


@pytest.fixture(params=["memory", "sqlite3", "apsw"])
async def journal(request: pytest.FixtureRequest, open_sqlite: Open) -> AsyncIterator[Journal]:
    """An empty journal of each kind."""
    match request.param:
        case "memory":
            kept: Journal = MemoryJournal(counted_epochs())
            yield kept
            await kept.close()
        case "sqlite3":
            yield await open_sqlite()
        case "apsw":
            yield await open_sqlite(apsw)
