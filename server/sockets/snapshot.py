"""The ops stream's snapshot, a page at a time, each as things are when it is asked for.

A cursor says how far one got, so nothing is kept between pages: connections go by rising number, closed ones and audit
lines back from the newest at the first page. What happens meanwhile is heard live.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from heard.contract.base import instant_text
from heard.contract.ops import BUCKETS_MS
from heard.errors import BadRequest
from server.sockets.presence import Watched
from server.sockets.roster import Floor

PAGE_BYTES = 96 * 1024
"""Less than a page may have: encoding one holds everybody else up."""
_NUMBER = "(0|[1-9][0-9]{0,14})"
_CURSOR = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}")


class Place(NamedTuple):
    """How far a reader got: past the connection of that number, and down to the audit line and the closed one."""

    connection: int
    audit: int
    closed: int

    def __str__(self) -> str:
        return f"{self.connection}.{self.audit}.{self.closed}"


def place(cursor: str) -> Place:
    """A cursor read. Raises: BadRequest."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadRequest("cursor: is none of ours; begin again without one")
    return Place(*(int(number) for number in found.groups()))


def first(floor: Floor, watched: Watched, now: datetime, at: float, totals: dict[str, Any]) -> dict[str, Any]:
    """The first page: what there is one of, and as many rows as fit."""
    page = _empty(now) | {"buckets_ms": list(BUCKETS_MS), "totals": totals}
    if watched.sample is not None:
        page["sample"] = watched.sample
    newest = floor.next_number()
    return _filled(page, _rows(floor, watched, Place(0, newest, newest), at))


def further(floor: Floor, watched: Watched, cursor: str, now: datetime, at: float) -> dict[str, Any]:
    """A page after the first. Raises: BadRequest."""
    return _filled(_empty(now), _rows(floor, watched, place(cursor), at))


def _empty(now: datetime) -> dict[str, Any]:
    return {"v": 1, "server_time": instant_text(now), "connections": [], "audit": [], "closed": []}


def _filled(page: dict[str, Any], rows: Iterator[tuple[Place, str, dict[str, Any]]]) -> dict[str, Any]:
    """As many rows as fit: `{snapshot, more, cursor?}`."""
    room = PAGE_BYTES - _weight(page)
    for before, kind, row in rows:
        room -= _weight(row) + 1
        if room < 0:
            return {"snapshot": page, "more": True, "cursor": str(before)}
        page[kind].append(row)
    return {"snapshot": page, "more": False}


def _rows(floor: Floor, watched: Watched, here: Place, at: float) -> Iterator[tuple[Place, str, dict[str, Any]]]:
    """Rows from a place on, each with the place before it."""
    for presence in floor.presences.values():
        if presence.number > here.connection:
            yield here, "connections", presence.shown(at, watched)
            here = here._replace(connection=presence.number)
    for noted in reversed(floor.audit):
        if noted.number < here.audit:
            yield here, "audit", noted.line.as_wire()
            here = here._replace(audit=noted.number)
    for closed in reversed(floor.closed):
        if closed.number < here.closed:
            yield here, "closed", closed.as_wire()
            here = here._replace(closed=closed.number)


def _weight(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))
