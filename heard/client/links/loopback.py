"""A whole kitchen in memory with links to it: for tests, examples, and for building a wall without a gateway.

It decides with the rules the gateway decides with, keeps its streams and its answers, and misbehaves when told to.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from heard.client.clock import Clock, SystemClock
from heard.client.links.base import LinkDown, Listeners
from heard.contract.base import Fact
from heard.contract.envelope import MAX_BEHIND, MAX_READ_EVENTS, SYSTEM, Actor, Answer, Envelope, EventRef
from heard.contract.goodbyes import Goodbye, SessionGoodbye
from heard.contract.kds import KdsFact
from heard.contract.registry import kind_of, read_command
from heard.contract.session import SessionReady, StreamState
from heard.errors import BadRequest, HeardError, NotFound
from heard.ids import new_id
from heard.kitchen.routing import Dish, House
from heard.kitchen.rules import Kitchen, Moment, apply, decide, due

SMALL_HOUSE = House(
    store="s1",
    display_name="Loopback",
    dishes=(
        Dish(name="Burger", stations=("grill",)),
        Dish(name="Fries", stations=("fry",)),
        Dish(name="Salad", stations=("cold",)),
    ),
)
"""The store of the starter configuration."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A fact of a stream, and for each view that hears it the seq of the one before."""

    wire: dict[str, Any]
    prevs: Mapping[str, int] = field(default_factory=dict)


