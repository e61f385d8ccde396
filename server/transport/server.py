"""The transport's front: what the gateway says and asks, none of how it travels."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from server.transport import goodbye, packets
from server.transport.connections import Connection, Gauge, look
from server.transport.door import TurnedAway
from server.transport.endings import Ending
from server.transport.frames import Frame
from server.transport.goodbye import Goodbye, plain_farewell
from server.transport.handler import Handler, Unheard
from server.transport.link import Link
from server.transport.peers import Peer
from server.transport.settings import TransportSettings
from server.transport.wire import Wire

DRAINING = TurnedAway(
    503,
    {"error": {"code": "draining", "message": "The gateway is shutting down", "temporary": True}},
    retry_after_ms=1_000,
)
"""Answer to handshakes during a drain, unless `drain` is given another."""


class SocketServer:
    """A Socket.IO server for one aiohttp application.

    handlers      namespace to handler; other namespaces are refused
    refuse_event  the answer for an event that never reached its handler (a reserved name) or that it failed on
    farewell      last words for connections the transport itself ends, by the reason
    turn_away     asked at every handshake: an HTTP refusal, or None to let the newcomer in

    Everything sent to one socket arrives in the order of the calls. All of it belongs on the event loop's thread.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        settings: TransportSettings,
        refuse_event: Callable[[str, Unheard], Any],
        *,
        farewell: Callable[[Ending], Goodbye] = plain_farewell,
        turn_away: Callable[[Peer], TurnedAway | None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self._wire = Wire(handlers, settings, refuse_event, farewell)
        self._turn_away = turn_away
        self._draining: TurnedAway | None = None
        self._wire.eio.turn_away = self._refusal

    def attach(self, app: web.Application) -> None:
        """Serve on the application, and end with it."""
        self._wire.attach(app, self.settings.path)
        app.on_shutdown.append(self._on_shutdown)

    def send(self, sid: str, namespace: str, event: str, *args: Any) -> bool:
        """Queue an event for one socket; False when it is not joined. Raises: ValueError, TypeError: not JSON."""
        return self.broadcast((sid,), namespace, event, *args) == 1

    def broadcast(self, sids: Iterable[str], namespace: str, event: str, *args: Any) -> int:
        """Encode an event once, queue it for those of the sockets that are joined, and return how many they were."""
        return self.send_encoded(sids, namespace, self.encode(namespace, event, *args))

    def encode(self, namespace: str, event: str, *args: Any) -> Frame:
        """Return an event as `send_encoded` takes it. Raises: ValueError, TypeError for what is not JSON."""
        return packets.event_frame(namespace, event, args)

    def send_encoded(self, sids: Iterable[str], namespace: str, frame: Frame) -> int:
        """Queue an encoded event of that namespace for those of the sockets that are joined to it."""
        seats, count = self._wire.seats, 0
        for sid in sids:
            seat = seats.get(sid)
            if seat is not None and seat.namespace == namespace and seat.link.put(frame):
                count += 1
        return count

    def connections(self) -> list[Connection]:
        """Return every connection as it is now, oldest first."""
        return [look(link) for link in self._links()]

    def connection(self, sid: str) -> Connection | None:
        """Return the connection with that id, or the one that carries the socket with that id."""
        link = self._link(sid)
        return None if link is None else look(link)

    def gauge(self, sid: str) -> Gauge | None:
        """Return the figures of the connection that `connection` would return, to be held and read again."""
        link = self._link(sid)
        return None if link is None else Gauge(link)

    async def goodbye(self, sid: str, payload: Mapping[str, Any], *, stay_away: bool, ws_code: int) -> None:
        """Tell a whole connection goodbye and wait until it is gone; `sid` is a connection's or a socket's."""
        link = self._link(sid)
        if link is not None:
            goodbye.say(link, Goodbye(payload, stay_away, ws_code), Ending.GOODBYE)
            await link.gone()

    def drop(self, sid: str) -> None:
        """Cut a connection without a word; `sid` is a connection's or a socket's."""
        link = self._link(sid)
        if link is not None:
            _cut(link, Ending.DROPPED)

    async def drain(
        self,
        farewell: Callable[[], Goodbye],
        *,
        batch: int = 100,
        within_s: float = 8.0,
        turned_away: TurnedAway = DRAINING,
    ) -> None:
        """Refuse newcomers from now on and see everyone off; `farewell` is asked once for each connection."""
        self._draining = turned_away
        await goodbye.drain(self._links(), farewell, batch=batch, within_s=within_s)

    async def close(self, within_s: float = 2.0) -> None:
        """Cut what is still connected, and wait for handlers to finish; past `within_s` they are cancelled."""
        self._draining = self._draining or DRAINING
        for link in self._links():
            _cut(link, Ending.SHUTDOWN)
        await self._wire.tasks.end(within_s)

    def _links(self) -> list[Link]:
        return list(self._wire.eio.sockets.values())

    def _link(self, sid: str) -> Link | None:
        seat = self._wire.seats.get(sid)
        return self._wire.eio.find(sid) if seat is None else seat.link

    def _refusal(self, peer: Peer) -> TurnedAway | None:
        return self._draining or self._turn_away(peer)

    async def _on_shutdown(self, _: web.Application) -> None:
        await self.close()


def _cut(link: Link, ending: Ending) -> None:
    link.close(ending)
    link.abort()
