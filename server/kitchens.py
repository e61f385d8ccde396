"""One kitchen per store: its state, the one place where its facts get their order, and the tail of its streams.

A command is decided and applied without an await in between: that is the store's lock. The journal is asked to write
with the heads the decision saw, and everything else (publishing, the answer) happens when the write is durable, in the
order of the decisions. When a write fails, the state goes back to the last durable one, and the decisions that stood on
the failed one fail with it, because the heads they expected are not there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from heard.contract.base import SUBJECT, Command, Fact, instant_text
from heard.contract.envelope import Envelope, join_private, split_private, store_stream, user_stream
from heard.contract.kds import KdsFact
from heard.contract.orders import OrderFact
from heard.contract.registry import FACTS, kind_of
from heard.errors import Conflict, HeardError, Internal, Permanent, StorageFull, Unavailable
from heard.kitchen.routing import House
from heard.kitchen.rules import Kitchen, Moment, Outcome, apply, decide
from server.journal.base import (
    AnswerExists,
    BadBatch,
    Batch,
    Entry,
    Head,
    Journal,
    JournalError,
    Recorded,
    StoredAnswer,
)
from server.journal.base import StorageFull as JournalFull

log = structlog.get_logger("heard.kitchens")

KINDS = ("kds", "orders")
"""The streams a kitchen writes."""
TAIL = 2_000
"""Events kept in memory per stream: what a read may ask for before a snapshot is cheaper."""
RECENT = 4_096
"""Answers kept in memory; older ones are read from the journal."""
PAGE = 2_000


class Told(NamedTuple):
    """A durable event, ready to be sent. `prevs` maps a station to the seq of its view's event before."""

    envelope: dict[str, Any]
    prevs: Mapping[str, int]

    @property
    def seq(self) -> int:
        """Its place in its stream."""
        return int(self.envelope["seq"])


