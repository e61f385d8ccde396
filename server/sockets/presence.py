"""One connection as its store's operators see it: its sockets, its figures, and what they were told of it last."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heard.contract.audience import Principal
from heard.contract.base import instant_text
from heard.contract.ops import ConnectionOpened
from heard.contract.session import Report
from server.sockets.recovery import Trail
from server.telemetry import steps
from server.telemetry.tallies import Figures
from server.transport import Gauge

LEAST_RATE_S = 0.5
"""Packets of less time than this are not made into a rate."""


@dataclass(slots=True)
class Seat:
    """A joined socket. `connection` is the transport's id, shared by all namespaces of one client and never told."""

    sid: str
    namespace: str
    connection: str
    who: Principal
    store: str | None
    client: str | None
    """Name and version, as it says."""
    said_device: str | None
    address: str
    transport: str
    since: datetime
    warned: bool = False
    """Told that its token is about to end."""
    asked: tuple[str, str | None] = ("", None)
    """The event it sent last, and its command id."""
    view: str | None = None
    """The station whose view of the store's kitchen it hears."""
    trail: Trail | None = None
    """Where it stands, if that is told with each event."""

    @property
    def trailing(self) -> tuple[str, ...]:
        """What follows the payload of each event it is sent."""
        return () if self.trail is None else (self.trail.offset,)

    @property
    def device(self) -> str | None:
        """The token's device, or the one it says."""
        return self.who.device or self.said_device


@dataclass(slots=True)
class Ended:
    """Why a connection closes or closed, and by whose hand."""

    code: str
    sentence: str
    by: str | None = None


@dataclass(slots=True)
class Watched:
    """A floor that somebody looks at: its tally at the last sample, when that was, and the sample."""

    newest: int
    """The number of the connection that came last before."""
    at: float
    figures: Figures
    sample: dict[str, Any] | None = None


class Presence:
    """One connection as its store's operators see it: its sockets in that store, what it reports, what was told of it.

    `id` is made for operators: the transport's own id would let whoever reads it speak for the connection. `number`
    rises from presence to presence. `touched` is the floor's, of those with whom something happened.
    """

    __slots__ = (
        "_dirty", "_last_event", "_packets", "_rates", "_seen", "_told", "_told_to", "_touched", "connection", "ending",
        "gauge", "glass_ms", "id", "key_ms", "lag", "last_error", "number", "refusals", "role", "screen", "seats",
        "since", "sound", "unsent",
    )  # fmt: skip

    def __init__(self, number: int, seat: Seat, gauge: Gauge, at: float, touched: dict[str, Presence]) -> None:
        self.id = secrets.token_hex(6)
        self.number = number
        self.connection = seat.connection
        self.role = seat.who.role
        self.since = seat.since
        self.gauge = gauge
        self.seats: dict[str, Seat] = {seat.sid: seat}
        self.unsent: int | None = None
        self.sound: str | None = None
        self.lag: int | None = None
        self.key_ms: float | None = None
        self.glass_ms: float | None = None
        self.screen: str | None = None
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
        before = self._said
        self.unsent, self.sound, self.lag, self.screen = report.unsent, report.sound, lag, report.screen
        self.key_ms = steps.reported(self.key_ms, report.key_ms_p99)
        self.glass_ms = steps.reported(self.glass_ms, report.glass_ms_p99)
        if before != self._said:
            self.changed()

    @property
    def _said(self) -> tuple[object, ...]:
        return self.unsent, self.sound, self.lag, self.screen, self.key_ms, self.glass_ms

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
        seat = self.seat
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
            "unsent": self.unsent,
            "sound": self.sound,
            "key_ms_p99": self.key_ms,
            "glass_ms_p99": self.glass_ms,
            "screen": self.screen,
            "refusals": self.refusals,
            "last_error": self.last_error,
        }

    @property
    def stations(self) -> list[str]:
        """What it looks at, or what its token is for."""
        views = sorted({seat.view for seat in self.seats.values() if seat.view})
        return views or list(self.seat.who.stations)


def opened(presence: Presence, seat: Seat) -> ConnectionOpened:
    """The fact that a seat was taken."""
    return ConnectionOpened(
        connection=presence.id, subject=seat.who.subject, role=seat.who.role, namespace=seat.namespace,
        address=seat.address, transport=presence.gauge.transport, client=seat.client, device=seat.device,
        since=seat.since,
    )  # fmt: skip
