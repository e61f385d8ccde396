"""What an operator sees of a store: connections, those that ended, rates, times, errors; folded from the ops stream.

Pure and immutable: `begin` with a snapshot, `apply` for each fact after it.
A picture shares what did not change with the one before, so a row that is the same object looks the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from console.samples import Point, added, minute_of, newest, point_of, summed
from heard.contract.base import Fact
from heard.contract.ops import (
    BUCKETS_MS,
    MAX_AUDIT,
    MAX_CLOSED,
    AuditLine,
    ClosedRow,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionRow,
    ConnectionsChanged,
    OpsActed,
    OpsSampled,
    OpsSnapshot,
)

RECENT_S = 300
"""How far back whole samples are kept: the longest window for times, errors and rates by name."""
SECONDS = 3_600
"""Points of a sample each; older ones go on as points of a minute each."""
MINUTES = 24 * 60
MAX_KINDS = 1_000
"""Kinds of errors remembered."""


@dataclass(frozen=True, slots=True)
class ErrorTally:
    """One kind of refusal: how often since the gateway started, and when last, if that was seen here."""

    code: str
    command: str
    ever: int = 0
    last: datetime | None = None


Rows = Mapping[str, ConnectionRow]
Tallies = Mapping[tuple[str, str], ErrorTally]


@dataclass(frozen=True, slots=True)
class Picture:
    """A store's operations at one moment."""

    connections: Rows = field(default_factory=dict)
    """By connection id."""
    closed: tuple[ClosedRow, ...] = ()
    """The newest first, at most `MAX_CLOSED`."""
    audit: tuple[AuditLine, ...] = ()
    """The newest first, at most `MAX_AUDIT`."""
    sample: OpsSampled | None = None
    """The newest one: health, heads, gauges."""
    totals: OpsSampled | None = None
    """The same figures since the gateway started."""
    recent: tuple[OpsSampled, ...] = ()
    """Whole samples of the last `RECENT_S`, the oldest first."""
    seconds: tuple[Point, ...] = ()
    """A point a sample, the oldest first."""
    minutes: tuple[Point, ...] = ()
    """A point a minute, the oldest first; the minute of now is not there yet."""
    errors: Tallies = field(default_factory=dict)
    """By code and command."""
    buckets_ms: tuple[float, ...] = BUCKETS_MS
    at: datetime | None = None
    """The gateway's time of the newest that was taken in; None: nothing was yet."""
    begun: int = 0
    """How many snapshots it began with; another number means that every row may be another."""


# ── A snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(whole: OpsSnapshot, before: Picture | None = None) -> Picture:
    """A picture from a snapshot, all its pages. The charts of the picture before go on: they are about the past."""
    old = before or Picture()
    return Picture(
        connections={row.connection: row for row in whole.connections},
        closed=tuple(whole.closed[:MAX_CLOSED]),
        audit=tuple(whole.audit[:MAX_AUDIT]),
        sample=whole.sample,
        totals=whole.totals,
        recent=old.recent,
        seconds=old.seconds,
        minutes=old.minutes,
        errors=_tallies(whole.totals, old.errors),
        buckets_ms=whole.buckets_ms,
        at=whole.server_time,
        begun=old.begun + 1,
    )


def _tallies(totals: OpsSampled | None, known: Tallies) -> Tallies:
    told = totals.errors if totals else {}
    return {
        (code, command): ErrorTally(
            code, command, ever, known[code, command].last if (code, command) in known else None
        )
        for code, commands in told.items()
        for command, ever in commands.items()
    }


# ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(picture: Picture, fact: Fact, now: datetime) -> Picture:
    """The picture after a fact; `now` is the fact's own time. A fact it does not know changes nothing.

    Raises:
        ValueError: a row in it cannot be read.
    """
    match fact:
        case OpsSampled():
            after = _sampled(picture, fact, now)
        case ConnectionsChanged(rows=rows):
            after = _changed(picture, rows)
        case ConnectionOpened():
            after = _opened(picture, fact)
        case ConnectionClosed():
            after = _closed(picture, fact)
        case OpsActed(line=line):
            after = replace(picture, audit=(line, *picture.audit)[:MAX_AUDIT])
        case _:
            return picture
    return replace(after, at=now)


