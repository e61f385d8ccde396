"""One Socket.IO namespace: who may join, what it hears by itself, and the way of its commands to the gateway."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, cast

import structlog

from heard.contract.audience import EVERY, Principal, may_hear
from heard.contract.base import Fact, instant_text
from heard.contract.envelope import LIVE_KINDS, store_stream, user_stream
from heard.contract.ops import ConnectionClosed, ConnectionOpened
from heard.contract.registry import read_command
from heard.contract.session import Auth, Refresh, SessionReady, StreamState, Subscribe, Unsubscribe
from heard.errors import BadRequest, Forbidden, HeardError, Internal, NotFound, TokenInUrl
from server.auth import Tokens, bearer, in_address
from server.fanout import Fanout, Subscription
from server.gateway import Gateway
from server.kitchens import StoreKitchen
from server.sockets.roster import Roster, Seat
from server.streams import Wanted
from server.transport import BadContent, Ending, Peer, Refused, SocketServer

log = structlog.get_logger("heard.sockets")
MAX_ADMITTED = 64
"""Sockets let in that did not sit down yet; who hangs up in between never will, and is not waited for."""


class Namespace:
    """A transport handler. `kind` is the stream its sockets hear by themselves, None for those of a person."""

    def __init__(self, name: str, kind: str | None, *, gateway: Gateway, tokens: Tokens, roster: Roster) -> None:
        self.name = name
        self.kind = kind
        self.server: SocketServer
        self._gateway = gateway
        self._fanout: Fanout = gateway.fanout
        self._tokens = tokens
        self._roster = roster
        self._admitted: OrderedDict[str, Seat] = OrderedDict()

    # ── Joining ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def admit(self, sid: str, namespace: str, auth: dict[str, Any] | None, peer: Peer) -> None:
        """Let a socket in whose token reaches this namespace. Raises: Refused, with the error's code."""
        try:
            seat = self._seat(sid, auth, peer)
        except HeardError as refused:
            self._gateway.metrics.connect(namespace, refused.code)
            log.info("connect_refused", namespace=namespace, code=refused.code, address=peer.address)
            raise Refused(refused.message, {"code": refused.code, "temporary": False}) from None
        self._admitted[sid] = seat
        if len(self._admitted) > MAX_ADMITTED:
            self._admitted.popitem(last=False)

    def _seat(self, sid: str, raw: Any, peer: Peer) -> Seat:
        if in_address(peer.query):
            raise TokenInUrl("a token must not stand in the address; send it in the CONNECT's auth")
        auth = Auth.ingest(raw or {})
        who = self._tokens.verify(auth.token or bearer(peer.authorization))
        store = auth.store or _only(who)
        if store is not None:
            self._gateway.kitchen(who, store)
            if self.kind is not None:
                may_hear(who, store_stream(store, self.kind))
        elif self.kind is not None and not who.powers.hears & {self.kind}:
            raise Forbidden(f"role {who.role} does not hear {self.kind}")
        return Seat(
            sid=sid, namespace=self.name, connection=peer.id, who=who, store=store,
            auth=auth.model_copy(update={"token": None}), address=peer.address, transport=peer.transport,
            since=self._gateway.now(),
        )  # fmt: skip

    async def joined(self, sid: str, namespace: str) -> None:
        """Greet, push what was missed, and go live: no await after the positions, so nothing is missed or doubled."""
        seat = self._admitted.pop(sid)
        self._roster.add(seat)
        streams, missed = await self._own_streams(seat)
        self.server.send(sid, namespace, SessionReady.name, self._ready(seat, streams))
        for event in missed:
            self.server.send(sid, namespace, event["name"], event)
        for stream in streams:
            self._fanout.subscribe(seat.who.tenant, stream, Subscription(sid, namespace))
        self._gateway.metrics.connect(namespace, "joined")
        self._announce(seat, ConnectionOpened, seat.as_wire())

    async def _own_streams(self, seat: Seat) -> tuple[dict[str, StreamState], list[dict[str, Any]]]:
        """What a socket hears without asking, where it stands there, and what it missed."""
        if self.kind is not None and seat.store is None:
            return {}, []
        stream = user_stream(seat.who.subject) if self.kind is None else store_stream(seat.store or "", self.kind)
        if self.kind in LIVE_KINDS:
            return {stream: StreamState(epoch=None, seq=None, recovered=False, was_recovering=False)}, []
        known = (seat.auth.positions or {}).get(stream)
        state, missed = await self._gateway.resume(seat.who, stream, (known.epoch, known.seq) if known else None)
        return {stream: state}, missed

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

    async def left(self, sid: str, namespace: str, reason: Ending) -> None:
        """Clean up after a socket."""
        self._fanout.forget(sid)
        if seat := self._roster.pop(sid):
            closed = {"connection": seat.connection, "subject": seat.who.subject, "namespace": namespace}
            self._announce(seat, ConnectionClosed, closed | {"code": str(reason).replace(" ", "_")})

    def _announce(self, seat: Seat, fact: type[Fact], data: dict[str, Any]) -> None:
        """Tell operators; live, so without a place in a journal."""
        if seat.store is None:
            return
        stream = store_stream(seat.store, "ops")
        envelope = {
            "id": self._gateway.make_id(), "v": fact.v, "store": seat.store, "stream": stream, "epoch": None,
            "seq": None, "at": instant_text(self._gateway.now()), "name": fact.name, "data": data, "cause": None,
            "actor": {"subject": seat.who.subject, "role": seat.who.role},
        }  # fmt: skip
        self._fanout.announce(seat.who.tenant, stream, fact.name, envelope)

    # ── Events from the client ────────────────────────────────────────────────────────────────────────────────────────

    async def received(self, sid: str, namespace: str, event: str, args: list[Any] | BadContent) -> Any:
        """Answer one event; a refusal is an answer too."""
        seat = self._roster.get(sid)
        seat.asked = (event, _command_id(args))
        try:
            return await self._answer(seat, namespace, event, _only_argument(args))
        except HeardError as refused:
            return refused.as_answer()
        except Exception:
            log.exception("unforeseen", namespace=namespace)
            return Internal("something went wrong here; it was logged", retry_after_ms=1_000).as_answer()

    async def _answer(self, seat: Seat, namespace: str, event: str, fields: Any) -> dict[str, Any]:
        if event == Subscribe.name:
            return await self._subscribe(seat, Subscribe.ingest(fields))
        if event == Unsubscribe.name:
            stream = Unsubscribe.ingest(fields).stream
            heard = self._fanout.unsubscribe(seat.who.tenant, stream, seat.sid)
            return {"ok": True, "result": "applied" if heard else "already"}
        if event == Refresh.name:
            return self._refresh(seat, Refresh.ingest(fields))
        if not event.startswith(f"{namespace.removeprefix('/')}:"):
            raise BadRequest(f"there is no command {event[:64]!r} in {namespace}")
        command = read_command(event, fields)
        return await self._gateway.submit(command, seat.who, _store_of(seat))

    async def _subscribe(self, seat: Seat, asked: Subscribe) -> dict[str, Any]:
        """A read; when it reaches the newest event the socket is live from there, in the same turn of the loop."""
        stream, tenant = asked.stream, seat.who.tenant
        ear = Subscription(seat.sid, seat.namespace, asked.station)
        may_hear(seat.who, stream)
        if stream.partition("/")[2] in LIVE_KINDS and not stream.startswith("user/"):
            snapshot = self._live_snapshot(seat, stream)
            self._fanout.subscribe(tenant, stream, ear)
            return snapshot
        wanted = Wanted(epoch=asked.epoch, after=asked.after, cursor=asked.cursor, station=asked.station)
        answer = await self._gateway.read(seat.who, stream, wanted)
        if not answer["more"]:
            self._fanout.subscribe(tenant, stream, ear)
        return answer

    def _live_snapshot(self, seat: Seat, stream: str) -> dict[str, Any]:
        store, _, kind = stream.partition("/")
        self._gateway.kitchen(seat.who, store)
        if kind != "ops":
            raise NotFound(f"there is no stream {stream[:100]}")
        rows = [one.as_wire() for one in self._roster.of_store(seat.who.tenant, store)]
        return {
            "stream": stream, "epoch": None, "seq": None, "head": None, "recovered": False, "was_recovering": False,
            "more": False, "snapshot": {"v": 1, "connections": rows},
        }  # fmt: skip

    def _refresh(self, seat: Seat, asked: Refresh) -> dict[str, Any]:
        fresh = self._tokens.verify(asked.token)
        if (fresh.tenant, fresh.subject, fresh.role) != (seat.who.tenant, seat.who.subject, seat.who.role):
            log.warning("audit", action=Refresh.name, by=seat.who.subject, code="forbidden", address=seat.address)
            raise Forbidden("a refresh keeps tenant, subject and role")
        seats = self._roster.of_connection(seat.connection)
        for store in sorted(store for one in seats for store in self._stores_of(one)):
            if not fresh.in_store(store):
                raise Forbidden(f"a refresh keeps store {store}; connect again to leave it")
        for one in seats:
            one.who, one.warned = fresh, False
        return {
            "ok": True,
            "result": "applied",
            "ttl_s": max(0, int((fresh.expires or 0) - self._gateway.now().timestamp())),
        }

    def _stores_of(self, seat: Seat) -> set[str]:
        """The stores a socket is in or hears of."""
        heard = {stream.partition("/")[0] for stream in self._fanout.heard_by(seat.sid)} - {"user"}
        return heard | ({seat.store} if seat.store is not None else set())

    def unasked(self, sid: str, namespace: str, event: str, result: Any) -> None:
        """A command that asked for no ack is told only that it was refused."""
        if isinstance(result, dict) and result.get("ok") is False:
            asked, command_id = self._roster.get(sid).asked
            told = {"command_id": command_id if asked == event else None, "name": event[:64]}
            told |= {"code": result["code"], "message": result["message"]}
            self.server.send(sid, namespace, "command:refused", told)


def _only(who: Principal) -> str | None:
    """The store of a token that names one."""
    return who.stores[0] if len(who.stores) == 1 and who.stores[0] != EVERY else None


def _store_of(seat: Seat) -> str:
    if seat.store is None:
        raise BadRequest("this token reaches several stores; name one as `store` in the CONNECT's auth")
    return seat.store


def _command_id(args: list[Any] | BadContent) -> str | None:
    fields = args[0] if isinstance(args, list) and args else None
    found = fields.get("command_id") if isinstance(fields, dict) else None
    return found[:64] if isinstance(found, str) else None


def _only_argument(args: list[Any] | BadContent) -> Any:
    if isinstance(args, BadContent):
        raise BadRequest(args.reason)
    if len(args) != 1 or not isinstance(args[0], dict):
        raise BadRequest("a command takes one argument, an object")
    return cast("dict[str, Any]", args[0])
