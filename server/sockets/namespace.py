"""One Socket.IO namespace: who may join, what it hears by itself, and the way of its commands to the gateway."""

from __future__ import annotations

from collections.abc import Awaitable
from time import monotonic
from typing import Any, cast

import structlog

from heard.contract.audience import EVERY, Principal, may_hear
from heard.contract.base import Command, Fact, Wire
from heard.contract.envelope import Actor, is_live, store_stream, user_stream
from heard.contract.goodbyes import told_of
from heard.contract.ops import ConnectionClosed
from heard.contract.registry import NAMESPACES, read_command
from heard.contract.session import (
    MAX_RECOVERED_STREAMS,
    REQUEST_BY_NAME,
    Auth,
    AuthClient,
    CommandRefused,
    History,
    Refresh,
    Report,
    SessionReady,
    StreamHead,
    StreamState,
    Subscribe,
    Unsubscribe,
)
from heard.errors import BadRequest, Forbidden, HeardError, Internal, Malformed, NotFound, TokenInUrl, Unavailable
from server.auth import Tokens, bearer, in_address
from server.fanout import Fanout, Subscription
from server.gateway import Gateway
from server.kitchens import StoreKitchen, Tail
from server.sockets import snapshot
from server.sockets.farewells import code_of
from server.sockets.presence import Ended, Seat, opened
from server.sockets.recovery import Place
from server.sockets.roster import Roster
from server.sockets.starting import Start, begin
from server.streams import Wanted
from server.telemetry.sampler import Sampler
from server.transport import Admitted, BadContent, Ending, Peer, Refused, SocketServer, Strike

log = structlog.get_logger("heard.sockets")
AT_ONCE = (Unsubscribe, Refresh, Report)
"""Requests that are answered without waiting for anything."""


