"""The journal in one SQLite file: one thread writes, others read."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from server.journal.admission import AnswerKey, answer_key
from server.journal.base import (
    BadBatch,
    Batch,
    Head,
    JournalClosed,
    JournalStats,
    JournalUnwritable,
    Recorded,
    StoredAnswer,
)
from server.journal.bloom import Bloom
from server.journal.drivers import Connect, stdlib
from server.journal.ledger import QUERIES, Ledger
from server.journal.readers import Readers
from server.journal.rows import fact, pack, stored_answer
from server.journal.writer import Writer

READERS = 2
"""So many reads at once, unless told otherwise: a lookup beside a long one."""
_NO_END = 2**63 - 1
_PAGE = 5_000


class SqliteJournal:
    """A Journal in WAL mode with FULL sync. `connect` decides the driver: sqlite3, apsw, or apsw on a VFS of tests."""

    def __init__(self, path: Path, connect: Connect, new_epoch: Callable[[], str], readers: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(partial(Ledger, path, connect, new_epoch))
        self._readers = Readers(partial(connect, path, read_only=True), readers)
        self._closing: asyncio.Task[None] | None = None
        # Every answer that may be in the file: those found there on opening, and those of our own appends, from the
        # moment they are asked for. Sound only because nobody else writes (lock.py); several gateways on one journal
        # would have to tell each other, or to ask each time. Even as it is nothing would be done twice: a batch whose
        # command has its answer is not admitted, and whoever asks again after that is answered from the file.
        self._answered = Bloom()

    @classmethod
    async def open(
        cls, path: Path, *, new_epoch: Callable[[], str], connect: Connect = stdlib, readers: int = READERS
    ) -> Self:
        """Open or make the file and its directory. Raises JournalUnusable, StorageFull, JournalBusy."""
        journal = cls(path, connect, new_epoch, readers)
        await journal._open()
        return journal

    def append(self, batch: Batch) -> asyncio.Future[tuple[Recorded, ...]]:
        """See Journal. Encoding is done here, so that the next group is ready when the disk is."""
        if self._closing:
            return self._refused()
        if key := answer_key(batch):
            self._answered.add(key)
        try:
            return self._writer.append(pack(batch))
        except BadBatch as error:
            return self._writer.append(error)

    async def answer(self, tenant: str, store: str, command_id: str) -> StoredAnswer | None:
        """See Journal. Of a command that is new, which nearly all are, no reader is asked: that costs two threads."""
        self._check_open()
        if (tenant, store, command_id) not in self._answered:
            return None
        rows = await self._read("find_answer", tenant, store, command_id)
        return stored_answer(rows[0]) if rows else None

    async def open_stream(self, tenant: str, stream: str) -> Head:
        """See Journal."""
        head: Head = await self._call(lambda ledger: ledger.open_stream(tenant, stream))
        return head

    async def heads(self, tenant: str) -> dict[str, Head]:
        """See Journal."""
        rows = await self._read("stream_heads", tenant)
        return {stream: Head(epoch, seq) for stream, epoch, seq in rows}

    async def tenants(self) -> list[str]:
        """See Journal."""
        return [tenant for (tenant,) in await self._read("tenants")]

    async def read(self, tenant: str, stream: str, after: int, limit: int, before: int | None = None) -> list[Recorded]:
        """See Journal."""
        end = _NO_END if before is None else before
        return _facts(stream, await self._read("read_events", tenant, stream, after, end, max(limit, 0)))

    async def read_order(self, tenant: str, stream: str, order_id: str, after: int, limit: int) -> list[Recorded]:
        """See Journal."""
        return _facts(stream, await self._read("read_order", tenant, stream, order_id, after, max(limit, 0)))

    async def forget_answers(self, before: str) -> int:
        """See Journal. Goes in short steps, so that appends come in between."""
        forgotten = 0
        while step := await self._call(lambda ledger: ledger.forget_answers(before)):
            forgotten += step
        return forgotten

    def stats(self) -> JournalStats:
        """See Journal."""
        pool = self._readers
        return replace(self._writer.stats(), readers=pool.limit, reading=pool.busy, reads_waiting=pool.waiting)

    async def close(self) -> None:
        """See Journal."""
        if self._closing is None:
            self._closing = self._loop.create_task(self._close(), name="heard-journal-close")
        await asyncio.shield(self._closing)

    async def _open(self) -> None:
        await self._writer.open()
        try:
            await self._readers.open()
            await self._note_answered()
        except Exception as error:
            await self.close()
            raise JournalUnwritable(f"the journal cannot be opened for reading: {error}") from error

    async def _note_answered(self) -> None:
        """Note which commands have their answer: about a second for a million."""
        last: AnswerKey = ("", "", "")
        while found := await self._read("answered_after", *last, _PAGE):
            for key in found:
                self._answered.add(key)
            last = found[-1]

    async def _close(self) -> None:
        """Let the writer finish, then the readers go first, so that nobody is in the way of the last checkpoint.

        After a disk error they go last: whoever leaves a SQLite file last checkpoints it, and a reader is unable to.
        """
        await asyncio.wait([self._writer.call(lambda _: None)])
        if not self._writer.broken:
            await self._readers.close()
        await self._writer.close()
        await self._readers.close()

    async def _read(self, query: str, *values: Any) -> list[Any]:
        self._check_open()
        return await self._readers.fetch(QUERIES[query].sql, values)

    async def _call(self, do: Callable[[Ledger], Any]) -> Any:
        self._check_open()
        return await self._writer.call(do)

    def _check_open(self) -> None:
        if self._closing:
            raise JournalClosed("the journal is closed")

    def _refused(self) -> asyncio.Future[tuple[Recorded, ...]]:
        future: asyncio.Future[tuple[Recorded, ...]] = self._loop.create_future()
        future.set_exception(JournalClosed("the journal is closed"))
        return future


def _facts(stream: str, rows: list[Any]) -> list[Recorded]:
    return [fact(row, stream=stream, private=private, epoch=epoch, seq=seq) for seq, epoch, private, *row in rows]