class LoopbackKitchen:
    """One store. Every method may be called from any thread; links hear of it in their own loops."""

    def __init__(
        self,
        house: House = SMALL_HOUSE,
        *,
        clock: Clock | None = None,
        epoch: str = "loop-1",
        page: int = 100,
        max_events: int = MAX_READ_EVENTS,
        max_behind: int = MAX_BEHIND,
    ) -> None:
        self.house = house
        self.store = house.store
        self.epoch = epoch
        self.kitchen = Kitchen()
        self.answers: dict[str, Answer] = {}
        self.submitted: list[tuple[str, str]] = []
        """Every command that came in, as (name, id), repeated ones too."""
        self.reports: deque[dict[str, Any]] = deque(maxlen=100)
        """What links said of themselves, the newest last."""
        self._clock = clock or SystemClock()
        self._page, self._max_events, self._max_behind = page, max_events, max_behind
        self._streams: dict[str, list[_Kept]] = {self.kds: [], self.orders: []}
        self._links: list[LoopbackLink] = []
        self._lock = threading.RLock()
        self._numbers = count(1)
        self._drop = 0
        self._no_entry: HeardError | None = None
        self._refusals: list[HeardError] = []
        self._lost_answers = 0

    @property
    def kds(self) -> str:
        """The name of the kitchen's stream."""
        return f"{self.store}/kds"

    @property
    def orders(self) -> str:
        """The name of the orders' stream."""
        return f"{self.store}/orders"

    def link(self) -> LoopbackLink:
        """A new link to this kitchen: what a client is given as `connect`."""
        return LoopbackLink(self)

    # ── Working ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, order: Mapping[str, Any]) -> str:
        """Take an order in, as a till would say it; its id."""
        answer = self.command("orders:place", {"order": dict(order)})
        if not answer.ok:
            raise HeardError.from_wire(answer.as_wire())
        return str((answer.order or {})["id"])

    def command(self, name: str, fields: Mapping[str, Any], actor: Actor | None = None) -> Answer:
        """Decide a command and tell its facts. The same id again gets the first answer."""
        with self._lock:
            whole = {"command_id": new_id(), **fields}
            self.submitted.append((name, str(whole["command_id"])))
            return self._once(name, whole, actor or Actor(subject="loopback"))

    def _once(self, name: str, fields: dict[str, Any], actor: Actor) -> Answer:
        command_id = str(fields["command_id"])
        if command_id in self.answers:
            return self.answers[command_id].model_copy(update={"replayed": True})
        try:
            answer = self._decided(name, fields, actor)
        except HeardError as no:
            answer = Answer.model_validate(no.as_answer())
        if not answer.temporary:
            self.answers[command_id] = answer
        return answer

    def _decided(self, name: str, fields: dict[str, Any], actor: Actor) -> Answer:
        if self._refusals:
            raise self._refusals.pop(0)
        command = read_command(name, fields)
        fresh = self._fresh_ids()
        moment = Moment(self._clock.now(), self.house, lambda: next(fresh))
        outcome = decide(self.kitchen, command, moment)
        told = [self._append(fact, command.command_id, actor) for fact in outcome.facts]
        order = next((one["data"]["order"] for one in told if "order" in one["data"]), None)
        refs = [EventRef(stream=one["stream"], epoch=self.epoch, seq=one["seq"], name=one["name"]) for one in told]
        return Answer(ok=True, result=outcome.result, events=tuple(refs), order=order)

    def _fresh_ids(self) -> Iterator[str]:
        """Ids a test can foresee: the order first, `s1-1`, then its items, `s1-1-1`."""
        order = f"{self.store}-{next(self._numbers)}"
        yield order
        yield from (f"{order}-{n}" for n in count(1))

    def _append(self, fact: Fact, cause: str | None, actor: Actor) -> dict[str, Any]:
        stream = f"{self.store}/{kind_of(fact)}"
        kept = self._streams[stream]
        envelope = Envelope(
            id=new_id(),
            v=fact.v,
            store=self.store,
            stream=stream,
            epoch=self.epoch,
            seq=len(kept) + 1,
            at=self._clock.now(),
            name=fact.name,
            data=fact.as_wire(),
            cause=cause,
            actor=actor,
        )
        views = self.kitchen.board.views
        prevs = {one: views.get(one, 0) for one in fact.stations} if isinstance(fact, KdsFact) else {}
        self.kitchen = apply(self.kitchen, envelope)
        kept.append(_Kept(envelope.as_wire(), prevs))
        self._tell(stream, kept[-1])
        return kept[-1].wire

    def tick(self) -> int:
        """Do what time brings; how much that was."""
        with self._lock:
            commands = due(self.kitchen.board, self._clock.now())
            for command in commands:
                self.command(command.name, command.as_wire(), SYSTEM)
            return len(commands)

    # ── Telling ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, stream: str, kept: _Kept) -> None:
        if self._drop:
            self._drop -= 1
            return
        for link in self._links:
            if stream in link.hears:
                event = _seen(kept, link.hears[stream])
                if event is not None:
                    link.tell(event["name"], event)

    def say(self, name: str, payload: dict[str, Any]) -> None:
        """Tell every link something that is no fact."""
        with self._lock:
            for link in self._links:
                link.tell(name, payload)

    def say_heads(self) -> None:
        """Announce where the streams stand, as a gateway does every 5 s."""
        with self._lock:
            for link in self._links:
                heads = {stream: self._head(stream, view) for stream, view in link.hears.items()}
                link.tell("stream:head", {"heads": heads, "server_time": self._clock.now().isoformat()})

    def _head(self, stream: str, view: str | None) -> dict[str, Any]:
        head = {"epoch": self.epoch, "seq": len(self._streams[stream])}
        return head if view is None else head | {"view": self.kitchen.board.views.get(view, 0)}

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """What `stream:subscribe` acks."""
        with self._lock:
            stream = str(wanted.get("stream"))
            if stream not in self._streams:
                raise BadRequest(f"there is no stream {stream}")
            after, head = wanted.get("after"), len(self._streams[stream])
            if wanted.get("cursor") is not None:
                return self._snapshot(stream, wanted, str(wanted["cursor"]))
            if after is None or wanted.get("epoch") != self.epoch or not 0 <= head - after <= self._max_behind:
                return self._snapshot(stream, wanted, f"{self.epoch} {head} 0")
            return self._events(stream, wanted, after)

    def history(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """What `stream:history` acks: a page of one order's kds facts; its cursor counts the facts before it."""
        order_id, first = str(wanted.get("order_id")), int(wanted.get("cursor") or 0)
        facts = [kept.wire for kept in self._streams[self.kds] if kept.wire["data"].get("order_id") == order_id]
        if not facts:
            raise NotFound(f"there is no order {order_id[:64]}")
        last = first + self._max_events
        more = {"more": True, "cursor": str(last)} if last < len(facts) else {"more": False}
        return {"order_id": order_id, "events": facts[first:last], **more}

    def _events(self, stream: str, wanted: Mapping[str, Any], after: int) -> dict[str, Any]:
        missed = self._streams[stream][after : after + self._max_events]
        events = [event for event in (_seen(kept, wanted.get("station")) for kept in missed) if event is not None]
        seq = after + len(missed)
        return self._reply(stream, seq, wanted, more=seq < len(self._streams[stream])) | {
            "recovered": True,
            "events": events,
        }

    def _snapshot(self, stream: str, wanted: Mapping[str, Any], cursor: str) -> dict[str, Any]:
        epoch, seq, start = cursor.split(" ")
        if (epoch, int(seq)) != (self.epoch, len(self._streams[stream])):
            raise BadRequest("this snapshot is no longer kept; ask again without a cursor")
        key, rows, rest = self._rows(stream, wanted.get("station"))
        end = int(start) + self._page
        more = end < len(rows)
        reply = self._reply(stream, int(seq), wanted, more=more)
        reply |= {"snapshot": rest | {key: rows[int(start) : end]}}
        return reply | ({"cursor": f"{epoch} {seq} {end}"} if more else {})

    def _rows(self, stream: str, station: str | None) -> tuple[str, list[Any], dict[str, Any]]:
        if stream == self.orders:
            return "orders", [order.as_wire() for order in self.kitchen.book.orders.values()], {"v": 1}
        board = self.kitchen.board
        rows = [row for row in board.snapshot_tickets() if station is None or station in row["stations"]]
        return "tickets", rows, board.snapshot_rest()

    def _reply(self, stream: str, seq: int, wanted: Mapping[str, Any], *, more: bool) -> dict[str, Any]:
        head = len(self._streams[stream])
        return {
            "stream": stream,
            "epoch": self.epoch,
            "seq": seq,
            "head": head,
            "recovered": False,
            "was_recovering": wanted.get("after") is not None,
            "more": more,
        }

    # ── Misbehaving ───────────────────────────────────────────────────────────────────────────────────────────────────

    def cut(self, why: str = "the cable was pulled") -> None:
        """End every link without a word."""
        with self._lock:
            for link in list(self._links):
                link.end(LinkDown(why))

    def goodbye(self, row: Goodbye, retry_after_ms: int | None = None) -> None:
        """End every link with these last words."""
        with self._lock:
            for link in list(self._links):
                words = row.as_wire(retry_after_ms)
                link.tell("session:goodbye", words)
                link.end(LinkDown(row.sentence, goodbye=SessionGoodbye.model_validate(words)))

    def refuse_links(self, error: HeardError | None) -> None:
        """Let nobody in from now on, in these words; None lets them in again."""
        with self._lock:
            self._no_entry = error

    def refuse_next(self, *errors: HeardError) -> None:
        """Refuse the next commands."""
        with self._lock:
            self._refusals.extend(errors)

    def drop_next(self, events: int = 1) -> None:
        """Lose the next facts on their way to the links."""
        with self._lock:
            self._drop += events

    def lose_next_answer(self) -> None:
        """Carry out the next command that comes over a link, and cut that link before it is answered."""
        with self._lock:
            self._lost_answers += 1

    def start_over(self, epoch: str) -> None:
        """An empty store in a new epoch; answers are kept. Links are not told: they hear of it as it comes up."""
        with self._lock:
            self.epoch, self.kitchen = epoch, Kitchen()
            self._streams = {self.kds: [], self.orders: []}

    # ── Links ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def admit(self, link: LoopbackLink) -> SessionReady:
        """Let a link in.

        Raises:
            HeardError: as `refuse_links` was told.
        """
        with self._lock:
            if self._no_entry is not None:
                raise self._no_entry
            self._links.append(link)
            streams = {
                stream: StreamState(epoch=self.epoch, seq=len(kept), recovered=False, was_recovering=False)
                for stream, kept in self._streams.items()
            }
            return SessionReady(
                subject="loopback",
                role="manager",
                store=self.store,
                stations=("*",),
                ttl_s=3600,
                streams=streams,
                settings=self.house.settings(),
                server_time=self._clock.now(),
            )

    def asked(self, link: LoopbackLink, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """What a request over a link is answered.

        Raises:
            LinkDown: the answer was lost, as told.
        """
        with self._lock:
            if event == "stream:history":
                return self._historic(data)
            if event == "stream:subscribe":
                return self._subscribed(link, data)
            if event == "auth:refresh":
                return {"ok": True, "ttl_s": 3600}
            if event == "session:report":
                self.reports.append(data)
                return {"ok": True}
            answer = self.command(event, data)
            if self._lost_answers:
                self._lost_answers -= 1
                link.end(LinkDown("the answer was lost"))
                raise LinkDown("the answer was lost")
            return answer.as_wire()

    def _historic(self, data: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.history(data)
        except HeardError as no:
            return no.as_answer()

    def _subscribed(self, link: LoopbackLink, data: dict[str, Any]) -> dict[str, Any]:
        try:
            reply = self.read(data)
        except HeardError as no:
            return no.as_answer()
        link.hears[reply["stream"]] = data.get("station")
        return reply

    def forget(self, link: LoopbackLink) -> None:
        """A link is gone."""
        with self._lock:
            if link in self._links:
                self._links.remove(link)


class LoopbackLink(Listeners):
    """A link to a kitchen in the same process."""

    def __init__(self, kitchen: LoopbackKitchen) -> None:
        super().__init__()
        self.hears: dict[str, str | None] = {}
        """Stream → the station of its view, None for the whole."""
        self.auth: dict[str, Any] = {}
        self._kitchen = kitchen
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: LinkDown | None = None

    async def open(self, auth: dict[str, Any]) -> None:
        """Come in; `session:ready` follows."""
        self.auth = auth
        self._loop = asyncio.get_running_loop()
        ready = self._kitchen.admit(self)
        self.tell(SessionReady.name, ready.as_wire())

    async def request(self, event: str, data: dict[str, Any], timeout_s: float) -> Any:
        """Ask the kitchen; the answer comes after what was told before it."""
        del timeout_s
        if self._over is not None:
            raise self._over
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        told = self._kitchen.asked(self, event, data)
        self._soon(lambda: None if answer.done() else answer.set_result(told))
        return await answer

    async def close(self) -> None:
        """Hang up."""
        self.end(LinkDown("closed by this side"))

    def tell(self, name: str, payload: Any) -> None:
        """Say something to whoever listens at this end, in its own loop."""
        self._soon(lambda: self.on_event(name, payload))

    def end(self, why: LinkDown) -> None:
        """No more; whoever listens is told once."""
        if self._over is None:
            self._over = why
            self._kitchen.forget(self)
            self._soon(lambda: self.on_closed(why))

    def _soon(self, do: Callable[[], object]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do)


def _seen(kept: _Kept, view: str | None) -> dict[str, Any] | None:
    """A fact as a subscriber hears it; None when it is not for this view."""
    if view is None:
        return kept.wire
    return kept.wire | {"prev": kept.prevs[view]} if view in kept.prevs else None