class Namespace:
    """A transport handler. `kind` is the stream its sockets hear by themselves, None for those of a person."""

    def __init__(
        self, name: str, kind: str | None, *, gateway: Gateway, tokens: Tokens, roster: Roster, sampler: Sampler
    ) -> None:
        self.name = name
        self.kind = kind
        self.server: SocketServer
        self._gateway = gateway
        self._fanout: Fanout = gateway.fanout
        self._tokens = tokens
        self._roster = roster
        self._sampler = sampler
        self._admitted: tuple[Seat, Start | Unavailable]

    # ── Joining ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def admit(self, sid: str, namespace: str, auth: dict[str, Any] | None, peer: Peer) -> Admitted:
        """Let a socket in whose token reaches this namespace. Raises: Refused, with the error's code."""
        try:
            asked = self._read_auth(auth, peer)
            seat = self._seat(sid, asked, peer)
        except HeardError as refused:
            self._gateway.metrics.connect(namespace, refused.code)
            told = {"namespace": namespace, "code": refused.code, "address": peer.address}
            self._gateway.quiet.info("connect_refused", **told)
            raise Refused(refused.message, {"code": refused.code, "temporary": False}) from None
        pid, start = await self._begin(seat, asked)
        self._admitted = seat, start  # whoever hung up meanwhile never joins, all others do now
        return Admitted(pid)

    def _read_auth(self, raw: Any, peer: Peer) -> Auth:
        if in_address(peer.query):
            raise TokenInUrl("a token must not stand in the address; send it in the CONNECT's auth")
        return Auth.ingest(raw or {})

    def _seat(self, sid: str, auth: Auth, peer: Peer) -> Seat:
        who = self._tokens.verify(auth.token or bearer(peer.authorization))
        store = auth.store or _only(who)
        if store is not None:
            self._gateway.kitchen(who, store)
            if self.kind is not None:
                may_hear(who, store_stream(store, self.kind))
        elif self.kind is not None and not who.powers.hears & {self.kind}:
            raise Forbidden(f"role {who.role} does not hear {self.kind}")
        return Seat(
            sid=sid, namespace=self.name, connection=peer.id, who=who, store=store, client=_described(auth.client),
            said_device=auth.client.device, address=peer.address, transport=peer.transport, since=self._gateway.now(),
        )  # fmt: skip

    async def _begin(self, seat: Seat, asked: Auth) -> tuple[str | None, Start | Unavailable]:
        """Its pid, and how it begins. A journal that cannot be read is no reason to refuse: stock clients stay away
        after that. The connection is closed instead, and who comes back with the same pid is asked about it again.
        """
        try:
            start = await begin(self._gateway, seat.who, asked, self._own(seat))
        except Unavailable as failure:
            return asked.pid if asked.recovery else None, failure
        seat.trail = start.trail
        return start.pid, start

    def _own(self, seat: Seat) -> list[str]:
        """The streams a socket hears without asking."""
        if self.kind is None:
            return [user_stream(seat.who.subject)]
        return [] if seat.store is None else [store_stream(seat.store, self.kind)]

    async def joined(self, sid: str, namespace: str) -> None:
        """Greet, push what was missed, and go live in the turn of the loop of `admit`: nothing is missed or doubled."""
        seat, start = self._admitted
        assert seat.sid == sid  # noqa: S101 - it was let in in this turn of the loop
        if isinstance(start, Unavailable):
            raise start
        gauge = self.server.gauge(sid)
        assert gauge is not None  # noqa: S101 - it was seated in this turn of the loop
        presence = self._roster.add(seat, gauge, monotonic())
        self._send(seat, SessionReady.name, self._ready(seat, start.streams))
        for event in start.missed:
            if seat.trail is not None:
                seat.trail.reached(event["stream"], event["seq"])
            self._send(seat, event["name"], event)
        for stream in start.streams:
            self._listen(seat, stream, start.place(stream))
        self._gateway.metrics.connect(namespace, "joined")
        if presence is not None and self._watched(seat):
            self._announce(seat, opened(presence, seat))

    def _send(self, seat: Seat, name: str, payload: dict[str, Any]) -> None:
        """Say something to one socket."""
        self.server.send(seat.sid, seat.namespace, name, payload, *seat.trailing)

    def _listen(self, seat: Seat, stream: str, place: Place) -> None:
        """Have a socket hear a stream, or a view of it, from a place on."""
        if seat.trail is not None:
            seat.trail.hears(stream, place)
        ear = Subscription(seat.sid, seat.namespace, place.station, seat.trail)
        self._fanout.subscribe(seat.who.tenant, stream, ear)
        self._looks_at(seat, stream, place.station)

    def _ready(self, seat: Seat, streams: dict[str, StreamState]) -> dict[str, Any]:
        kitchen = self._kitchen(seat)
        now = self._gateway.now()
        stats = self._gateway.journal.stats()
        ready = SessionReady(
            subject=seat.who.subject, role=seat.who.role, store=seat.store, stations=seat.who.stations,
            ttl_s=max(0, int((seat.who.expires or 0) - now.timestamp())), degraded=stats.broken or stats.full,
            streams=streams, settings=kitchen.house.settings() if kitchen else None, server_time=now,
        )  # fmt: skip
        return ready.model_dump(mode="json")

    def _kitchen(self, seat: Seat) -> StoreKitchen | None:
        return self._gateway.kitchen(seat.who, seat.store) if seat.store else None

    def left(self, sid: str, namespace: str, reason: Ending) -> None:  # noqa: ARG002 - the seat knows
        """Clean up after a socket."""
        self._fanout.forget(sid)
        if seat := self._roster.pop(sid):
            self._parted(seat, reason)

    def _parted(self, seat: Seat, reason: Ending) -> None:
        presence = self._roster.presence_of(seat)
        if presence is None:
            return
        code = code_of(reason, presence.gauge.last_word)
        row = self._roster.part(seat, Ended(code, told_of(code)), self._gateway.now())
        if self._watched(seat):
            closed = ConnectionClosed(
                connection=presence.id, subject=seat.who.subject, namespace=seat.namespace,
                code=row.ended.code if row else code, row=row.as_contract() if row else None,
            )  # fmt: skip
            self._announce(seat, closed)

    def _watched(self, seat: Seat) -> bool:
        """Whether an operator hears of the seat's store."""
        return self._fanout.heard(seat.who.tenant, store_stream(seat.store or "", "ops"))

    def _announce(self, seat: Seat, fact: Fact) -> None:
        """Tell the operators of the seat's store."""
        actor = Actor(subject=seat.who.subject, role=seat.who.role)
        self._gateway.tell_operators(
            seat.who.tenant, seat.store or "", fact.name, fact.as_wire(), v=fact.v, actor=actor
        )

    # ── Events from the client ────────────────────────────────────────────────────────────────────────────────────────

    def received(
        self, sid: str, namespace: str, event: str, args: list[Any] | BadContent  # noqa: ARG002 - it has one
    ) -> dict[str, Any] | Strike | Awaitable[dict[str, Any]]:  # fmt: skip
        """Answer one event, at once where nothing has to be waited for; a refusal is an answer too."""
        seat = self._roster.get(sid)
        seat.asked = (event, _command_id(args))
        asked: Wire | None = None
        try:
            asked = self._read(seat, event, args)
            if not isinstance(asked, AT_ONCE):
                return self._answer_later(seat, event, asked)
            answer = self._answer(seat, asked)
        except Malformed as wrong:
            answer = wrong.as_answer()
            self._note(seat, event, None, answer)
            # What an operator's command came to is on record already.
            return Strike(answer, "" if event in self._gateway.operations else wrong.message)
        except Exception as failure:  # noqa: BLE001 - whatever it is becomes an answer
            answer = self._as_answer(failure)
        self._note(seat, event, asked, answer)
        return answer

    async def _answer_later(self, seat: Seat, event: str, asked: Wire) -> dict[str, Any]:
        try:
            answer = await self._find_answer(seat, asked)
        except Exception as failure:  # noqa: BLE001 - whatever it is becomes an answer
            answer = self._as_answer(failure)
        self._note(seat, event, asked, answer)
        return answer

    def _as_answer(self, failure: Exception) -> dict[str, Any]:
        if isinstance(failure, HeardError):
            return failure.as_answer()
        log.error("unforeseen", namespace=self.name, exc_info=failure)
        return Internal("something went wrong here; it was logged", retry_after_ms=1_000).as_answer()

    def _read(self, seat: Seat, event: str, args: list[Any] | BadContent) -> Wire:
        """What an event asks, where it may ask it: a command in the namespace of its prefix. One that the role may not
        give is the gateway's to refuse and to put on record, wherever it comes. Raises: BadRequest.
        """
        fields = _only_argument(args)
        if request := REQUEST_BY_NAME.get(event):
            return request.ingest(fields)
        command = read_command(event, fields)
        _store_of(seat)
        home = NAMESPACES[command.name.partition(":")[0]]
        if home != self.name and command.name in seat.who.powers.commands:
            raise BadRequest(f"{command.name} is taken in {home}, not in {self.name}")
        return command

    def _answer(self, seat: Seat, asked: Unsubscribe | Refresh | Report) -> dict[str, Any]:
        match asked:
            case Unsubscribe():
                return self._unsubscribe(seat, asked.stream)
            case Refresh():
                return self._refresh(seat, asked)
            case Report():
                return self._report(seat, asked)

    async def _find_answer(self, seat: Seat, asked: Wire) -> dict[str, Any]:
        match asked:
            case Command():
                return await self._gateway.submit(asked, seat.who, _store_of(seat))
            case Subscribe():
                return await self._subscribe(seat, asked)
            case History():
                store = asked.store or _store_of(seat)
                return await self._gateway.history(seat.who, store, asked.order_id, asked.cursor)
        raise BadRequest("nothing answers that")

    def _note(self, seat: Seat, event: str, asked: Wire | None, answer: dict[str, Any]) -> None:
        """Count what came for the store's operators; commands that could be read are counted where they are decided."""
        code = answer["code"] if answer.get("ok") is False else None
        if asked is None and event in self._gateway.operations:
            who = seat.who
            self._gateway.quiet.warning(
                "audit", action=event, by=who.subject, role=who.role, tenant=who.tenant, store=seat.store, code=code
            )
        floor, presence = self._roster.floor_of(seat), self._roster.presence_of(seat)
        if floor is None or presence is None:
            return
        if not isinstance(asked, Command):
            floor.tally.arrived(event)
            if code is not None:
                floor.tally.refused(event, code)
        if not isinstance(asked, Report):
            presence.acted(monotonic())
        if code is not None:
            presence.refused(code)

    async def _subscribe(self, seat: Seat, asked: Subscribe) -> dict[str, Any]:
        """A read; when it reaches the newest event the socket is live from there, in the same turn of the loop."""
        stream = asked.stream
        may_hear(seat.who, stream)
        if seat.trail is not None and seat.trail.full and stream not in seat.trail.places:
            raise BadRequest(f"stream: a socket with recovery hears at most {MAX_RECOVERED_STREAMS}; take another one")
        if is_live(stream):
            page = self._live_page(seat, stream, asked.cursor)
            self._listen(seat, stream, Place())
            self._tell_offset(seat)
            return page
        wanted = Wanted(epoch=asked.epoch, after=asked.after, cursor=asked.cursor, station=asked.station)
        answer = await self._gateway.read(seat.who, stream, wanted)
        if not answer["more"]:
            self._listen(seat, stream, Place(answer["epoch"], answer["seq"], asked.station))
            self._tell_offset(seat)
        return answer

    def _unsubscribe(self, seat: Seat, stream: str) -> dict[str, Any]:
        heard = self._fanout.unsubscribe(seat.who.tenant, stream, seat.sid)
        if heard:
            self._looks_at(seat, stream, None)
            if seat.trail is not None:
                seat.trail.forgets(stream)
            self._tell_offset(seat)
        return {"ok": True, "result": "applied" if heard else "already"}

    def _tell_offset(self, seat: Seat) -> None:
        """Tell a socket with recovery which streams it hears from now on, by an event that says nothing else.

        It goes out before the ack: a client that got the ack will be brought back to these streams, and one that was
        cut off in between knows that it was not answered, and asks again.
        """
        if seat.trail is not None:
            self._send(seat, StreamHead.name, StreamHead(heads={}, server_time=self._gateway.now()).as_wire())

    def _looks_at(self, seat: Seat, stream: str, station: str | None) -> None:
        """Note for operators which station's view somebody has."""
        presence = self._roster.presence_of(seat)
        if presence is not None and seat.view != station and stream == store_stream(seat.store or "", "kds"):
            seat.view = station
            presence.changed()

    def _live_page(self, seat: Seat, stream: str, cursor: str | None) -> dict[str, Any]:
        """A page of a live stream; from the first one on it is heard."""
        store, _, kind = stream.partition("/")
        self._gateway.kitchen(seat.who, store)
        if kind != "ops":
            raise NotFound(f"there is no stream {stream[:100]}")
        floor, now, at = self._roster.floor(seat.who.tenant, store), self._gateway.now(), monotonic()
        watched = self._sampler.begin(floor)
        page = (
            snapshot.first(floor, watched, now, at, self._sampler.totals(floor, watched))
            if cursor is None
            else snapshot.further(floor, watched, cursor, now, at)
        )
        return {
            "stream": stream, "epoch": None, "seq": None, "head": None, "recovered": False, "was_recovering": False,
        } | page  # fmt: skip

    def _report(self, seat: Seat, report: Report) -> dict[str, Any]:
        """Keep how a client says it fares; streams it need not know of are passed over."""
        presence = self._roster.presence_of(seat)
        if presence is not None:
            tail = self._gateway.kitchens[seat.who.tenant, seat.store or ""].tails[
                store_stream(seat.store or "", "kds")
            ]
            seen = report.positions.get(store_stream(seat.store or "", "kds"))
            presence.reported(report, None if seen is None else behind(tail, seen, presence.view))
        return {"ok": True}

    def _refresh(self, seat: Seat, asked: Refresh) -> dict[str, Any]:
        fresh = self._tokens.verify(asked.token)
        if (fresh.tenant, fresh.subject, fresh.role) != (seat.who.tenant, seat.who.subject, seat.who.role):
            told = {"action": Refresh.name, "by": seat.who.subject, "code": "forbidden", "address": seat.address}
            self._gateway.quiet.warning("audit", **told)
            raise Forbidden("a refresh keeps tenant, subject and role")
        seats = self._roster.of_connection(seat.connection)
        for store in sorted(store for one in seats for store in self._stores_of(one)):
            if not fresh.in_store(store):
                raise Forbidden(f"a refresh keeps store {store}; connect again to leave it")
        for one in seats:
            one.who, one.warned = fresh, False
            if presence := self._roster.presence_of(one):
                presence.changed()
        return {
            "ok": True,
            "result": "applied",
            "ttl_s": max(0, int((fresh.expires or 0) - self._gateway.now().timestamp())),
        }

    def _stores_of(self, seat: Seat) -> set[str]:
        """The stores a socket is in or hears of."""
        heard = {stream.partition("/")[0] for stream in self._fanout.heard_by(seat.sid)} - {"user"}
        return heard | ({seat.store} if seat.store is not None else set())

    def unasked(self, sid: str, namespace: str, event: str, result: Any) -> None:  # noqa: ARG002 - the seat knows
        """A command that asked for no ack is told only that it was refused."""
        if isinstance(result, dict) and result.get("ok") is False:
            seat = self._roster.get(sid)
            asked, command_id = seat.asked
            told = {"command_id": command_id if asked == event else None, "name": event[:64]}
            told |= {"code": result["code"], "message": result["message"]}
            self._send(seat, CommandRefused.name, told)


