"""The journal in memory, for trying things out and for tests: the same promises, but it ends with the program."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable

from server.journal.admission import Admission, AnswerKey, Outcome, StreamKey
from server.journal.base import (
    BadBatch,
    Batch,
    Head,
    JournalClosed,
    JournalError,
    JournalStats,
    Recorded,
    StoredAnswer,
)
from server.journal.rows import Packed, Row, fact, pack, stored_answer


class MemoryJournal:
    """A Journal of dicts. It keeps encoded rows, so a reader gets what a reader of a file gets, and never an alias."""

    def __init__(self, new_epoch: Callable[[], str]) -> None:
        self._new_epoch = new_epoch
        self._loop = asyncio.get_running_loop()
        self._heads: dict[StreamKey, Head] = {}
        self._facts: dict[StreamKey, list[tuple[Row, str | None]]] = {}
        self._orders: dict[tuple[str, str, str], list[int]] = {}
        """Tenant, stream and order → the places of its facts."""
        self._answers: dict[AnswerKey, Row] = {}
        self._appends = self._events = 0
        self._closed = False

    def append(self, batch: Batch) -> asyncio.Future[tuple[Recorded, ...]]:
        """See Journal."""
        future: asyncio.Future[tuple[Recorded, ...]] = self._loop.create_future()
        self._loop.call_soon(_settle, future, self._record(batch))
        return future

    async def answer(self, tenant: str, store: str, command_id: str) -> StoredAnswer | None:
        """See Journal."""
        self._check_open()
        row = self._answers.get((tenant, store, command_id))
        return stored_answer(row[1:]) if row else None

    async def open_stream(self, tenant: str, stream: str) -> Head:
        """See Journal."""
        self._check_open()
        admission = self._admission()
        head = admission.open((tenant, stream))
        self._heads |= admission.heads
        await asyncio.sleep(0)  # the appends before it are told first
        return head

    async def heads(self, tenant: str) -> dict[str, Head]:
        """See Journal."""
        self._check_open()
        return {stream: head for (owner, stream), head in self._heads.items() if owner == tenant}

    async def tenants(self) -> list[str]:
        """See Journal."""
        self._check_open()
        return sorted({tenant for tenant, _ in self._heads})

    async def read(self, tenant: str, stream: str, after: int, limit: int, before: int | None = None) -> list[Recorded]:
        """See Journal."""
        self._check_open()
        kept = self._facts.get((tenant, stream), [])
        after = max(after, 0)
        end = min(after + max(limit, 0), len(kept) if before is None else before - 1)
        return [self._fact(tenant, stream, seq) for seq in range(after + 1, max(end, 0) + 1) if seq <= len(kept)]

    async def read_order(self, tenant: str, stream: str, order_id: str, after: int, limit: int) -> list[Recorded]:
        """See Journal."""
        self._check_open()
        places = self._orders.get((tenant, stream, order_id), [])
        first = bisect_right(places, after)
        return [self._fact(tenant, stream, seq) for seq in places[first : first + max(limit, 0)]]

    def _fact(self, tenant: str, stream: str, seq: int) -> Recorded:
        row, private = self._facts[tenant, stream][seq - 1]
        return fact(row, stream=stream, private=private, epoch=self._heads[tenant, stream].epoch, seq=seq)

    async def forget_answers(self, before: str) -> int:
        """See Journal."""
        self._check_open()
        old = [key for key, row in self._answers.items() if row[-1] < before]
        for key in old:
            del self._answers[key]
        return len(old)

    def stats(self) -> JournalStats:
        """See Journal."""
        return JournalStats(appends=self._appends, commits=self._appends, events=self._events)

    async def close(self) -> None:
        """See Journal."""
        self._closed = True

    def _record(self, batch: Batch) -> Outcome:
        if self._closed:
            return JournalClosed("the journal is closed")
        try:
            packed = pack(batch)
        except BadBatch as error:
            return error
        admission = self._admission()
        outcome = admission.admit(batch)
        if not isinstance(outcome, JournalError):
            self._heads |= admission.heads
            self._keep(packed)
        return outcome

    def _keep(self, packed: Packed) -> None:
        for entry, row, private in zip(packed.batch.entries, packed.facts, packed.private, strict=True):
            kept = self._facts.setdefault((packed.batch.tenant, entry.stream), [])
            kept.append((row, private))
            if isinstance(order := entry.data.get("order_id"), str):
                self._orders.setdefault((packed.batch.tenant, entry.stream, order), []).append(len(kept))
        if packed.answer:
            self._answers[packed.answer[:3]] = packed.answer
        self._appends += 1
        self._events += len(packed.facts)

    def _admission(self) -> Admission:
        return Admission(self._heads.get, self._answers, self._new_epoch)

    def _check_open(self) -> None:
        if self._closed:
            raise JournalClosed("the journal is closed")


def _settle(future: asyncio.Future[tuple[Recorded, ...]], outcome: Outcome) -> None:
    if future.done():  # its caller gave up waiting
        return
    if isinstance(outcome, JournalError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