def _changed(picture: Picture, rows: list[dict[str, Any]]) -> Picture:
    # Copying a dict of thousands takes microseconds, less than any tree of shared parts that many changes need.
    connections = dict(picture.connections)
    for told in rows:
        known = connections.get(told.get("connection", ""))
        row = _updated(known, told)
        if known is None and not row.subject:
            continue  # a change of one that has ended since: rows that are new are told whole
        connections[row.connection] = row
    return replace(picture, connections=connections)


def _updated(known: ConnectionRow | None, told: Mapping[str, Any]) -> ConnectionRow:
    """The row with what was told on top; null goes back to the default."""
    fresh = ConnectionRow.model_validate({name: value for name, value in told.items() if value is not None})
    if known is None:
        return fresh
    return known.model_copy(update={name: getattr(fresh, name) for name in told if name in ConnectionRow.model_fields})


def _opened(picture: Picture, fact: ConnectionOpened) -> Picture:
    known = picture.connections.get(fact.connection)
    if known is None:
        row = ConnectionRow(
            connection=fact.connection,
            subject=fact.subject,
            role=fact.role,
            namespaces=(fact.namespace,),
            device=fact.device,
            client=fact.client,
            address=fact.address,
            transport=fact.transport,
            since=fact.since,
        )
    elif fact.namespace in known.namespaces:
        return picture
    else:
        row = known.model_copy(update={"namespaces": (*known.namespaces, fact.namespace)})
    return replace(picture, connections={**picture.connections, fact.connection: row})


def _closed(picture: Picture, fact: ConnectionClosed) -> Picture:
    connections, known = dict(picture.connections), picture.connections.get(fact.connection)
    if known is not None:
        left = tuple(one for one in known.namespaces if one != fact.namespace)
        if fact.row is not None or not left:
            del connections[fact.connection]
        else:
            connections[fact.connection] = known.model_copy(update={"namespaces": left})
    if fact.row is None or _told_before(picture, fact.row):
        return replace(picture, connections=connections)
    return replace(
        picture,
        connections=connections,
        closed=(fact.row, *picture.closed)[:MAX_CLOSED],
    )


def _told_before(picture: Picture, row: ClosedRow) -> bool:
    """Whether the snapshot has it already: one that ended while the pages were read."""
    as_new = takewhile(lambda one: one.until >= row.until, picture.closed)
    return any(one.connection == row.connection for one in as_new)


def _sampled(picture: Picture, sample: OpsSampled, now: datetime) -> Picture:
    if picture.at is not None and now < picture.at:
        return picture  # it was under way when the snapshot was taken, whose totals have it already
    point = point_of(sample, now)
    return replace(
        picture,
        sample=sample,
        totals=added(picture.totals, sample),
        recent=newest((*picture.recent, sample), RECENT_S),
        seconds=(*picture.seconds, point)[-SECONDS:],
        minutes=_with_minute(picture, point),
        errors=_tallied(picture.errors, sample, now),
    )


def _with_minute(picture: Picture, point: Point) -> tuple[Point, ...]:
    """When a new minute begins, the one that ended becomes a point of its own."""
    if not picture.seconds or minute_of(picture.seconds[-1]) == minute_of(point):
        return picture.minutes
    ended = minute_of(picture.seconds[-1])
    of_it = list(takewhile(lambda one: minute_of(one) == ended, reversed(picture.seconds)))
    return (*picture.minutes, summed(of_it[::-1]))[-MINUTES:]


def _tallied(errors: Tallies, sample: OpsSampled, now: datetime) -> Tallies:
    tallies = dict(errors)
    for code, commands in sample.errors.items():
        for command, n in commands.items():
            known = tallies.get((code, command))
            if known is not None or len(tallies) < MAX_KINDS:
                tallies[code, command] = ErrorTally(code, command, n + (known.ever if known else 0), now)
    return tallies
