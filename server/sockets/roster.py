"""Who is connected: a seat for each joined socket, and for each store a floor with what its operators may know."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from heard.contract.audience import Principal
from heard.contract.base import instant_text
from heard.contract.ops import MAX_AUDIT, MAX_CLOSED, AuditLine, ClosedRow, ConnectionOpened
from heard.contract.session import Auth, Report
from server.telemetry import steps
from server.telemetry.tallies import Figures, StoreTally
from server.transport import Gauge

LEAST_RATE_S = 0.5
"""Packets of less time than this are not made into a rate."""
FloorKey = tuple[str, str]
"""(tenant, store)."""


@dataclass(slots=True)
class Seat:
    """A joined socket. `connection` is the transport's id, shared by all namespaces of one client and never told."""

    sid: str
    namespace: str
    connection: str
    who: Principal
    store: str | None
    auth: Auth
    address: str
    transport: str
    since: datetime
    warned: bool = False
    """Told that its token is about to end."""
    asked: tuple[str, str | None] = ("", None)
    """The event it sent last, and its command id."""
    view: str | None = None
    """The station whose view of the store's kitchen it hears."""

    @property
    def client(self) -> str | None:
        """Name and version, as it says."""
        about = self.auth.client
        return " ".join(word for word in (about.name, about.version) if word) or None

    @property
    def device(self) -> str | None:
        """The token's device, or the one it says."""
        return self.who.device or self.auth.client.device


@dataclass(slots=True)
class Ended:
    """Why a connection closes or closed, and by whose hand."""

    code: str
    sentence: str
    by: str | None = None


