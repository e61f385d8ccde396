"""One client in one namespace: asked, let in, heard in order, and seen off exactly once."""

import logging
from collections.abc import Awaitable
from functools import partial
from inspect import isawaitable
from typing import Any, Protocol

from server.transport import packets
from server.transport.endings import Ending
from server.transport.frames import Frame
from server.transport.handler import NO_ACK, Admitted, BadContent, Handler, Refused, Strike, Unheard
from server.transport.inbox import Inbox
from server.transport.link import Link

INTERNAL_REFUSAL = {
    "message": "Something went wrong on our side",
    "data": {"code": "internal", "temporary": True},
}
"""Answer to a CONNECT whose `admit` failed in a way it did not plan."""

log = logging.getLogger(__name__)


class Desk(Protocol):
    """What a session tells the server about itself."""

    def seated(self, session: "Session") -> None:
        """Note that it can be reached from now on."""
        ...

    def refused(self, session: "Session", body: dict[str, Any]) -> None:
        """Answer CONNECT_ERROR and forget it."""
        ...

    def finished(self, session: "Session") -> None:
        """Note that nothing of it runs any more."""
        ...

    def trouble(self, link: Link, ending: Ending, detail: str = "") -> None:
        """Say the farewell that goes with `ending`, and close the connection."""
        ...

    def unheard(self, event: str, why: Unheard) -> Any:
        """Return the answer for an event that got none from its handler."""
        ...

    def reserved(self, session: "Session", event: str) -> Strike:
        """Return the answer for an event whose name is Socket.IO's own."""
        ...

    def struck(self, session: "Session", strike: Strike) -> None:
        """Count an event of wrong content, after its answer was sent."""
        ...


class Session:
    """A Socket.IO socket. All calls of its handler run in its inbox, one after the other."""

    __slots__ = (
        "_binary", "_desk", "_grace_s", "_greeted", "_handler", "_inbox", "gone", "joined", "link", "namespace",
        "sid",
    )  # fmt: skip

    def __init__(self, sid: str, namespace: str, link: Link, handler: Handler, desk: Desk) -> None:
        self.sid = sid
        self.namespace = namespace
        self.link = link
        self.joined = False
        self.gone = False
        self._greeted = False
        self._handler = handler
        self._desk = desk
        settings = link.owner.settings
        self._grace_s = settings.leave_grace_ms / 1000
        self._binary = settings.binary
        self._inbox = Inbox(f"{sid} {namespace}", settings.inbox_events, link.owner.tasks)

    @property
    def greeted(self) -> bool:
        """Whether the handler is done with letting it in."""
        return self._greeted

    @property
    def waiting(self) -> int:
        """How many events wait for their turn."""
        return len(self._inbox)

    async def idle(self) -> None:
        """Wait until all it sent has its answer."""
        await self._inbox.idle()

    def ask(self, auth: dict[str, Any] | None) -> None:
        """Let the handler decide about this socket."""
        self._inbox.put(partial(self._admit, auth))

    def hear(self, event: str, args: list[Any] | BadContent, ack_id: int | None) -> None:
        """Queue one event; too many waiting end the connection."""
        if not self._inbox.put(partial(self._receive, event, args, ack_id)):
            self._desk.trouble(self.link, Ending.INBOX_FULL)

    def leave(self, ending: Ending) -> None:
        """Be out of reach from now on; what was heard before is still worked off."""
        self._inbox.close(partial(self._see_off, ending, joined=self.joined), self._grace_s)
        self.gone = True
        self.joined = False

    async def _admit(self, auth: dict[str, Any] | None) -> None:
        try:
            admitted = await self._handler.admit(self.sid, self.namespace, auth, self.link.peer)
        except Refused as refused:
            self._refuse(refused.wire())
        except Exception:
            log.exception("socket %s: admit failed in %s", self.sid, self.namespace)
            self._refuse(INTERNAL_REFUSAL)
        else:
            await self._join(admitted or Admitted())

    def _refuse(self, body: dict[str, Any]) -> None:
        if not self.gone:
            self._desk.refused(self, body)

    async def _join(self, admitted: Admitted) -> None:
        if self.gone:
            return
        self.joined = self.link.put(packets.connect_frame(self.namespace, self.sid, admitted.pid))
        if not self.joined:
            return
        self._desk.seated(self)
        try:
            await self._handler.joined(self.sid, self.namespace)
        except Exception:
            log.exception("socket %s: joined failed in %s", self.sid, self.namespace)
            self._desk.trouble(self.link, Ending.FAILED)
        else:
            self._greeted = True

    def _see_off(self, ending: Ending, *, joined: bool) -> Awaitable[None] | None:
        rest: Awaitable[None] | None = None
        try:
            if joined:
                rest = self._handler.left(self.sid, self.namespace, ending)
        finally:
            if rest is None:
                self._desk.finished(self)
        return None if rest is None else self._seen_off(rest)

    async def _seen_off(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        finally:
            self._desk.finished(self)

    def _receive(self, event: str, args: list[Any] | BadContent, ack_id: int | None) -> Awaitable[None] | None:
        if not self._greeted:
            return None
        if event in packets.RESERVED_NAMES:
            self._answer(event, ack_id, self._desk.reserved(self, event))
            return None
        try:
            result = self._handler.received(self.sid, self.namespace, event, args)
        except Exception:
            log.exception("socket %s: received failed in %s", self.sid, self.namespace)
            result = self._desk.unheard(event, Unheard.FAILED)
        if type(result) is not dict and isawaitable(result):  # most are dicts, and asking properly takes long
            return self._answer_later(event, ack_id, result)
        self._answer(event, ack_id, result)
        return None

    async def _answer_later(self, event: str, ack_id: int | None, coming: Awaitable[Any]) -> None:
        try:
            result = await coming
        except Exception:
            log.exception("socket %s: received failed in %s", self.sid, self.namespace)
            result = self._desk.unheard(event, Unheard.FAILED)
        self._answer(event, ack_id, result)

    def _answer(self, event: str, ack_id: int | None, result: Any) -> None:
        if isinstance(result, Strike):
            self._answer(event, ack_id, result.answer)
            self._desk.struck(self, result)
            return
        if result is NO_ACK or not self.joined:
            return
        if ack_id is None:
            self._handler.unasked(self.sid, self.namespace, event, result)
        else:
            self.link.put(self._ack(event, ack_id, result))

    def _ack(self, event: str, ack_id: int, result: Any) -> Frame:
        try:
            return packets.ack_frame(self.namespace, ack_id, result, binary=self._binary)
        except (ValueError, TypeError):
            log.exception("socket %s: an answer in %s is not JSON", self.sid, self.namespace)
            return packets.ack_frame(self.namespace, ack_id, self._desk.unheard(event, Unheard.FAILED))
