"""The HTTP side: who may come in, and what a request wants from which connection."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from aiohttp import web

from server.transport import polling, websocket
from server.transport.endings import Ending
from server.transport.frames import ProtocolError
from server.transport.incidents import Incident, Suspicion, no_origin_of_ours, printable
from server.transport.inflow import Socket, accept
from server.transport.link import Link
from server.transport.peers import Peer, near
from server.transport.settings import TransportSettings

_TEXT: Final = {"Content-Type": "text/plain; charset=UTF-8", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A handshake refused for now: the HTTP answer stock clients come back after."""

    status: int
    body: dict[str, Any]
    retry_after_ms: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Return the answer, with Retry-After in whole seconds."""
        wait = {} if self.retry_after_ms is None else {"Retry-After": str(max(1, -(-self.retry_after_ms // 1000)))}
        return web.json_response(self.body, status=self.status, headers=self.headers | wait)


class Connections(Protocol):
    """What the door needs from the engine behind it."""

    settings: TransportSettings

    def find(self, sid: str) -> Link | None:
        """Return the connection of that id, None when there is none."""
        ...

    def peer(self, request: web.Request, transport: str) -> Peer:
        """Return who asks, under a new connection id."""
        ...

    def address(self, request: web.Request) -> str:
        """Return where a request comes from."""
        ...

    def refused(self, address: str, why: str) -> None:
        """Leave one line about a request that was refused."""
        ...

    def incident(self, incident: Incident) -> None:
        """Put an attempt on record."""
        ...

    def turn_away(self, peer: Peer) -> TurnedAway | None:
        """Return the refusal for a newcomer, None to let it in."""
        ...

    def opened(self, peer: Peer) -> Link:
        """Open a connection whose first packet is already queued."""
        ...


class _Bad(Exception):
    """A request answered with 400 or 403, with the numbers of the reference implementation and mostly its words.

    `told` says that there is a line about it already, or need be none; `suspicion` and `detail` that it
    belongs on record.
    """

    def __init__(
        self, code: int, message: str, status: int = 400, *, told: bool = False,
        suspicion: Suspicion | None = None, detail: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.code = code
        self.status = status
        self.told = told
        self.suspicion = suspicion
        self.detail = detail


class Door:
    """Answers every request below the Socket.IO path."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @property
    def _settings(self) -> TransportSettings:
        return self._connections.settings

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; with a WebSocket's handshake its request is over."""
        try:
            self._check_origin(request)
            return await self._route(request)
        except _Bad as bad:
            self._tell(request, bad)
            body = {"code": bad.code, "message": str(bad)}
            return web.json_response(body, status=bad.status, headers=self._cors(request))

    def _tell(self, request: web.Request, bad: _Bad) -> None:
        address = self._connections.address(request)
        if bad.suspicion is not None:
            self._connections.incident(Incident(bad.suspicion, address, bad.detail))
        elif not bad.told:
            self._connections.refused(address, str(bad))

    def _check_origin(self, request: web.Request) -> None:
        for origin in request.headers.getall("Origin", []):
            if origin not in self._settings.origins:
                why = no_origin_of_ours(origin)
                raise _Bad(4, why, 403, suspicion=Suspicion.ORIGIN, detail=printable(origin))

    async def _route(self, request: web.Request) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=self._cors(request))
        self._check_query(request)
        sid = request.query.get("sid")
        if sid is None:
            return await self._handshake(request)
        link = self._connections.find(sid)
        if link is None:
            raise _Bad(1, "Session ID unknown")
        self._check_address(request, link)
        return await self._known(request, link)

    def _check_address(self, request: web.Request, link: Link) -> None:
        # While a connection polls, its id is all one needs to speak for it; a WebSocket is bound to its wire. Whoever
        # got hold of an id learns no more than from one that never was.
        if link.transport == "polling" and not near(self._connections.address(request), link.peer.address):
            detail = printable(f"it belongs to {link.peer.address}")
            raise _Bad(1, "Session ID unknown", suspicion=Suspicion.FOREIGN_SID, detail=detail)

    def _check_query(self, request: web.Request) -> None:
        if request.query.get("transport") not in self._settings.transports:
            raise _Bad(0, "Transport unknown")
        if "j" in request.query:
            raise _Bad(3, "JSONP is off")
        if request.query["transport"] == "websocket" and not _asks_for_websocket(request):
            raise _Bad(3, "Bad request")

    async def _handshake(self, request: web.Request) -> web.StreamResponse:
        if request.method != "GET":
            raise _Bad(2, "Bad handshake method")
        if request.query.get("EIO") != "4":
            raise _Bad(5, "Unsupported protocol version")
        transport = request.query["transport"]
        peer = self._connections.peer(request, transport)
        refusal = self._connections.turn_away(peer)
        if refusal is not None:
            response = refusal.response()
            response.headers.update(self._cors(request))
            return response
        return await (self._open_websocket if transport == "websocket" else self._open_polling)(request, peer)

    async def _open_websocket(self, request: web.Request, peer: Peer) -> web.StreamResponse:
        socket = await self._accepted(request)
        websocket.carry(self._connections.opened(peer), request, socket)
        return socket

    async def _open_polling(self, request: web.Request, peer: Peer) -> web.StreamResponse:
        return self._text(request, await polling.poll(self._connections.opened(peer), request))

    async def _known(self, request: web.Request, link: Link) -> web.StreamResponse:
        if request.query["transport"] == "websocket":
            return await self._upgrade(request, link)
        if link.transport == "websocket":
            raise _Bad(3, "Bad request")
        if request.method == "GET":
            return await self._poll(request, link)
        if request.method == "POST":
            return await self._post(request, link)
        raise _Bad(3, "Bad request")

    async def _upgrade(self, request: web.Request, link: Link) -> web.StreamResponse:
        socket = await self._accepted(request)
        if link.transport == "websocket" or link.upgrading or link.closing:
            # The protocol's suites want it accepted and closed: most WebSocket clients make an error of a HTTP answer.
            self._connections.refused(self._connections.address(request), "upgrade of a connection that cannot upgrade")
            await websocket.turn_away(socket)
        else:
            await websocket.upgrade(link, request, socket)
        return socket

    async def _accepted(self, request: web.Request) -> Socket:
        try:
            return await accept(request, self._settings)
        except (web.HTTPBadRequest, ConnectionError):  # no WebSocket, or gone before it was one
            raise _Bad(3, "Bad request") from None

    async def _poll(self, request: web.Request, link: Link) -> web.StreamResponse:
        async def taken() -> bytes:
            return await polling.poll(link, request)

        return self._text(request, await self._guarded(link, taken))

    async def _post(self, request: web.Request, link: Link) -> web.StreamResponse:
        async def heard() -> bytes:
            await polling.post(link, request)
            return b"ok"

        return self._text(request, await self._guarded(link, heard))

    async def _guarded(self, link: Link, work: Callable[[], Awaitable[bytes]]) -> bytes:
        """Do a request's work; what the client may not do closes its connection."""
        try:
            return await work()
        except polling.Gone:  # said on purpose, to one who was told goodbye: nothing to look into
            raise _Bad(1, "Session ID unknown", told=True) from None
        except ProtocolError as error:
            link.owner.trouble(link, Ending.PROTOCOL_ERROR, str(error))
            raise _Bad(3, "Bad request", told=True) from None
        except web.HTTPException as refusal:
            link.owner.trouble(link, Ending.PROTOCOL_ERROR, f"body refused with {refusal.status}")
            raise _Bad(3, refusal.reason, refusal.status, told=True) from None
        except (web.RequestPayloadError, ConnectionError):
            link.close(Ending.TRANSPORT_CLOSED)
            raise _Bad(3, "Bad request", told=True) from None

    def _text(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=body, headers=_TEXT | self._cors(request))

    def _cors(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin")
        if origin is None or origin not in self._settings.origins:
            return {}
        allowed = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        if request.method != "OPTIONS":
            return allowed | {"Access-Control-Expose-Headers": "Retry-After"}
        return allowed | {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }


def _asks_for_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket" and request.method == "GET"
