"""The one door: every command of every transport ends in `Gateway.submit`, every read in `Gateway.read`."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog

from heard.contract.audience import Principal, may_command, may_hear, no_store
from heard.contract.base import Command, instant_text
from heard.contract.envelope import LIVE_KINDS, SYSTEM, Actor, store_stream
from heard.contract.kds import Bump
from heard.contract.session import StreamState
from heard.errors import BadRequest, Draining, Forbidden, HeardError, NotFound, Permanent
from heard.ids import RisingIds
from heard.kitchen.board import station_of
from heard.kitchen.routing import House
from heard.kitchen.rules import due
from server.fanout import Fanout
from server.journal.base import Batch, Journal, JournalError, StoredAnswer
from server.kitchens import KINDS, Asked, StoreKitchen, Told, same_or_conflict
from server.streams import Reader, Wanted
from server.telemetry.logs import QuietEvents
from server.telemetry.metrics import Metrics
from server.telemetry.tallies import StoreTally

log = structlog.get_logger("heard.gateway")

ANSWERS_KEPT = timedelta(days=100)
Operation = Callable[[Command, Principal, str], Awaitable[dict[str, Any]]]
Audit = Callable[[Command, Principal, str, str], None]
"""Told command, who, store, and what it came to."""


def utc_now() -> datetime:
    """Now, in UTC, to the millisecond that travels."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Gateway:
    """Access, then the store's own lock, then the rules, then the journal, then everybody else: in that order, here.

    `operations` are the commands that are not about cooking, by name: they are given by whoever can carry them out, and
    `audit` is told of those that were refused or repeated.
    """

    def __init__(
        self, *, houses: Mapping[tuple[str, str], House], journal: Journal, fanout: Fanout, metrics: Metrics,
        now: Callable[[], datetime] = utc_now, make_id: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        self.journal = journal
        self.fanout = fanout
        self.metrics = metrics
        self.quiet = QuietEvents("heard.refused")
        """Where refusals are logged that anybody can cause, as often as they like."""
        self.now = now
        self.make_id = make_id or RisingIds()
        self.leaving = False
        """On the way out: /readyz says so, everything else goes on."""
        self.draining = False
        """Takes no command any more."""
        self._under_way = 0
        self._one_less: asyncio.Future[None] | None = None
        self.operations: dict[str, Operation] = {}
        self.audit: Audit = lambda *_: None
        self.tallies = {key: StoreTally() for key in houses}
        self.reader = Reader(journal, time.monotonic)
        self.kitchens = {
            (tenant, store): StoreKitchen(
                tenant=tenant, house=house, journal=journal, publish=self._publish, now=now, new_id=self.make_id
            )
            for (tenant, store), house in houses.items()
        }

    async def start(self) -> None:
        """Rebuild every board from the journal. Raises: JournalError."""
        for kitchen in self.kitchens.values():
            began = time.monotonic()
            await kitchen.load()
            heads = {stream: tail.head.seq for stream, tail in kitchen.tails.items()}
            log.info("store_ready", store=kitchen.store, heads=heads, seconds=round(time.monotonic() - began, 3))

    def kitchen(self, who: Principal, store: str) -> StoreKitchen:
        """A store within a token's reach. Raises: NotFound, in the same words for absent and out of reach."""
        found = self.kitchens.get((who.tenant, store)) if who.in_store(store) else None
        if found is None:
            raise no_store(store)
        return found

    # ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def submit(self, command: Command, who: Principal, store: str, *, trace: str | None = None) -> dict[str, Any]:
        """The one answer to a command: `{ok, …}`; the same id again gets the same, with `replayed`.

        Raises:
            HeardError: no access, or a temporary refusal. Final refusals of the rules come as an answer.
        """
        began = time.perf_counter()
        self._under_way += 1
        outcome, refused, replayed = "internal", True, False
        try:
            answer = await self._submit(command, who, store, trace)
            outcome, refused = str(answer.get("result") or answer.get("code")), not answer["ok"]
            replayed = bool(answer.get("replayed"))
        except HeardError as refusal:
            outcome = refusal.code
            raise
        finally:
            self._done()
            seconds = time.perf_counter() - began
            self.metrics.command(command.name, outcome, seconds)
            self._count(command.name, who, store, outcome if refused else None, seconds)
            if command.name in self.operations and (refused or replayed):
                self.audit(command, who, store, "replayed" if replayed else outcome)
        return answer

    def _count(self, name: str, who: Principal, store: str, refusal: str | None, seconds: float) -> None:
        """Note a command for the operators of its store; what is out of reach is no store's business."""
        tally = self.tallies.get((who.tenant, store)) if who.in_store(store) else None
        if tally is not None:
            tally.arrived(name)
            tally.answered(name, seconds)
            if refusal is not None:
                tally.refused(name, refusal)

    async def _submit(self, command: Command, who: Principal, store: str, trace: str | None) -> dict[str, Any]:
        self._refuse_when_draining()
        ticket = getattr(command, "ticket_id", None)
        station = station_of(ticket) if ticket else None
        force = isinstance(command, Bump) and command.force
        may_command(who, store, command.name, station, force=force)
        kitchen = self.kitchen(who, store)
        if operation := self.operations.get(command.name):
            return await self._once(operation, command, who, kitchen)
        actor = _actor(who.subject, who.role, station, who.device)
        return await kitchen.submit(Asked(command, who.subject, actor, digest(command), trace))

    async def _once(
        self, operation: Operation, command: Command, who: Principal, kitchen: StoreKitchen
    ) -> dict[str, Any]:
        """An operator's command, answered for ever like one of a cook."""
        asked = digest(command)
        before = await kitchen.written(command.command_id)
        if before is not None:
            same_or_conflict((before.digest, before.subject), (asked, who.subject))
            return before.answer | {"replayed": True}
        try:
            answer = await operation(command, who, kitchen.store)
        except Permanent as refused:
            answer = refused.as_answer()
        stored = StoredAnswer(kitchen.store, command.command_id, asked, who.subject, answer, instant_text(self.now()))
        with contextlib.suppress(JournalError):  # it is done: unremembered, asking again finds it done
            await self.journal.append(Batch(who.tenant, (), answer=stored))
        return answer

    async def do_what_is_due(self) -> None:
        """Carry out what time brings: scheduled tickets are fired. What cannot be written now is tried again."""
        for kitchen in self.kitchens.values():
            for command in due(kitchen.committed.board, self.now()):
                asked = Asked(command, SYSTEM.subject, SYSTEM.as_wire(), digest(command))
                try:
                    answer = await kitchen.submit(asked)
                except HeardError as refused:
                    log.warning("not_fired", store=kitchen.store, code=refused.code)
                    if refused.temporary:
                        break
                    continue
                log.info("fired_by_time", store=kitchen.store, result=answer.get("result"), code=answer.get("code"))

    async def forget_old_answers(self) -> None:
        """Drop the answers nobody will ask for again."""
        forgotten = await self.journal.forget_answers(instant_text(self.now() - ANSWERS_KEPT))
        if forgotten:
            log.info("answers_forgotten", count=forgotten)

    # ── Reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def read(self, who: Principal, stream: str, wanted: Wanted) -> dict[str, Any]:
        """What a stream holds after a position. Raises: NotFound, Forbidden, BadRequest."""
        may_hear(who, stream)
        store, _, kind = stream.partition("/")
        if store == "user":
            return await self.reader.user_stream(who.tenant, stream, wanted)
        return await self.reader.store_stream(self._kept(who, store, kind, wanted.station), kind, wanted)

    async def replay(self, who: Principal, stream: str, wanted: Wanted) -> dict[str, Any] | None:
        """A read that is events, or None where it would be a snapshot. Raises: as `read`.

        A store's stream is read in this turn of the loop, a person's as of the turn in which this returns.
        """
        may_hear(who, stream)
        store, _, kind = stream.partition("/")
        if store == "user":
            answer = await self.reader.user_stream(who.tenant, stream, wanted)
            return answer if "events" in answer else None
        return self.reader.replay(self._kept(who, store, kind, wanted.station), kind, wanted)

    def _kept(self, who: Principal, store: str, kind: str, station: str | None) -> StoreKitchen:
        """The store that keeps such a stream, and such a view of it."""
        kitchen = self.kitchen(who, store)
        if kind not in KINDS:
            raise NotFound(f"there is no stream {store}/{kind[:64]}")
        if station is not None:
            _check_view(kitchen, kind, station)
        return kitchen

    async def history(self, who: Principal, store: str, order_id: str, cursor: str | None = None) -> dict[str, Any]:
        """What happened to one order, in the streams that this token hears.

        Raises:
            NotFound: no such store or order within reach. Forbidden: the role hears of no order. BadRequest.
            Unavailable.
        """
        kitchen = self.kitchen(who, store)
        streams = [kitchen.stream(kind) for kind in KINDS if kind in who.powers.hears]
        if not streams:
            raise Forbidden(f"role {who.role} hears of no order")
        return await self.reader.order(kitchen, streams, order_id, cursor)

    async def long_poll(self, who: Principal, stream: str, wanted: Wanted, wait_s: float) -> dict[str, Any]:
        """A read that waits for the next event when there is none yet."""
        answer = await self.read(who, stream, wanted)
        nothing = answer.get("events") == [] and not answer["more"]
        if wait_s and nothing:
            self._refuse_when_draining()  # at once, or whoever asks again and again would never let us go
            if await self.fanout.next_event(who.tenant, stream, wait_s):
                answer = await self.read(who, stream, wanted)
        return answer

    async def resume(
        self, who: Principal, stream: str, position: tuple[str, int] | None
    ) -> tuple[StreamState, list[dict[str, Any]]]:
        """Where a socket stands in a stream, and the events it may be pushed to be there, as of this turn of the loop.

        Raises: NotFound, JournalError.
        """
        store = stream.partition("/")[0]
        if store == "user":
            return await self.reader.resume_person(who.tenant, stream, position)
        tail = self.kitchen(who, store).tails[stream]
        missed = self.reader.missed(tail, *position) if position else None
        state = StreamState(
            epoch=tail.head.epoch, seq=tail.head.seq, recovered=missed is not None, was_recovering=position is not None
        )
        return state, [told.envelope for told in missed or ()]

    def head(self, tenant: str, stream: str, station: str | None) -> dict[str, Any] | None:
        """The payload of `stream:head`, in a station's view with the view's own last seq; None for a live stream."""
        store, _, kind = stream.partition("/")
        kitchen = self.kitchens.get((tenant, store)) if kind not in LIVE_KINDS else None
        head = kitchen.tails[stream].head if kitchen else self.reader.heads.get((tenant, stream))
        if head is None:
            return None
        told: dict[str, Any] = {"epoch": head.epoch, "seq": head.seq}
        if kitchen is not None and station is not None:
            told["view"] = kitchen.committed.board.views.get(station, 0)
        return {"heads": {stream: told}, "server_time": instant_text(self.now())}

    # ── Facts on their way out ────────────────────────────────────────────────────────────────────────────────────────

    def _publish(self, tenant: str, stream: str, events: list[Told]) -> None:
        if stream.startswith("user/"):
            self.metrics.journalled("user", len(events))
            self.reader.told(tenant, stream, events[-1])
        else:
            self.metrics.journalled(stream.partition("/")[2], len(events))
        self.fanout.publish(tenant, stream, events)

    def sent(self, tenant: str, store: str, name: str, count: int) -> None:
        """Note that an event was handed to this many sockets."""
        self.metrics.sent(name, count)
        if tally := self.tallies.get((tenant, store)):
            tally.sent(name, count)

    def tell_operators(
        self, tenant: str, store: str, name: str, data: dict[str, Any], *, v: int = 1, actor: Actor = SYSTEM
    ) -> None:
        """Tell a fact about the conversation itself: live, so without a place in a journal."""
        stream = store_stream(store, "ops")
        if not self.fanout.heard(tenant, stream):
            return
        envelope = {
            "id": self.make_id(), "v": v, "store": store, "stream": stream, "epoch": None, "seq": None,
            "at": instant_text(self.now()), "name": name, "data": data, "cause": None, "actor": actor.as_wire(),
        }  # fmt: skip
        self.fanout.announce(tenant, stream, name, envelope)

    def health(self) -> dict[str, str]:
        """Each thing the gateway depends on: `ok`, or what is wrong with it."""
        stats = self.journal.stats()
        return {
            "journal": "It writes nothing until a restart; see the log." if stats.broken else "ok",
            "disk": "It is full: nothing new is taken in." if stats.full else "ok",
            "gateway": "It is shutting down." if self.leaving or self.draining else "ok",
        }

    def drain(self) -> None:
        """Take no command any more, and let those go who wait for the next event."""
        self.leaving = self.draining = True
        self.fanout.let_go()

    async def answered(self) -> None:
        """Wait until every command that was taken has its answer."""
        while self._under_way:
            self._one_less = asyncio.get_running_loop().create_future()
            await self._one_less

    def _done(self) -> None:
        self._under_way -= 1
        if self._one_less is not None and not self._one_less.done():
            self._one_less.set_result(None)

    def _refuse_when_draining(self) -> None:
        if self.draining:
            raise Draining("the gateway is restarting; send it again in a moment", retry_after_ms=1_000)

    async def close(self) -> None:
        """Write what is under way, then let go of the journal."""
        await self.journal.close()


def _check_view(kitchen: StoreKitchen, kind: str, station: str) -> None:
    """A view of a station that is not there would be a screen that stays empty for ever."""
    if kind != "kds":
        raise BadRequest(f"station: there are views of {kitchen.stream('kds')} only")
    if station not in kitchen.house.stations and station not in kitchen.committed.board.views:
        raise BadRequest(f"there is no station {station[:32]} here; there is {', '.join(kitchen.house.stations)}")


@lru_cache(maxsize=10_000)
def _actor(subject: str, role: str, station: str | None, device: str | None) -> dict[str, Any]:
    """Who did it, as all their events say it: one dict for all, which nobody may change."""
    return Actor(subject=subject, role=role, station=station, device=device).as_wire()


def digest(command: Command) -> str:
    """Name and data of a command, as a hash: when and on which screen it was made do not count."""
    data = command.model_dump(
        mode="json", by_alias=True, exclude={"command_id", "made_at", "seen_seq"}, exclude_unset=True
    )
    return hashlib.sha256(_encode([command.name, data]).encode()).hexdigest()


# One encoder for all calls: json.dumps builds a new one each time its arguments are not the defaults.
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
