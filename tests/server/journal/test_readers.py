"""The readers of a journal: a long read holds up nobody, and nobody is forgotten."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.journal.base import JournalError
from server.journal.readers import Readers
from tests.patience import PATIENCE_S


class Slow:
    """A connection whose reads of `wait` last until told; it notes in which thread it is used."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began: list[Any] = []
        self.closed = 0

    def connect(self) -> "Slow":
        return self

    def cursor(self) -> "Slow":
        return self

    def execute(self, sql: str, _: Any = ()) -> "Slow":
        if sql == "wait":
            self.began.append(threading.current_thread().name)
            assert self.go.wait(PATIENCE_S)
        if sql == "nonsense":
            raise sqlite3.OperationalError(sql)
        return self

    def fetchall(self) -> list[Any]:
        return [(1,)]

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def disk() -> Slow:
    return Slow()


@pytest.fixture
async def pool(disk: Slow) -> AsyncIterator[Readers]:
    readers = Readers(disk.connect, 2)
    await readers.open()
    yield readers
    disk.go.set()
    await readers.close()


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - threads signal nobody
            await asyncio.sleep(0.002)


async def test_a_lookup_does_not_wait_for_a_long_read(pool: Readers, disk: Slow):
    long = asyncio.ensure_future(pool.fetch("wait", ()))
    await until(lambda: disk.began)
    async with asyncio.timeout(PATIENCE_S):
        assert [await pool.fetch("look up", ()) for _ in range(20)] == [[(1,)]] * 20
    assert (pool.busy, pool.waiting, long.done()) == (1, 0, False)
    disk.go.set()
    assert await long == [(1,)]


async def test_who_finds_all_busy_waits_in_line(pool: Readers, disk: Slow):
    reads = [asyncio.ensure_future(pool.fetch("wait", ())) for _ in range(5)]
    await until(lambda: len(disk.began) == 2)
    assert (pool.limit, pool.busy, pool.waiting) == (2, 2, 3)
    assert len(set(disk.began)) == 2
    disk.go.set()
    assert await asyncio.gather(*reads) == [[(1,)]] * 5
    await until(lambda: pool.busy == 0)
    assert pool.waiting == 0


async def test_a_read_that_nobody_waits_for_keeps_its_reader_until_it_ends(pool: Readers, disk: Slow):
    given_up = asyncio.ensure_future(pool.fetch("wait", ()))
    await until(lambda: disk.began)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    async with asyncio.timeout(PATIENCE_S):
        await pool.fetch("look up", ())
    assert pool.busy == 1
    disk.go.set()
    await until(lambda: pool.busy == 0)


async def test_who_gives_up_in_line_takes_no_place(pool: Readers, disk: Slow):
    reads = [asyncio.ensure_future(pool.fetch("wait", ())) for _ in range(3)]
    await until(lambda: len(disk.began) == 2 and pool.waiting == 1)
    reads[2].cancel()
    await until(lambda: pool.waiting == 0)
    disk.go.set()
    await asyncio.gather(*reads[:2])
    assert await pool.fetch("look up", ()) == [(1,)]
    await until(lambda: pool.busy == 0)


async def test_a_read_that_fails_gives_its_reader_back(pool: Readers):
    for _ in range(5):
        with pytest.raises(JournalError):
            await pool.fetch("nonsense", ())
    await until(lambda: pool.busy == 0)


async def test_closing_finishes_what_was_asked_for(disk: Slow):
    readers = Readers(disk.connect, 2)
    await readers.open()
    reads = [asyncio.ensure_future(readers.fetch("wait", ())) for _ in range(4)]
    await until(lambda: len(disk.began) == 2)
    closing = asyncio.ensure_future(readers.close())
    disk.go.set()
    assert await asyncio.gather(*reads) == [[(1,)]] * 4
    await closing
    await readers.close()
    assert disk.closed == 2
