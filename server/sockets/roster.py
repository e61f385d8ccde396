"""Who is connected: a seat for each joined socket, and for each store a floor with what its operators may know."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from heard.contract.base import instant_text
from heard.contract.ops import MAX_AUDIT, MAX_CLOSED, AuditLine, ClosedRow
from server.sockets.presence import Ended, Presence, Seat, Watched
from server.telemetry.tallies import Figures, StoreTally
from server.transport import Gauge

FloorKey = tuple[str, str]
"""(tenant, store)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection that ended; `number` rises from one to the next."""

    number: int
    connection: str
    subject: str
    role: str
    stations: tuple[str, ...]
    device: str | None
    client: str | None
    address: str
    transport: str
    since: datetime
    until: datetime
    ended: Ended
    bytes_in: int
    bytes_out: int

    def as_wire(self) -> dict[str, Any]:
        """A `ClosedRow`."""
        row = {
            "connection": self.connection, "subject": self.subject, "role": self.role,
            "stations": list(self.stations), "device": self.device, "client": self.client, "address": self.address,
            "transport": self.transport, "since": instant_text(self.since), "until": instant_text(self.until),
            "code": self.ended.code, "sentence": self.ended.sentence, "by": self.ended.by, "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
        }  # fmt: skip
        return {name: value for name, value in row.items() if value is not None}

    def as_contract(self) -> ClosedRow:
        """As a fact has it."""
        return ClosedRow.model_validate(self.as_wire())


class Noted(NamedTuple):
    """An audit line with its number, which rises from one to the next."""

    number: int
    line: AuditLine


@dataclass(slots=True)
class Floor:
    """One store of one tenant: who is there, who was, what operators did, and what was counted."""

    tenant: str
    store: str
    tally: StoreTally
    presences: dict[str, Presence] = field(default_factory=dict)
    """By the transport's connection id, oldest first."""
    closed: deque[Closed] = field(default_factory=lambda: deque(maxlen=MAX_CLOSED))
    audit: deque[Noted] = field(default_factory=lambda: deque(maxlen=MAX_AUDIT))
    watched: Watched | None = None
    touched: dict[str, Presence] = field(default_factory=dict)
    """Those with whom something happened that is not told yet."""
    roles: Counter[str] = field(default_factory=Counter)
    """How many connections there are of each."""
    namespaces: Counter[str] = field(default_factory=Counter)
    """How many sockets there are in each."""
    _turn: Iterator[Presence] = field(default_factory=lambda: iter(()))
    _numbers: int = 0

    def next_number(self) -> int:
        """One more than the last."""
        self._numbers += 1
        return self._numbers

    def find(self, told_id: str) -> Presence | None:
        """The presence operators know by this id."""
        return next((presence for presence in self.presences.values() if presence.id == told_id), None)

    def figures(self) -> Figures:
        """The tally, as it stands."""
        came = went = 0
        for presence in self.presences.values():
            volume = presence.gauge.volume
            came += volume[0]
            went += volume[1]
        return self.tally.figures(came, went)

    def next_few(self, most: int) -> list[Presence]:
        """Those whose turn it is to be looked at; all come round in the end."""
        few = list(islice(self._turn, most))
        if len(few) < most:
            self._turn = iter(list(self.presences.values()))
            few += islice(self._turn, max(0, min(most, len(self.presences)) - len(few)))
        return few


class Roster:
    """Seats by socket, and the floors they are on. A floor is there for each store served and no other."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}
        self._by_connection: dict[str, dict[str, Seat]] = {}
        self._floors: dict[FloorKey, Floor] = {}

    def open(self, tallies: Mapping[FloorKey, StoreTally]) -> None:
        """The stores there are."""
        self._floors = {key: Floor(*key, tally) for key, tally in tallies.items()}

    def __iter__(self) -> Iterator[Seat]:
        return iter(tuple(self._seats.values()))

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def floors(self) -> Iterable[Floor]:
        """All of them."""
        return self._floors.values()

    def floor(self, tenant: str, store: str) -> Floor:
        """A store's floor."""
        return self._floors[tenant, store]

    def floor_of(self, seat: Seat) -> Floor | None:
        """Where a seat is; None for one that named no store."""
        return None if seat.store is None else self._floors[seat.who.tenant, seat.store]

    def presence_of(self, seat: Seat) -> Presence | None:
        """The connection behind a seat, on its floor."""
        floor = self.floor_of(seat)
        return floor.presences.get(seat.connection) if floor else None

    def presences_of(self, connection: str, tenant: str) -> Iterator[Presence]:
        """A connection on each floor of a tenant that it is on: it ends on all of them at once."""
        for floor in self._floors.values():
            if floor.tenant == tenant and (presence := floor.presences.get(connection)):
                yield presence

    def add(self, seat: Seat, gauge: Gauge, at: float) -> Presence | None:
        """Somebody sat down; the presence it is, on a floor."""
        self._seats[seat.sid] = seat
        self._by_connection.setdefault(seat.connection, {})[seat.sid] = seat
        floor = self.floor_of(seat)
        if floor is None:
            return None
        presence = floor.presences.get(seat.connection)
        if presence is None:
            presence = Presence(floor.next_number(), seat, gauge, at, floor.touched)
            floor.presences[seat.connection] = presence
            floor.tally.opened += 1
            floor.roles[seat.who.role] += 1
        else:
            presence.seats[seat.sid] = seat
            presence.changed()
        floor.namespaces[seat.namespace] += 1
        return presence

    def pop(self, sid: str) -> Seat | None:
        """Somebody left; `part` takes the seat off its floor."""
        seat = self._seats.pop(sid, None)
        if seat is not None:
            others = self._by_connection[seat.connection]
            del others[sid]
            if not others:
                del self._by_connection[seat.connection]
        return seat

    def part(self, seat: Seat, ended: Ended, now: datetime) -> Closed | None:
        """Take a seat off its floor; how its connection ended, when that was the last of its seats."""
        floor, presence = self.floor_of(seat), self.presence_of(seat)
        if floor is None or presence is None:
            return None
        floor.namespaces[seat.namespace] -= 1
        if len(presence.seats) > 1:
            del presence.seats[seat.sid]
            presence.changed()
            return None
        del floor.presences[seat.connection]
        floor.touched.pop(seat.connection, None)
        floor.roles[presence.role] -= 1
        closed = _closed(floor, presence, presence.ending or ended, now)
        floor.closed.append(closed)
        floor.tally.closed += 1
        floor.tally.bytes_in += closed.bytes_in
        floor.tally.bytes_out += closed.bytes_out
        return closed

    def get(self, sid: str) -> Seat:
        """The seat of a joined socket."""
        return self._seats[sid]

    def find(self, sid: str) -> Seat | None:
        """The seat of a socket; None for one that is not joined."""
        return self._seats.get(sid)

    def of_connection(self, connection: str) -> list[Seat]:
        """All namespaces of one client."""
        return list(self._by_connection.get(connection, {}).values())


def _closed(floor: Floor, presence: Presence, ended: Ended, now: datetime) -> Closed:
    seat, (came, went) = presence.seat, presence.gauge.volume
    return Closed(
        number=floor.next_number(), connection=presence.id, subject=seat.who.subject, role=seat.who.role,
        stations=tuple(presence.stations), device=seat.device, client=seat.client, address=seat.address,
        transport=presence.gauge.transport, since=presence.since, until=now, ended=ended, bytes_in=came, bytes_out=went,
    )  # fmt: skip
