"""The Socket.IO server: packets to sessions, and every ending to its farewell."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import socketio

from server.transport import goodbye, packets
from server.transport.endings import Ending
from server.transport.engine import Engine
from server.transport.frames import ProtocolError
from server.transport.goodbye import Goodbye
from server.transport.handler import BadContent, Handler, Unheard
from server.transport.link import Link
from server.transport.packets import StrictPacket
from server.transport.quiet import QuietLog
from server.transport.session import Session
from server.transport.settings import TransportSettings
from server.transport.tasks import Tasks

log = logging.getLogger(__name__)
_library_log = logging.getLogger(f"{__name__}.library")

_MOST_LEAVING = 8  # joining and leaving in a circle must not start handlers without end

UNKNOWN_NAMESPACE = {"message": "Invalid namespace"}
"""Answer to a CONNECT for a namespace nobody handles, in the reference implementation's words."""


class Wire(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio ships no types
    """python-socketio's server with its dispatcher kept, and membership, order and endings of our own.

    Its public methods (`emit`, rooms, `call`) reach nobody, since the library's own member lists stay empty.
    """

    eio: Engine

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        settings: TransportSettings,
        refuse_event: Callable[[str, Unheard], Any],
        farewell: Callable[[Ending], Goodbye],
    ) -> None:
        self.tasks = Tasks()
        super().__init__(
            serializer=StrictPacket,
            namespaces=list(handlers),
            logger=_library_log,  # a logger object keeps the libraries from adding stream handlers
            engineio_logger=_library_log,
            monitor_clients=False,
            settings=settings,
            tasks=self.tasks,
        )
        self.settings = settings
        self.seats: dict[str, Session] = {}
        """Sessions that joined and have not left, by sid: the only ones anything is ever sent to."""
        self._handlers = dict(handlers)
        self._refuse_event = refuse_event
        self._farewell = farewell
        self._quiet = QuietLog(log)
        self.eio.trouble = self.trouble
        self.eio.ended = self._ended
        self.eio.welcome = self._welcome

    # --- packets, as python-socketio's dispatcher hands them on

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        if not data:
            raise ProtocolError("empty message")
        await super()._handle_eio_message(eio_sid, data)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: dict[str, Any] | None) -> None:
        link, name = self.eio.sockets[eio_sid], namespace or "/"
        handler = self._handlers.get(name)
        if handler is None:
            self._answer_refusal(link, name, UNKNOWN_NAMESPACE)
        elif name in link.sessions:
            raise ProtocolError("already connected")
        elif len(link.leaving) >= _MOST_LEAVING:
            self.trouble(link, Ending.INBOX_FULL)
        else:
            link.asked.add(name)
            link.sessions[name] = Session(self.eio.generate_id(), name, link, handler, self)
            link.sessions[name].ask(data)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]) -> None:  # noqa: A002
        session = self._session(eio_sid, namespace)
        if session is None:
            return
        event, *args = data
        bad = args[0] if args and isinstance(args[0], BadContent) else None
        session.hear(event, bad or args, id)

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int, data: list[Any]) -> None:  # noqa: A002
        """Ignore it: this server never asks for acknowledgements."""

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:  # noqa: ARG002
        session = self._session(eio_sid, namespace)
        if session is not None:
            self._leave(session, Ending.CLIENT_LEFT)
            self._expect_join(session.link, self.settings.join_deadline_ms)

    def _session(self, eio_sid: str, namespace: str | None) -> Session | None:
        """Return the session of a packet, None when it was refused or has left a moment ago."""
        link, name = self.eio.sockets[eio_sid], namespace or "/"
        if name not in link.asked:
            raise ProtocolError("namespace was never joined")
        return link.sessions.get(name)

    # --- what sessions tell

    def seated(self, session: Session) -> None:
        """Note a session that can be reached from now on."""
        self.seats[session.sid] = session
        _stop_patience(session.link)

    def refused(self, session: Session, body: dict[str, Any]) -> None:
        """Answer CONNECT_ERROR and forget the session."""
        self._leave(session, Ending.DROPPED)
        self._answer_refusal(session.link, session.namespace, body)

    def finished(self, session: Session) -> None:
        """Note that nothing of a session runs any more."""
        session.link.leaving.discard(session)

    def unheard(self, event: str, why: Unheard) -> Any:
        """Return the answer for an event that got none from its handler."""
        return self._refuse_event(event, why)

    # --- endings

    def trouble(self, link: Link, ending: Ending, detail: str = "") -> None:
        """Say the farewell that goes with `ending`, close, and leave one line in the log."""
        if link.closing:
            return
        self._quiet.warning("closing %s from %s: %s", link.sid, link.peer.address, detail or ending)
        goodbye.say(link, self._farewell(ending), ending)

    def _ended(self, link: Link, ending: Ending) -> None:
        _stop_patience(link)
        for session in list(link.sessions.values()):
            self._leave(session, ending)

    def _leave(self, session: Session, ending: Ending) -> None:
        session.link.sessions.pop(session.namespace, None)
        self.seats.pop(session.sid, None)
        session.link.leaving.add(session)
        session.leave(ending)

    def _answer_refusal(self, link: Link, namespace: str, body: dict[str, Any]) -> None:
        link.put(packets.refusal_frame(namespace, body))
        if not link.sessions:
            self._expect_join(link, self.settings.refused_close_ms)

    # --- patience with those who join nothing

    def _welcome(self, link: Link) -> None:
        self._expect_join(link, self.settings.join_deadline_ms)

    def _expect_join(self, link: Link, within_ms: int) -> None:
        """Close the link unless a namespace is joined in time; never postpones a deadline that is already set."""
        if link.closing or any(session.joined for session in link.sessions.values()):
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + within_ms / 1000
        if link.patience is None or when < link.patience.when():
            _stop_patience(link)
            link.patience = loop.call_at(when, self.trouble, link, Ending.NOT_JOINED)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine


def _stop_patience(link: Link) -> None:
    if link.patience is not None:
        link.patience.cancel()
        link.patience = None
