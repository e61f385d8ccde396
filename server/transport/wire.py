"""The Socket.IO server: packets to sessions, and every ending to its farewell."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from socketio import packet

from server.transport import goodbye, packets
from server.transport.endings import Ending
from server.transport.engine import Engine
from server.transport.frames import ProtocolError
from server.transport.goodbye import Goodbye
from server.transport.handler import BadContent, Handler, Strike, Unheard
from server.transport.incidents import Incident, Suspicion, printable
from server.transport.link import Link, without
from server.transport.packets import BinaryPacket, StrictPacket
from server.transport.quiet import Budget, QuietLog
from server.transport.rounds import Rounds
from server.transport.session import Session
from server.transport.settings import TransportSettings
from server.transport.strikes import Strikes
from server.transport.tasks import Tasks

log = logging.getLogger(__name__)

_MOST_WHY = 120
_MOST_REFUSED = 16  # names of namespaces that are kept for the goodbye
_MOST_LEAVING = 8  # joining and leaving in a circle must not start handlers without end

UNKNOWN_NAMESPACE = {"message": "Invalid namespace"}
"""Answer to a CONNECT for a namespace nobody handles, in the reference implementation's words."""


class Wire:
    """The Socket.IO side of every connection: packets, membership, order and endings."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        settings: TransportSettings,
        refuse_event: Callable[[str, Unheard], Any],
        farewell: Callable[[Ending], Goodbye],
        on_incident: Callable[[Incident], None],
    ) -> None:
        self.tasks = Tasks()
        self.eio = Engine(settings=settings, tasks=self.tasks)
        self.seats: dict[str, Session] = {}
        """Sessions that joined and have not left, by sid: the only ones anything is ever sent to."""
        self._handlers = dict(handlers)
        self._refuse_event = refuse_event
        self._farewell = farewell
        self._quiet = QuietLog(log)
        self._refused = QuietLog(log)  # apart, so that a flood of refusals does not hide that somebody was closed
        self._on_incident = on_incident
        self.on_closed: Callable[[Ending, str], None] = lambda _ending, _code: None
        self._incidents = Budget()
        self._strikes: dict[Link, Strikes] = {}
        self._refusals: dict[Link, Strikes] = {}
        """Refused CONNECTs of links that had any."""
        self.eio.rounds = Rounds(self.seats)
        self.eio.message = self._message
        self.eio.trouble = self.trouble
        self.eio.ended = self._ended
        self.eio.refused = self._turned_down
        self.eio.incident = self.incident
        self.eio.welcome = self._welcome

    @property
    def settings(self) -> TransportSettings:
        """The settings as they are now."""
        return self.eio.settings

    def attach(self, app: web.Application) -> None:
        """Answer on the settings' path."""
        self.eio.attach(app, self.settings.path)

    # --- packets

    def _message(self, link: Link, data: str | bytes) -> None:
        """Take a packet, or an attachment of one; never waits for handlers. Raises: ProtocolError."""
        whole = self._attached(link, data) if isinstance(data, bytes) else self._opened(link, data)
        if whole is None:
            return
        namespace = whole.namespace or "/"
        match whole.packet_type:
            case packet.EVENT | packet.BINARY_EVENT:
                self._event(link, namespace, whole.id, whole.data)
            case packet.CONNECT:
                self._connect(link, namespace, whole.data)
            case packet.DISCONNECT:
                self._disconnect(link, namespace)
            case _:  # an ACK for nothing: this server never asks for acknowledgements
                pass

    def _opened(self, link: Link, text: str) -> StrictPacket | None:
        if not text:
            raise ProtocolError("empty message")
        if link.unfinished is not None:
            raise ProtocolError("an attachment is missing")
        opened = (BinaryPacket if self.settings.binary else StrictPacket)(encoded_packet=text)
        if not opened.attachment_count:
            return opened
        self._session(link, opened.namespace or "/")
        link.unfinished = opened
        return None

    def _attached(self, link: Link, attachment: bytes) -> StrictPacket | None:
        opened = link.unfinished
        if opened is None:
            raise ProtocolError("an attachment without a packet")
        if not opened.add_attachment(attachment):
            return None
        link.unfinished = None
        return opened

    def _connect(self, link: Link, name: str, data: dict[str, Any] | None) -> None:
        handler = self._handlers.get(name)
        if len(self._refusals.get(link, ())) >= self.settings.refused_connects:
            self.trouble(link, Ending.PROTOCOL_ERROR, "too many refused CONNECTs")
        elif handler is None:
            self._turned_down(link.peer.address, "unknown namespace")
            self._answer_refusal(link, name, UNKNOWN_NAMESPACE)
        elif name in link.sessions:
            return  # socket.io-client 4.6.0 asks twice for a second namespace on an open connection
        elif len(link.leaving) >= _MOST_LEAVING:
            self.trouble(link, Ending.INBOX_FULL)
        else:
            if name not in link.asked:
                link.asked += (name,)
            link.refused = without(link.refused, name)
            link.sessions[name] = Session(self.eio.generate_id(), name, link, handler, self)
            link.sessions[name].ask(data)

    def _event(self, link: Link, namespace: str, ack_id: int | None, data: list[Any]) -> None:
        session = self._session(link, namespace)
        if session is None:
            return
        event, *args = data
        bad = args[0] if args and isinstance(args[0], BadContent) else None
        session.hear(event, bad or args, ack_id)

    def _disconnect(self, link: Link, namespace: str) -> None:
        session = self._session(link, namespace)
        if session is not None:
            self._leave(session, Ending.CLIENT_LEFT)
            self._expect_join(link, self.settings.join_deadline_ms)

    def _session(self, link: Link, namespace: str) -> Session | None:
        """Return the session of a packet, None when it was refused or has left a moment ago."""
        if namespace not in link.asked:
            raise ProtocolError("namespace was never joined")
        return link.sessions.get(namespace)

    # --- what sessions tell

    def seated(self, session: Session) -> None:
        """Note a session that can be reached from now on."""
        link = session.link
        self.seats[session.sid] = session
        _stop_patience(link)
        if all(one.joined for one in link.sessions.values()):
            link.peer = link.peer.forgetful()

    def refused(self, session: Session, body: dict[str, Any]) -> None:
        """Answer CONNECT_ERROR and forget the session."""
        self._leave(session, Ending.DROPPED)
        self._answer_refusal(session.link, session.namespace, body)

    def finished(self, session: Session) -> None:
        """Note that nothing of a session runs any more."""
        session.link.leaving = without(session.link.leaving, session)

    def unheard(self, event: str, why: Unheard) -> Any:
        """Return the answer for an event that got none from its handler."""
        return self._refuse_event(event, why)

    def reserved(self, session: Session, event: str) -> Strike:
        """Return the answer for an event whose name is Socket.IO's own, and put it on record."""
        self.incident(Incident(Suspicion.RESERVED_EVENT, session.link.peer.address, event, session.sid))
        return Strike(self._refuse_event(event, Unheard.RESERVED_NAME))

    def struck(self, session: Session, strike: Strike) -> None:
        """Count an event of wrong content; too many within the window close the connection."""
        link = session.link
        if link.closing:
            return
        if self._counted(self._strikes, link, self.settings.strikes):
            self.trouble(link, Ending.PROTOCOL_ERROR, "too many events of wrong content")
        elif strike.why:
            self._refused.warning("event refused, from %s: %s", link.peer.address, printable(strike.why, _MOST_WHY))

    def _counted(self, table: dict[Link, Strikes], link: Link, most: int) -> bool:
        """Count one against a link; True when it was one too many."""
        if link not in table:
            table[link] = Strikes(most, self.settings.strikes_within_ms)
        return table[link].add()

    # --- what is left of refusals

    def incident(self, incident: Incident) -> None:
        """Put an attempt on record, as long as there are not too many."""
        may, left_out = self._incidents.spend()
        if left_out:
            log.warning("%d more incidents were left out", left_out)
        if may:
            self._on_incident(incident)

    def _turned_down(self, address: str, why: str) -> None:
        self._refused.warning("refused, from %s: %s", address, why)

    # --- endings

    def trouble(self, link: Link, ending: Ending, detail: str = "") -> None:
        """Say the farewell that goes with `ending`, close, and leave one line in the log."""
        if link.closing:
            return
        # Whoever knows the whole id of a polling connection can speak for it.
        words = self._farewell(ending)
        code = words.payload.get("code", ending)
        self._quiet.warning("closing %s… from %s, %s: %s", link.sid[:6], link.peer.address, code, detail or ending)
        goodbye.say(link, words, ending)

    def _ended(self, link: Link, ending: Ending) -> None:
        _stop_patience(link)
        self._strikes.pop(link, None)
        self._refusals.pop(link, None)
        if ending is Ending.TRANSPORT_CLOSED and link.asked and not link.sessions:
            ending = Ending.CLIENT_LEFT  # stock clients leave every namespace first, and then just hang up
        for session in list(link.sessions.values()):
            self._leave(session, ending)
        try:
            self.on_closed(ending, link.close_reason)
        except Exception:
            log.exception("whoever hears of endings failed")

    def _leave(self, session: Session, ending: Ending) -> None:
        session.link.sessions.pop(session.namespace, None)
        self.seats.pop(session.sid, None)
        session.link.leaving += (session,)
        session.leave(ending)

    def _answer_refusal(self, link: Link, namespace: str, body: dict[str, Any]) -> None:
        if link.closing:
            return
        self._counted(self._refusals, link, self.settings.refused_connects)
        link.put(packets.refusal_frame(namespace, body))
        link.refused = (*without(link.refused, namespace)[-_MOST_REFUSED:], namespace)
        if not link.sessions:
            self._expect_join(link, self.settings.refused_close_ms)

    # --- patience with those who join nothing

    def _welcome(self, link: Link) -> None:
        self._expect_join(link, self.settings.join_deadline_ms)

    def _expect_join(self, link: Link, within_ms: int) -> None:
        """Close the link unless a namespace is joined in time; never postpones a deadline that is already set."""
        if link.closing or link.joined:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + within_ms / 1000
        if link.patience is None or when < link.patience.when():
            _stop_patience(link)
            link.patience = loop.call_at(when, self._lost_patience, link)

    def _lost_patience(self, link: Link) -> None:
        if link in self._refusals:  # there is a line about the refusal
            goodbye.say(link, self._farewell(Ending.NOT_JOINED), Ending.NOT_JOINED)
        else:
            self.trouble(link, Ending.NOT_JOINED)


def _stop_patience(link: Link) -> None:
    if link.patience is not None:
        link.patience.cancel()
        link.patience = None
