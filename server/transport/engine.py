"""The Engine.IO server: every connection by id, behind one door."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from server.transport import frames
from server.transport.door import Door, TurnedAway
from server.transport.endings import Ending
from server.transport.flusher import Flusher
from server.transport.incidents import Incident
from server.transport.link import Link
from server.transport.peers import Peer, address_of, networks, peer_of
from server.transport.rounds import Rounds
from server.transport.settings import TransportSettings
from server.transport.tasks import Tasks


class Engine:
    """An Engine.IO v4 server: whoever stands on it sets what is called for a message, a trouble, an end."""

    def __init__(self, *, settings: TransportSettings, tasks: Tasks) -> None:
        self.sockets: dict[str, Link] = {}
        """Every connection that is not gone, by its id."""
        self.settings = settings
        self.tasks = tasks
        self.flusher = Flusher()
        self.rounds = Rounds({})
        self.message: Callable[[Link, str | bytes], None] = _unset
        self.trouble: Callable[..., None] = _unset
        self.ended: Callable[[Link, Ending], None] = _unset
        self.refused: Callable[[str, str], None] = _unset
        self.incident: Callable[[Incident], None] = _unset
        self.welcome: Callable[[Link], None] = _unset
        self.turn_away: Callable[[Peer], TurnedAway | None] = _nobody
        self._proxies = networks(settings.trusted_proxies)
        self._door = Door(self)

    def attach(self, app: web.Application, path: str) -> None:
        """Answer on that path; every method comes here, so that the wrong ones get the protocol's answer."""
        app.router.add_route("*", f"/{path.strip('/')}/", self._door.answer)

    def generate_id(self) -> str:
        """Return an id of 128 random bits: whoever knows a polling connection's id can speak for it."""
        return secrets.token_urlsafe(16)

    def find(self, sid: str) -> Link | None:
        """Return the connection of that id, None when there is none."""
        return self.sockets.get(sid)

    def peer(self, request: web.Request, transport: str) -> Peer:
        """Return who asks, under a new connection id."""
        return peer_of(request, self.generate_id(), transport, self._proxies)

    def address(self, request: web.Request) -> str:
        """Return where a request comes from."""
        return address_of(request, self._proxies)

    def opened(self, peer: Peer) -> Link:
        """Open a connection and queue its OPEN packet."""
        link = Link(peer.id, peer, self)
        self.sockets[link.sid] = link
        upgrades = [name for name in self.settings.transports if name == "websocket" != peer.transport]
        link.put(frames.open_frame(link.sid, upgrades, self.settings))
        link.heartbeat.start()
        self.welcome(link)
        return link

    def set_heartbeat(self, interval_ms: int, timeout_ms: int) -> None:
        """Change the heartbeat of newcomers and, as far as it was announced to them, of all who are here."""
        if min(interval_ms, timeout_ms) < 1:
            raise ValueError("a heartbeat takes at least 1 ms")
        self.settings = replace(self.settings, ping_interval_ms=interval_ms, ping_timeout_ms=timeout_ms)
        for link in self.sockets.values():
            link.heartbeat.retune(interval_ms, timeout_ms)

    def forget(self, link: Link) -> None:
        """Drop a connection that is gone."""
        self.sockets.pop(link.sid, None)


def _unset(*_: Any) -> None:
    raise RuntimeError("the engine runs before the server that owns it is ready")


def _nobody(_: Peer) -> None:
    return None