class Presence:
    """One connection as its store's operators see it: its sockets in that store, what it reports, what was told of it.

    `id` is made for operators: the transport's own id would let whoever reads it speak for the connection. `number`
    rises from presence to presence. `touched` is the floor's, of those with whom something happened.
    """

    __slots__ = (
        "_dirty", "_last_event", "_packets", "_rates", "_seen", "_told", "_told_to", "_touched", "connection", "ending",
        "gauge", "id", "key_ms", "lag", "last_error", "number", "refusals", "report", "role", "seats", "since",
    )  # fmt: skip

    def __init__(self, number: int, seat: Seat, gauge: Gauge, at: float, touched: dict[str, Presence]) -> None:
        self.id = secrets.token_hex(6)
        self.number = number
        self.connection = seat.connection
        self.role = seat.who.role
        self.since = seat.since
        self.gauge = gauge
        self.seats: dict[str, Seat] = {seat.sid: seat}
        self.report: Report | None = None
        self.lag: int | None = None
        self.key_ms: float | None = None
        self.refusals = 0
        self.last_error: str | None = None
        self.ending: Ended | None = None
        self._told: dict[str, Any] = {}
        self._told_to: Watched | None = None
        self._touched = touched
        self._last_event = at
        self._seen = at
        self._packets = gauge.packets
        self._rates: tuple[float, float] | None = None
        self.changed()

    # ── What happens to it ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def seat(self) -> Seat:
        """The first of its sockets that is still there."""
        return next(iter(self.seats.values()))

    @property
    def view(self) -> str | None:
        """The station whose view it hears, if it hears one."""
        return next((seat.view for seat in self.seats.values() if seat.view), None)

    def changed(self) -> None:
        """Its sockets, its report or its refusals are others now."""
        self._dirty = True
        self._touched[self.connection] = self

    def acted(self, at: float) -> None:
        """It sent something on its own account."""
        self._last_event = at

    def refused(self, code: str) -> None:
        """It was refused something."""
        self.refusals += 1
        self.last_error = code
        self.changed()

    def reported(self, report: Report, lag: int | None) -> None:
        """It said how it fares; the newest counts."""
        key_ms, before = steps.reported(self.key_ms, report.key_ms_p99), self.report
        same = before is not None and (before.unsent, before.sound) == (report.unsent, report.sound)
        moved = not same or (self.lag, self.key_ms) != (lag, key_ms)
        self.report, self.lag, self.key_ms = report, lag, key_ms
        if moved:
            self.changed()

    # ── What is told of it ────────────────────────────────────────────────────────────────────────────────────────────

    def measure(self, at: float) -> None:
        """Take its packets into its rates."""
        packets, passed = self.gauge.packets, at - self._seen
        if passed < LEAST_RATE_S:
            return
        came, went = self._rates or (None, None)
        self._rates = (
            steps.smoothed(came, packets[0] - self._packets[0], passed),
            steps.smoothed(went, packets[1] - self._packets[1], passed),
        )
        self._packets, self._seen = packets, at

    def shown(self, at: float, watched: Watched) -> dict[str, Any]:
        """The row for somebody who begins to look: as the others have it, so that what changes next is right for all.

        Who came since the watch began is told to all in the next round.
        """
        if self._told_to is watched:
            return self._told
        row = self.row(at)
        if self.number <= watched.newest:
            self._told, self._told_to = row, watched
        return row

    def news(self, at: float, watched: Watched) -> dict[str, Any] | None:
        """What is to be told now: the row of a newcomer, or where it changed; None when nothing did."""
        if self._told_to is not watched:
            self._told, self._told_to = self.row(at), watched
            return self._told if self.number > watched.newest else None
        news = self._moved(self._told, at)
        if self._dirty:
            self._dirty = False
            fresh = self._words()
            news |= {name: value for name, value in fresh.items() if self._told.get(name) != value}
        if not news:
            return None
        self._told |= news
        return {"connection": self.id} | news

    def row(self, at: float) -> dict[str, Any]:
        """All of it, as it is now; what there is not is left out."""
        self._dirty = False
        rates = self._rates or self._lifelong(at)
        figures = {
            "rtt_ms": steps.rtt(None, self.gauge.rtt_ms),
            "idle_s": steps.idle(at - self._last_event),
            "in_per_s": round(rates[0], 1),
            "out_per_s": round(rates[1], 1),
            "queue_bytes": steps.queue(0, self.gauge.queued_bytes),
            "oldest_ms": steps.waiting(None, self.gauge.waiting_s),
        }
        row = {"connection": self.id} | self._words() | figures
        return {name: value for name, value in row.items() if value is not None}

    def _lifelong(self, at: float) -> tuple[float, float]:
        """Packets per second since it was first looked at: before there are samples, all there is."""
        lasted = max(1.0, at - self._seen)
        came, went = self.gauge.packets
        return (came - self._packets[0]) / lasted, (went - self._packets[1]) / lasted

    def _moved(self, told: dict[str, Any], at: float) -> dict[str, Any]:
        """The figures that move by themselves, where they moved enough."""
        gauge = self.gauge
        news: dict[str, Any] = {}
        came, went = self._rates or (told["in_per_s"], told["out_per_s"])
        if (rtt := steps.rtt(told.get("rtt_ms"), gauge.rtt_ms)) != told.get("rtt_ms"):
            news["rtt_ms"] = rtt
        if (idle := steps.idle(at - self._last_event)) != told.get("idle_s"):
            news["idle_s"] = idle
        if (rate := steps.rate(told["in_per_s"], came)) != told["in_per_s"]:
            news["in_per_s"] = rate
        if (rate := steps.rate(told["out_per_s"], went)) != told["out_per_s"]:
            news["out_per_s"] = rate
        if (queue := steps.queue(told["queue_bytes"], gauge.queued_bytes)) != told["queue_bytes"]:
            news["queue_bytes"] = queue
        if (waits := steps.waiting(told.get("oldest_ms"), gauge.waiting_s)) != told.get("oldest_ms"):
            news["oldest_ms"] = waits
        if gauge.transport != told["transport"]:
            news["transport"] = gauge.transport
        return news

    def _words(self) -> dict[str, Any]:
        """What changes only when something happens to it."""
        seat, report = self.seat, self.report
        return {
            "subject": seat.who.subject,
            "role": seat.who.role,
            "namespaces": sorted(seat.namespace for seat in self.seats.values()),
            "stations": self.stations,
            "device": seat.device,
            "client": seat.client,
            "address": seat.address,
            "transport": self.gauge.transport,
            "since": instant_text(self.since),
            "lag": self.lag,
            "unsent": report.unsent if report else None,
            "sound": report.sound if report else None,
            "key_ms_p99": self.key_ms,
            "refusals": self.refusals,
            "last_error": self.last_error,
        }

    @property
    def stations(self) -> list[str]:
        """What it looks at, or what its token is for."""
        views = sorted({seat.view for seat in self.seats.values() if seat.view})
        return views or list(self.seat.who.stations)


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
class Watched:
    """A floor that somebody looks at: its tally at the last sample, when that was, and the sample."""

    newest: int
    """The number of the connection that came last before."""
    at: float
    figures: Figures
    sample: dict[str, Any] | None = None


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


def opened(presence: Presence, seat: Seat) -> ConnectionOpened:
    """The fact that a seat was taken."""
    return ConnectionOpened(
        connection=presence.id, subject=seat.who.subject, role=seat.who.role, namespace=seat.namespace,
        address=seat.address, transport=presence.gauge.transport, client=seat.client, device=seat.device,
        since=seat.since,
    )  # fmt: skip