def _described(client: AuthClient) -> str | None:
    """Name and version, as a client says them."""
    return " ".join(word for word in (client.name, client.version) if word) or None


def _only(who: Principal) -> str | None:
    """The store of a token that names one."""
    return who.stores[0] if len(who.stores) == 1 and who.stores[0] != EVERY else None


def _store_of(seat: Seat) -> str:
    if seat.store is None:
        raise BadRequest("this token reaches several stores; name one as `store` in the CONNECT's auth")
    return seat.store


def behind(tail: Tail, seq: int, station: str | None) -> int:
    """How many events of a stream, or of a station's view of it, come after a position."""
    missed = tail.after(seq) if seq < tail.head.seq else []
    if missed is None:
        return tail.head.seq - seq
    return sum(station in told.prevs for told in missed) if station else len(missed)


def _command_id(args: list[Any] | BadContent) -> str | None:
    fields = args[0] if isinstance(args, list) and args else None
    found = fields.get("command_id") if isinstance(fields, dict) else None
    return found[:64] if isinstance(found, str) else None


def _only_argument(args: list[Any] | BadContent) -> Any:
    if isinstance(args, BadContent):
        raise Malformed(args.reason)
    if len(args) != 1 or not isinstance(args[0], dict):
        raise Malformed("a command takes one argument, an object")
    return cast("dict[str, Any]", args[0])
