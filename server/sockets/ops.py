"""Commands of operators that are about connections, not about cooking."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from heard.contract.audience import Principal
from heard.contract.base import Command
from heard.contract.goodbyes import FORCED, TOKEN_EXPIRED, Goodbye
from heard.contract.ops import Disconnect
from heard.errors import NotFound
from server.gateway import Gateway
from server.sockets.roster import Roster
from server.transport import SocketServer

log = structlog.get_logger("heard.ops")
WARN_S = 60
"""A token's end is announced this long before."""
GRACE_S = 25
"""How long a socket may go on after its token ended."""


class Operators:
    """Throws connections off, for operators and for the clock."""

    def __init__(self, gateway: Gateway, roster: Roster, server: SocketServer) -> None:
        self._gateway = gateway
        self._roster = roster
        self._server = server
        gateway.operations[Disconnect.name] = self._disconnect

    async def _disconnect(self, command: Command, who: Principal, store: str) -> dict[str, Any]:
        assert isinstance(command, Disconnect)  # noqa: S101 - the table above maps one name to one class
        seats = [seat for seat in self._roster.of_store(who.tenant, store) if seat.connection == command.connection]
        if not seats:
            raise NotFound(f"there is no connection {command.connection} in {store}")
        log.warning(
            "audit", action=command.name, by=who.subject, target=command.connection, subject=seats[0].who.subject
        )
        sentence = f"An operator closed this connection: {command.reason}" if command.reason else FORCED.sentence
        await self._say(command.connection, FORCED._replace(sentence=sentence))
        return {"ok": True, "result": "applied", "events": []}

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
                self._server.send(seat.sid, seat.namespace, "auth:expiring", {"ttl_s": max(0, int(left))})
        await asyncio.gather(*(self._say(connection, TOKEN_EXPIRED) for connection in over))

    async def _say(self, connection: str, bye: Goodbye) -> None:
        await self._server.goodbye(connection, bye.as_wire(), stay_away=not bye.reconnect, ws_code=bye.number)
