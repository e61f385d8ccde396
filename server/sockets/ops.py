"""Commands of operators that are about connections, not about cooking, and the record of who gave them."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from heard.contract.audience import Principal
from heard.contract.base import Command
from heard.contract.envelope import Actor
from heard.contract.goodbyes import BY_NAME, FORCED, MOVED, TOKEN_EXPIRED, Goodbye, told_of
from heard.contract.ops import AuditLine, Disconnect, OpsActed
from heard.contract.session import AuthExpiring
from heard.errors import NotFound
from heard.text import one_line
from server.gateway import Gateway
from server.sockets.farewells import words
from server.sockets.presence import Ended, Presence
from server.sockets.roster import Floor, Noted, Roster
from server.transport import SocketServer

log = structlog.get_logger("heard.ops")
WARN_S = 60
"""A token's end is announced this long before."""
GRACE_S = 25
"""How long a socket may go on after its token ended."""
MAX_REASON = 200
SAID = {FORCED.code: FORCED.sentence, MOVED.code: "An operator asked this connection to start anew."}
"""What is said to whoever is thrown off."""
APPLIED = "applied"


class Operators:
    """Throws connections off, for operators and for the clock."""

    def __init__(self, gateway: Gateway, roster: Roster, server: SocketServer) -> None:
        self._gateway = gateway
        self._roster = roster
        self._server = server
        gateway.operations[Disconnect.name] = self._disconnect
        gateway.audit = self._in_vain

    async def _disconnect(self, command: Command, who: Principal, store: str) -> dict[str, Any]:
        assert isinstance(command, Disconnect)  # noqa: S101 - the table above maps one name to one class
        floor = self._roster.floor(who.tenant, store)
        presence = floor.find(command.connection)
        if presence is None:
            raise NotFound(f"there is no connection {command.connection} in {store}")
        self._note(floor, command, who, presence, APPLIED)
        reason = one_line(command.reason or "", limit=MAX_REASON)
        ending = Ended(command.code, _told(told_of(command.code), reason), who.subject)
        for one in self._roster.presences_of(presence.connection, who.tenant):
            one.ending = ending
        bye = BY_NAME[command.code]._replace(sentence=_told(SAID[command.code], reason))
        await self._say(presence.connection, bye)
        return {"ok": True, "result": APPLIED, "events": []}

    def _in_vain(self, command: Command, who: Principal, store: str, code: str) -> None:
        """Note what was refused or said again."""
        assert isinstance(command, Disconnect)  # noqa: S101 - as above
        reachable = who.in_store(store) and (who.tenant, store) in self._gateway.kitchens
        floor = self._roster.floor(who.tenant, store) if reachable else None
        self._note(floor, command, who, floor.find(command.connection) if floor else None, code)

    def _note(
        self, floor: Floor | None, command: Disconnect, who: Principal, whose: Presence | None, code: str
    ) -> None:
        """An audit line: in the log, and to the store's operators."""
        line = AuditLine(
            at=self._gateway.now(), action=command.name, by=who.subject, role=who.role,
            target=one_line(command.connection), subject=whose.seat.who.subject if whose else None,
            reason=one_line(command.reason or "", limit=MAX_REASON) or None, code=code,
        )  # fmt: skip
        fields = {name: value for name, value in line.as_wire().items() if name != "at"}
        # What was done is always written; what was refused anybody can ask for, as often as they like.
        write = log.warning if code == APPLIED else self._gateway.quiet.warning
        write("audit", tenant=who.tenant, store=floor.store if floor else None, **fields)
        if floor is not None:
            floor.audit.append(Noted(floor.next_number(), line))
            actor = Actor(subject=who.subject, role=who.role, device=who.device)
            told = OpsActed(line=line).as_wire()
            self._gateway.tell_operators(floor.tenant, floor.store, OpsActed.name, told, actor=actor)

    async def watch_tokens(self) -> None:
        """Warn sockets whose token is about to end, and part from those whose grace is over."""
        now = self._gateway.now().timestamp()
        over = set()
        for seat in self._roster:
            left = (seat.who.expires or now + WARN_S + 1) - now
            if left < -GRACE_S:
                over.add(seat.connection)
            elif left < WARN_S and not seat.warned:
                seat.warned = True
                told = {"ttl_s": max(0, int(left))}
                self._server.send(seat.sid, seat.namespace, AuthExpiring.name, told, *seat.trailing)
        if over:
            log.info("goodbye", code=TOKEN_EXPIRED.code, connections=len(over))
        await asyncio.gather(*(self._say(connection, TOKEN_EXPIRED) for connection in over))

    async def _say(self, connection: str, bye: Goodbye) -> None:
        said = words(bye)
        await self._server.goodbye(connection, said.payload, stay_away=said.stay_away, ws_code=said.ws_code)


def _told(sentence: str, reason: str) -> str:
    """A sentence with its reason."""
    return f"{sentence.removesuffix('.')}: {reason}" if reason else sentence
