"""The journal's readers: a few read-only connections, each in a thread of its own, so that a long read holds up nobody.

They never write, checkpoint or wait for the writer.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from server.journal.base import JournalBroken, JournalBusy, JournalError
from server.journal.drivers import Connection, Fault, fault_of

T = TypeVar("T")


class Readers:
    """A pool of `limit` readers. Who finds all of them busy waits in line."""

    def __init__(self, connect: Callable[[], Connection], limit: int) -> None:
        self.limit = limit
        self.waiting = 0
        """Reads that wait for a reader."""
        self._all = [Reader(connect, number) for number in range(limit)]
        self._free = list(self._all)
        self._places = asyncio.Semaphore(limit)
        self._closed = False

    @property
    def busy(self) -> int:
        """Readers at work."""
        return self.limit - len(self._free)

    async def open(self) -> None:
        """Connect all; raises what the driver raises."""
        for reader in self._all:
            await reader.open()

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """All rows of a query. Raises JournalBroken, JournalBusy, JournalError."""
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        reader = self._free.pop()
        read = asyncio.ensure_future(reader.fetch(sql, values))
        # Whoever asked may be cancelled; the thread still reads to the end, and is free only then.
        read.add_done_callback(lambda _: self._let_go(reader))
        return await asyncio.shield(read)

    def _let_go(self, reader: "Reader") -> None:
        self._free.append(reader)
        self._places.release()

    async def close(self) -> None:
        """Finish what is asked for, disconnect, end the threads. Closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        for _ in self._all:
            await self._places.acquire()
        for reader in self._all:
            await reader.close()


class Reader:
    """One connection and its thread."""

    def __init__(self, connect: Callable[[], Connection], number: int) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"heard-journal-reader-{number}")
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Connect; raises what the driver raises."""
        await self._run(self._open)

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """All rows of a query. Raises JournalBroken, JournalBusy, JournalError."""
        try:
            return await self._run(partial(self._fetch, sql, values))
        except Exception as error:
            raise _reading_error(error) from error

    async def close(self) -> None:
        """Disconnect and end the thread."""
        if self._connection is not None:
            await self._run(self._close)
        self._thread.shutdown()

    async def _run(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do)

    def _open(self) -> None:
        self._connection = self._connect()
        self._cursor = self._connection.cursor()
        self._cursor.execute("PRAGMA busy_timeout = 5000").fetchall()

    def _fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        return list(self._cursor.execute(sql, values).fetchall())

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # after a disk error: it is the last to leave and may not tidy up
                connection.close()


def _reading_error(error: Exception) -> JournalError:
    match fault_of(error):
        case Fault.DISK:
            return JournalBroken(f"the journal cannot be read: {error}")
        case Fault.BUSY:
            return JournalBusy("another program holds the journal")
        case _:
            return JournalError(f"the journal cannot be read: {error}")