@dataclass(slots=True)
class Tail:
    """Where a stream stands, and its newest events."""

    head: Head
    events: deque[Told] = field(default_factory=lambda: deque(maxlen=TAIL))

    def add(self, told: Told) -> None:
        """One more durable event."""
        self.events.append(told)
        self.head = Head(self.head.epoch, told.seq)

    def after(self, seq: int) -> list[Told] | None:
        """The events after a position; None when they begin before the tail does."""
        first = self.events[0].seq if self.events else self.head.seq + 1
        if seq + 1 < first:
            return None
        return [self.events[n] for n in range(seq + 1 - first, len(self.events))]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with whose it is. `actor` goes into every event, `digest` tells a repetition from a reuse of the id."""

    command: Command
    subject: str
    actor: dict[str, Any]
    digest: str
    trace: str | None = None


@dataclass(slots=True)
class _Pending:
    """A decision on its way to disk."""

    asked: Asked
    answer: dict[str, Any]
    after: Kitchen
    generation: int
    waiting: list[asyncio.Future[dict[str, Any]]] = field(default_factory=list)

    def settled(self) -> asyncio.Future[dict[str, Any]]:
        """The answer, once it is durable; to each who asks a future of their own: whoever gives up is alone in that."""
        waiter: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        return waiter

    def tell(self) -> None:
        """The answer holds."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(self.answer)

    def fail(self, refusal: HeardError) -> None:
        """It does not: nothing was written."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_exception(refusal)


class StoreKitchen:
    """A store's state and its way in. Everything here runs on the gateway's loop."""

    def __init__(
        self, *, tenant: str, house: House, journal: Journal, publish: Callable[[str, str, list[Told]], None],
        now: Callable[[], datetime], new_id: Callable[[], str],
    ) -> None:  # fmt: skip
        self.tenant = tenant
        self.house = house
        self.committed = Kitchen()
        self.tails: dict[str, Tail] = {}
        self._journal = journal
        self._publish = publish
        self._now = now
        self._new_id = new_id
        self._state = Kitchen()
        self._generation = 0
        self._in_flight: dict[str, _Pending] = {}
        self._recent: OrderedDict[str, StoredAnswer] = OrderedDict()

    @property
    def store(self) -> str:
        """The store's id."""
        return self.house.store

    def stream(self, kind: str) -> str:
        """The name of one of its streams."""
        return store_stream(self.store, kind)

    # ── Starting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def load(self) -> None:
        """Rebuild board and book from the journal. Raises: JournalError."""
        for kind in KINDS:
            stream = self.stream(kind)
            head = await self._journal.open_stream(self.tenant, stream)
            tail = self.tails[stream] = Tail(Head(head.epoch, 0))
            while rows := await self._journal.read(self.tenant, stream, tail.head.seq, PAGE):
                for row in rows:
                    told = as_told(row)
                    self.committed = apply(self.committed, Envelope.model_validate(told.envelope))
                    tail.add(told)
        self._state = self.committed

    # ── Deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def submit(self, asked: Asked) -> dict[str, Any]:
        """The one answer to a command: the stored one if it was given before, or what it comes to now.

        Raises:
            HeardError: temporary refusals only; final ones are answers, stored like any other.
        """
        command_id = asked.command.command_id
        written = None
        if command_id not in self._recent and command_id not in self._in_flight:
            written = await self.written(command_id)
        # Looked up again after the await: the same command may have come twice at once.
        known = self._recent.get(command_id) or written
        if known is not None:
            return self._again(known.digest, known.subject, known.answer, asked)
        pending = self._in_flight.get(command_id)
        if pending is not None:
            answer = await pending.settled()
            return self._again(pending.asked.digest, pending.asked.subject, answer, asked)
        return await self._decide(asked).settled()

    async def written(self, command_id: str) -> StoredAnswer | None:
        """The answer in the journal. Raises: Unavailable."""
        try:
            return await self._journal.answer(self.tenant, self.store, command_id)
        except JournalError as failure:
            raise _as_refusal(failure) from failure

    def _again(self, digest: str, subject: str, answer: dict[str, Any], asked: Asked) -> dict[str, Any]:
        same_or_conflict((digest, subject), (asked.digest, asked.subject))
        return self._with_private(answer) | {"replayed": True}

    def _decide(self, asked: Asked) -> _Pending:
        """Decide on the newest state and hand it to the journal: no await in here, that is the store's lock."""
        moment = Moment(self._now(), self.house, self._new_id)
        refused: Permanent | None = None
        try:
            outcome = decide(self._state, asked.command, moment)
        except Permanent as refusal:
            refused, outcome = refusal, Outcome("already", (), self._state)
        at = instant_text(moment.now)
        entries, refs = self._entries(outcome, asked, at)
        answer = refused.as_answer() if refused else self._answer(outcome, asked, refs)
        stored = StoredAnswer(
            self.store, asked.command.command_id, asked.digest, asked.subject, _without_private(answer), at
        )
        # Both heads, even when nothing is written: an `already` must not outlive the fact it rests on.
        expected = {self.stream("kds"): self._state.board.seq, self.stream("orders"): self._state.book.seq}
        pending = _Pending(asked, answer, outcome.after, self._generation)
        self._in_flight[asked.command.command_id] = pending
        self._state = outcome.after
        written = self._journal.append(Batch(self.tenant, tuple(entries), expected, stored))
        written.add_done_callback(lambda write: self._settled(pending, stored, write))
        return pending

    def _entries(self, outcome: Outcome, asked: Asked, at: str) -> tuple[list[Entry], list[dict[str, Any]]]:
        """The rows of a decision, numbered as they will stand if nobody was faster, and where they will stand."""
        seqs = {"kds": self._state.board.seq, "orders": self._state.book.seq}
        views = self._state.board.views
        rows, personal, refs = [], [], []
        for fact in outcome.facts:
            kind = kind_of(fact)
            seqs[kind] += 1
            stream = self.stream(kind)
            heard = fact.stations if isinstance(fact, KdsFact) else ()
            rows.append(self._entry(stream, fact, asked, at, {station: views.get(station, 0) for station in heard}))
            views = views.update(dict.fromkeys(heard, seqs[kind]))
            epoch = self.tails[stream].head.epoch
            refs.append({"stream": stream, "epoch": epoch, "seq": seqs[kind], "name": fact.name})  # an EventRef
            if guest := self._guest(fact, outcome.after):
                personal.append(self._entry(user_stream(guest), fact, asked, at, {}))
        return rows + personal, refs

    def _guest(self, fact: Fact, after: Kitchen) -> str | None:
        """The customer an order's facts are also told to; a ref no token can be for opens no stream."""
        order = after.book.orders.get(fact.order_id) if isinstance(fact, OrderFact) else None
        ref = order.customer.ref if order and order.customer else None
        return ref if ref and SUBJECT.fullmatch(ref) else None

    def _entry(self, stream: str, fact: Fact, asked: Asked, at: str, prevs: dict[str, int]) -> Entry:
        data, private = split_private(fact.as_wire(), fact.private)
        return Entry(
            stream=stream, id=self._new_id(), v=fact.v, store=self.store, at=at, name=fact.name,
            data=data, private=private, cause=asked.command.command_id, actor=asked.actor, trace=asked.trace,
            prevs=prevs,
        )  # fmt: skip

    def _answer(self, outcome: Outcome, asked: Asked, refs: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": True, "result": outcome.result, "events": refs}
        order_id = next((fact.order_id for fact in outcome.facts if isinstance(fact, OrderFact)), None)
        order_id = order_id or getattr(asked.command, "order_id", None)
        order = (
            outcome.after.book.orders.get(order_id) if order_id and asked.command.name.startswith("orders:") else None
        )
        return answer | ({"order": order.as_wire()} if order else {})

    # ── Durable, or not ───────────────────────────────────────────────────────────────────────────────────────────────

    def _settled(self, pending: _Pending, stored: StoredAnswer, write: asyncio.Future[tuple[Recorded, ...]]) -> None:
        self._in_flight.pop(stored.command_id, None)
        failure = JournalError("the write was called off") if write.cancelled() else write.exception()
        if failure is not None:
            self._roll_back(pending, failure)
            return
        self.committed = pending.after
        if pending.generation != self._generation:
            # It stood on a decision that failed without having written anything: the state went back too far.
            self._go_back()
        self._remember(stored)
        self._tell(write.result())
        pending.tell()

    def _roll_back(self, pending: _Pending, failure: BaseException) -> None:
        """Back to the last durable state, once for all decisions that stood on the failed one."""
        if pending.generation == self._generation:
            log.error("write_failed", store=self.store, command=pending.asked.command.name, why=str(failure))
            self._go_back()
        pending.fail(_as_refusal(failure))

    def _go_back(self) -> None:
        self._generation += 1
        self._state = self.committed

    def _remember(self, stored: StoredAnswer) -> None:
        self._recent[stored.command_id] = stored
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _tell(self, rows: Iterable[Recorded]) -> None:
        by_stream: dict[str, list[Told]] = {}
        for row in rows:
            told = as_told(row)
            by_stream.setdefault(row.entry.stream, []).append(told)
            if tail := self.tails.get(row.entry.stream):
                tail.add(told)
        for stream, events in by_stream.items():
            self._publish(self.tenant, stream, events)

    # ── Personal data in answers ──────────────────────────────────────────────────────────────────────────────────────

    def _with_private(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A stored answer holds no personal data; what the order still has of it is put back."""
        order = self.committed.book.orders.get(answer.get("order", {}).get("id", ""))
        if order is None:
            return answer
        return join_private(answer, split_private({"order": order.as_wire()}, _PRIVATE)[1])


_PRIVATE = FACTS["order:created"].private


def same_or_conflict(before: tuple[str, str], now: tuple[str, str]) -> None:
    """Tell a repetition from a reuse of a command's id, by (digest, subject). Raises: Conflict."""
    if before != now:
        raise Conflict("this command id was used for something else before; make a fresh one")


def _without_private(answer: dict[str, Any]) -> dict[str, Any]:
    return split_private(answer, _PRIVATE)[0] if "order" in answer else answer


def as_told(row: Recorded) -> Told:
    """A journal row as it goes out."""
    entry = row.entry
    envelope = {
        "id": entry.id, "v": entry.v, "store": entry.store, "stream": entry.stream, "epoch": row.epoch, "seq": row.seq,
        "at": entry.at, "name": entry.name, "data": join_private(entry.data, entry.private), "cause": entry.cause,
        "actor": entry.actor,
    }  # fmt: skip
    return Told(envelope | ({"trace": entry.trace} if entry.trace else {}), entry.prevs)


def _as_refusal(failure: BaseException) -> HeardError:
    """What a failed write means for whoever asked: try again, in all cases."""
    if isinstance(failure, JournalFull):
        return StorageFull("the disk is full; nothing was written", retry_after_ms=5_000)
    if isinstance(failure, AnswerExists):
        return Unavailable("this command was answered a moment ago; ask again", retry_after_ms=50)
    if isinstance(failure, BadBatch):
        return Internal("this could not be written down; it was logged")
    return Unavailable("the journal could not be written; nothing was changed", retry_after_ms=1_000)
