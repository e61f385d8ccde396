"""Attempts that were refused at the door, put on record."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from server.sockets.roster import Roster
from server.transport import Incident

log = structlog.get_logger("heard.sockets")


def on_record(roster: Roster) -> Callable[[Incident], None]:
    """What writes an audit line for an attempt, with the name of whoever's socket it was."""

    def record(incident: Incident) -> None:
        seat = roster.find(incident.sid) if incident.sid else None
        who = seat.who if seat else None
        known = {"by": who.subject, "role": who.role, "tenant": who.tenant} if who else {}
        told = {"code": str(incident.what), "address": incident.address, "detail": incident.detail}
        log.warning("audit", action="refuse", **told, **known)

    return record
