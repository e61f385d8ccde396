"""The transport's front: what the gateway says and asks, none of how it travels."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from server.transport import goodbye, packets
from server.transport.capacity import DRAINING, Capacity
from server.transport.connections import Connection, Gauge, look
from server.transport.door import TurnedAway
from server.transport.endings import Ending
from server.transport.frames import Frame
from server.transport.goodbye import Goodbye, plain_farewell
from server.transport.handler import Handler, Unheard
from server.transport.incidents import Incident, Suspicion, printable, written
from server.transport.link import Link
from server.transport.peers import Peer
from server.transport.reaper import Reaper
from server.transport.settings import TransportSettings
from server.transport.wire import Wire


class SocketServer:
    """A Socket.IO server for one aiohttp application.

    handlers      namespace to handler; other namespaces are refused
    refuse_event  the answer for an event that never reached its handler (a reserved name) or that it failed on
    farewell      last words for connections the transport itself ends, by the reason
    turn_away     asked at every handshake: an HTTP refusal, or None to let the newcomer in
    on_incident   hears of refused attempts that belong on record, at most ten a second
    on_closed     hears of every connection that ends: why, and the code of the goodbye that was said, if one was

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
        on_incident: Callable[[Incident], None] = written,
        on_closed: Callable[[Ending, str], None] = lambda _ending, _code: None,
    ) -> None:
        self._wire = Wire(handlers, settings, refuse_event, farewell, on_incident)
        self._wire.on_closed = on_closed
        self._turn_away = turn_away
        self.capacity = Capacity(settings.max_connections, lambda: len(self._wire.eio.sockets))
        self.reaper = Reaper(self._links, self._wire.trouble, settings.greet_deadline_ms)
        self._wire.eio.turn_away = self._refusal

    @property
    def settings(self) -> TransportSettings:
        """The settings as they are now."""
        return self._wire.settings

    def set_heartbeat(self, interval_ms: int, timeout_ms: int) -> None:
        """Ping at other times from now on. Raises: ValueError for less than 1 ms.

        A client learns both times at its handshake and leaves when no ping came within their sum. Newcomers are told
        these; a connection that was told shorter ones keeps what it was told, one that was told longer ones follows.
        """
        self._wire.eio.set_heartbeat(interval_ms, timeout_ms)

    def attach(self, app: web.Application) -> None:
        """Serve on the application, and end with it."""
        self._wire.attach(app)
        app.on_startup.append(self._on_startup)
        app.on_shutdown.append(self._on_shutdown)

    def send(self, sid: str, namespace: str, event: str, *args: Any) -> bool:
        """Queue an event for one socket; False when it is not joined. Raises: ValueError, TypeError: not JSON."""
        seat = self._wire.seats.get(sid)
        return seat is not None and seat.namespace == namespace and seat.link.put(self.encode(namespace, event, *args))

    def broadcast(self, sids: Iterable[str], namespace: str, event: str, *args: Any) -> int:
        """Encode an event once, send it to those of the sockets that are joined, and return how many are.

        A tuple that is given again in the same turn of the loop is known as the same room: both go in one write.
        """
        return self.send_encoded(sids, namespace, self.encode(namespace, event, *args))

    def encode(self, namespace: str, event: str, *args: Any) -> Frame:
        """Return an event as `send_encoded` takes it. Raises: ValueError, TypeError for what is not JSON.

        With `binary` on, bytes may stand anywhere in the arguments.
        """
        return packets.event_frame(namespace, event, args, binary=self.settings.binary)

    def send_encoded(self, sids: Iterable[str], namespace: str, frame: Frame) -> int:
        """Send an encoded event of that namespace to those of the sockets that are joined; see `broadcast`."""
        room = sids if isinstance(sids, tuple) else tuple(sids)
        count = sum(map(self._wire.seats.__contains__, room))
        if count:
            self._wire.eio.rounds.add(room, namespace, frame)
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

    def foreign_page(self, request: web.Request, origin: str) -> None:
        """Put on record that a page from an origin that is not listed called beside the sockets' path."""
        self._wire.incident(Incident(Suspicion.ORIGIN, self._wire.eio.address(request), printable(origin)))

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
        """Refuse newcomers from now on, answer what was heard, and see everyone off.

        `farewell` is asked once for each connection. Whoever is still there after `within_s` is cut off.
        """
        self.capacity.close(turned_away)
        await goodbye.drain(self._links, farewell, batch=batch, within_s=within_s)

    async def close(self, within_s: float = 2.0) -> None:
        """Cut what is still connected, and wait for handlers to finish; past `within_s` they are cancelled."""
        self.capacity.close()
        self.reaper.stop()
        for link in self._links():
            _cut(link, Ending.SHUTDOWN)
        await self._wire.tasks.end(within_s)

    def _links(self) -> list[Link]:
        return list(self._wire.eio.sockets.values())

    def _link(self, sid: str) -> Link | None:
        seat = self._wire.seats.get(sid)
        return self._wire.eio.find(sid) if seat is None else seat.link

    def _refusal(self, peer: Peer) -> TurnedAway | None:
        return self.capacity.refusal(peer) or self._turn_away(peer)

    async def _on_startup(self, _: web.Application) -> None:
        self.reaper.start()

    async def _on_shutdown(self, _: web.Application) -> None:
        await self.close()


def _cut(link: Link, ending: Ending) -> None:
    link.close(ending)
    link.abort()
