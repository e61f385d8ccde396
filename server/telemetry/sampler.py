"""Samples for operators: each second, of the stores that somebody watches, and of no other."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any

from heard.contract.envelope import store_stream
from heard.contract.ops import ConnectionsChanged, OpsSampled
from heard.machine import memory_bytes
from server.gateway import Gateway
from server.sockets.presence import Presence, Watched
from server.sockets.roster import Floor, Roster
from server.telemetry.process import Process, Stalls
from server.telemetry.tallies import Figures

PUSH_BYTES = 48 * 1024
"""Rows in one push; whole, it stays below what may be pushed unasked."""
MOST_AT_ONCE = 400
"""Connections looked at in one round, beside those with whom something happened: with more of them each has its turn
every few rounds, and watching costs the same however many there are."""

MOST_TOUCHED = 1_000
"""Of those with whom something happened, so many in one round: the rest of a herd waits for the next."""


class Sampler:
    """Looks at the floors that are watched. `stalls` ticks as long as the gateway runs."""

    def __init__(
        self, gateway: Gateway, roster: Roster, stalls: Stalls, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._roster = roster
        self._stalls = stalls
        self._monotonic = monotonic
        self._process = Process()
        self._version = _version()

    async def sample(self) -> None:
        """One round; nothing but a look at who listens when nobody does."""
        stall, watched = self._stalls.take(), self._watched()
        if not watched:
            return
        machine = self._machine(stall, self._process.look())
        for floor in watched:
            if floor.watched is None:
                self.begin(floor)
            else:
                self._sample(floor, floor.watched, machine)
                await asyncio.sleep(0)  # one store a turn of the loop

    def _watched(self) -> list[Floor]:
        """The floors somebody hears of; the others are forgotten."""
        found = []
        for floor in self._roster.floors:
            if self._gateway.fanout.heard(floor.tenant, store_stream(floor.store, "ops")):
                found.append(floor)
            else:
                floor.watched = None
        return found

    def begin(self, floor: Floor) -> Watched:
        """Somebody looks at a floor: what he is told from now on is what moves against how it stands now."""
        if floor.watched is None:
            at = self._monotonic()
            if all(one.watched is None for one in self._roster.floors):
                self._process.look()
            floor.watched = Watched(floor.next_number(), at, floor.figures())
        return floor.watched

    def _sample(self, floor: Floor, watched: Watched, machine: dict[str, Any]) -> None:
        at, figures = self._monotonic(), floor.figures()
        passed = at - watched.at
        sample = self._told(floor, figures.since(watched.figures), passed, machine)
        watched.at, watched.figures, watched.sample = at, figures, sample
        self._gateway.tell_operators(floor.tenant, floor.store, OpsSampled.name, sample)
        for rows in pushes(self._news(floor, watched)):
            self._gateway.tell_operators(floor.tenant, floor.store, ConnectionsChanged.name, {"rows": rows})

    def _news(self, floor: Floor, watched: Watched) -> Iterator[dict[str, Any]]:
        """What changed about connections: those with whom something happened, and those whose turn it is."""
        at = self._monotonic()
        touched = [floor.touched.pop(connection) for connection in list(islice(floor.touched, MOST_TOUCHED))]
        for presence in (*touched, *floor.next_few(MOST_AT_ONCE)):
            if presence.connection in floor.presences:  # it may have left since its turn was given out
                presence.measure(at)
                if (row := presence.news(at, watched)) is not None:
                    yield row

    # ── Figures ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def totals(self, floor: Floor, watched: Watched) -> dict[str, Any]:
        """The same figures from the gateway's start up to the last sample: with the samples that follow, nothing is
        counted twice."""
        machine = self._machine(self._stalls.recent(), self._process.overall())
        return self._told(floor, watched.figures, watched.at - self._process.began, machine)

    def _told(self, floor: Floor, figures: Figures, passed_s: float, machine: dict[str, Any]) -> dict[str, Any]:
        kitchen = self._gateway.kitchens[floor.tenant, floor.store]
        return OpsSampled(
            interval_ms=round(passed_s * 1000),
            connections=len(floor.presences),
            by_namespace={name: count for name, count in floor.namespaces.items() if count},
            by_transport=transports(floor.presences.values()),
            by_role={role: count for role, count in floor.roles.items() if count},
            opened=figures.opened,
            closed=figures.closed,
            events_in=dict(figures.events_in),
            events_out=dict(figures.events_out),
            bytes_in=figures.bytes_in,
            bytes_out=figures.bytes_out,
            errors={code: dict(names) for code, names in figures.errors.items()},
            latency={name: times.as_contract() for name, times in figures.latency.items()},
            heads={stream: tail.head.seq for stream, tail in kitchen.tails.items()},
            **machine,
        ).as_wire()

    def _machine(self, stall_s: float, cpu: float) -> dict[str, Any]:
        """What is of the process, not of a store."""
        stats = self._gateway.journal.stats()
        return {
            "commit_ms": round(stats.last_commit_s * 1000, 2),
            "journal_queue": stats.queued,
            "loop_stall_ms": round(stall_s * 1000, 1),
            "cpu": cpu,
            "rss_bytes": memory_bytes() or 0,
            "uptime_s": int(self._process.uptime_s),
            "version": self._version,
            "health": self._gateway.health(),
        }


def transports(presences: Iterable[Presence]) -> dict[str, int]:
    """How many there are by what carries them: a polling one may become a WebSocket."""
    found: dict[str, int] = {}
    for presence in presences:
        carrier = presence.gauge.transport
        found[carrier] = found.get(carrier, 0) + 1
    return found


def pushes(rows: Iterable[dict[str, Any]], limit: int = PUSH_BYTES) -> Iterator[list[dict[str, Any]]]:
    """Rows in portions of at most so many bytes."""
    portion: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        weight = len(json.dumps(row, separators=(",", ":"))) + 1
        if portion and size + weight > limit:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += weight
    if portion:
        yield portion


def _version() -> str:
    try:
        return version("heard")
    except PackageNotFoundError:
        return "0"
