"""What an operator sees of a store: connections, those that ended, rates, times, errors; folded from the ops stream.

Pure and immutable: `begin` with a snapshot, `apply` for each fact after it.
A picture shares what did not change with the one before, so `difference` finds the rows to paint by identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate, chain, takewhile, zip_longest
from typing import Any

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
    Latency,
    OpsActed,
    OpsSampled,
    OpsSnapshot,
)

RECENT_S = 300
"""How far back whole samples are kept: the longest window for times, errors and rates by name."""
SECONDS = 3_600
"""Points of a sample each; older ones go on as points of a minute each."""
MINUTES = 24 * 60
RATE_S = 10
"""Rates are means over this long: one sample alone jumps."""
MAX_KINDS = 1_000
"""Kinds of errors remembered."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the charts: a sample, or all samples of a minute. Sums are over `seconds`."""

    at: datetime
    """When it ended, by the gateway's clock."""
    seconds: float
    connections: int
    opened: int
    closed: int
    events_in: int
    events_out: int
    bytes_in: int
    bytes_out: int
    errors: int
    counts: tuple[int, ...]
    """Times of all commands together, by bucket."""
    commit_ms: float
    """Here and in the next two: the worst of a minute."""
    journal_queue: int
    loop_stall_ms: float
    cpu: float
    rss_bytes: int

    @property
    def in_per_s(self) -> float:
        """Commands and requests that arrived."""
        return _per(self.events_in, self.seconds)

    @property
    def out_per_s(self) -> float:
        """Events handed to sockets."""
        return _per(self.events_out, self.seconds)

    @property
    def bytes_in_per_s(self) -> float:
        """Bytes that came."""
        return _per(self.bytes_in, self.seconds)

    @property
    def bytes_out_per_s(self) -> float:
        """Bytes that went."""
        return _per(self.bytes_out, self.seconds)

    @property
    def errors_per_s(self) -> float:
        """Refusals."""
        return _per(self.errors, self.seconds)


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
    closed_ever: int = 0
    """How many have been put in front of `closed`."""
    audit_ever: int = 0
    """How many have been put in front of `audit`."""


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
        closed_ever=old.closed_ever + len(whole.closed),
        audit_ever=old.audit_ever + len(whole.audit),
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
            after = replace(picture, audit=(line, *picture.audit)[:MAX_AUDIT], audit_ever=picture.audit_ever + 1)
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
        closed_ever=picture.closed_ever + 1,
    )


def _told_before(picture: Picture, row: ClosedRow) -> bool:
    """Whether the snapshot has it already: one that ended while the pages were read."""
    as_new = takewhile(lambda one: one.until >= row.until, picture.closed)
    return any(one.connection == row.connection for one in as_new)


def _sampled(picture: Picture, sample: OpsSampled, now: datetime) -> Picture:
    if picture.at is not None and now < picture.at:
        return picture  # it was under way when the snapshot was taken, whose totals have it already
    point = _point(sample, now)
    return replace(
        picture,
        sample=sample,
        totals=added(picture.totals, sample),
        recent=_newest((*picture.recent, sample), RECENT_S),
        seconds=(*picture.seconds, point)[-SECONDS:],
        minutes=_with_minute(picture, point),
        errors=_tallied(picture.errors, sample, now),
    )


def _point(sample: OpsSampled, now: datetime) -> Point:
    return Point(
        at=now,
        seconds=sample.interval_ms / 1_000,
        connections=sample.connections,
        opened=sample.opened,
        closed=sample.closed,
        events_in=sum(sample.events_in.values()),
        events_out=sum(sample.events_out.values()),
        bytes_in=sample.bytes_in,
        bytes_out=sample.bytes_out,
        errors=sum(sum(commands.values()) for commands in sample.errors.values()),
        counts=_together(latency.counts for latency in sample.latency.values()),
        commit_ms=sample.commit_ms,
        journal_queue=sample.journal_queue,
        loop_stall_ms=sample.loop_stall_ms,
        cpu=sample.cpu,
        rss_bytes=sample.rss_bytes,
    )


def _with_minute(picture: Picture, point: Point) -> tuple[Point, ...]:
    """When a new minute begins, the one that ended becomes a point of its own."""
    if not picture.seconds or _minute(picture.seconds[-1]) == _minute(point):
        return picture.minutes
    ended = _minute(picture.seconds[-1])
    of_it = list(takewhile(lambda one: _minute(one) == ended, reversed(picture.seconds)))
    return (*picture.minutes, _summed(of_it[::-1]))[-MINUTES:]


def _minute(point: Point) -> int:
    return int(point.at.timestamp() // 60)


def _summed(points: list[Point]) -> Point:
    last, seconds = points[-1], sum(point.seconds for point in points)
    return Point(
        at=last.at,
        seconds=seconds,
        connections=last.connections,
        opened=sum(point.opened for point in points),
        closed=sum(point.closed for point in points),
        events_in=sum(point.events_in for point in points),
        events_out=sum(point.events_out for point in points),
        bytes_in=sum(point.bytes_in for point in points),
        bytes_out=sum(point.bytes_out for point in points),
        errors=sum(point.errors for point in points),
        counts=_together(point.counts for point in points),
        commit_ms=max(point.commit_ms for point in points),
        journal_queue=max(point.journal_queue for point in points),
        loop_stall_ms=max(point.loop_stall_ms for point in points),
        cpu=_per(sum(point.cpu * point.seconds for point in points), seconds),
        rss_bytes=last.rss_bytes,
    )


def _tallied(errors: Tallies, sample: OpsSampled, now: datetime) -> Tallies:
    tallies = dict(errors)
    for code, commands in sample.errors.items():
        for command, n in commands.items():
            known = tallies.get((code, command))
            if known is not None or len(tallies) < MAX_KINDS:
                tallies[code, command] = ErrorTally(code, command, n + (known.ever if known else 0), now)
    return tallies


def _newest(samples: tuple[OpsSampled, ...], over_s: float) -> tuple[OpsSampled, ...]:
    """Those at the end that together cover this long."""
    spans = accumulate(sample.interval_ms for sample in reversed(samples))
    enough = sum(1 for _ in takewhile(lambda ms: ms < over_s * 1_000, spans)) + 1
    return samples[-enough:]


def added(before: OpsSampled | None, sample: OpsSampled) -> OpsSampled:
    """Two stretches of time as one: counts add up, gauges are the newer one's."""
    if before is None:
        return sample
    errors = {
        code: _sum(before.errors.get(code, {}), sample.errors.get(code, {}))
        for code in before.errors.keys() | sample.errors.keys()
    }
    return sample.model_copy(
        update={
            "interval_ms": before.interval_ms + sample.interval_ms,
            "opened": before.opened + sample.opened,
            "closed": before.closed + sample.closed,
            "events_in": _sum(before.events_in, sample.events_in),
            "events_out": _sum(before.events_out, sample.events_out),
            "bytes_in": before.bytes_in + sample.bytes_in,
            "bytes_out": before.bytes_out + sample.bytes_out,
            "errors": errors,
            "latency": _latencies(before.latency, sample.latency),
            "loop_stall_ms": max(before.loop_stall_ms, sample.loop_stall_ms),
        }
    )


def _latencies(before: Mapping[str, Latency], after: Mapping[str, Latency]) -> dict[str, Latency]:
    nothing = Latency(counts=())
    both = ((name, before.get(name, nothing), after.get(name, nothing)) for name in before.keys() | after.keys())
    return {
        name: Latency(counts=_together((one.counts, two.counts)), sum_ms=one.sum_ms + two.sum_ms)
        for name, one, two in both
    }


def _sum(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + after.get(name, 0) for name in before.keys() | after.keys()}


def _together(counts: Iterator[tuple[int, ...]] | tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip_longest(*counts, fillvalue=0)))


def _per(n: float, seconds: float) -> float:
    return n / seconds if seconds > 0 else 0.0


# ── What changed ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Changed:
    """What to paint again after one picture was shown and another one is there."""

    whole: bool = False
    """A snapshot came in between: paint everything."""
    rows: frozenset[str] = frozenset()
    """Connections that are new or look different."""
    gone: frozenset[str] = frozenset()
    """Connections that are no more."""
    closed: int = 0
    """How many new ones stand in front of `closed`."""
    audit: int = 0
    """How many new lines stand in front of `audit`."""
    sampled: bool = False
    """Rates, times, errors and gauges are new."""

    def __bool__(self) -> bool:
        return bool(self.whole or self.rows or self.gone or self.closed or self.audit or self.sampled)


def difference(before: Picture, after: Picture) -> Changed:
    """What is new in `after`. About 1 ms for 5,000 connections; nothing at all when none changed."""
    if before is after:
        return Changed()
    rows, gone = _rows(before.connections, after.connections)
    return Changed(
        whole=before.begun != after.begun,
        rows=rows,
        gone=gone,
        closed=after.closed_ever - before.closed_ever,
        audit=after.audit_ever - before.audit_ever,
        sampled=before.sample is not after.sample,
    )


def _rows(before: Rows, after: Rows) -> tuple[frozenset[str], frozenset[str]]:
    if before is after:
        return frozenset(), frozenset()
    return (
        frozenset(name for name, row in after.items() if before.get(name) is not row),
        frozenset(name for name in before if name not in after),
    )


# ── Times ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def quantile(counts: tuple[int, ...], q: float, buckets_ms: tuple[float, ...] = BUCKETS_MS) -> float | None:
    """The time in ms that a share `q` of what was counted did not exceed; None when nothing was.

    The rule of Prometheus' `histogram_quantile`: the q·n-th of n lies in the first bucket whose running count reaches
    it, and within a bucket they are taken to lie evenly between its bounds, the first bucket beginning at 0. In the
    last bucket, which has no upper bound, the answer is its lower one: then read it as "more than".
    """
    n = sum(counts)
    if n == 0 or not buckets_ms:
        return None
    rank, below = q * n, 0
    for place, upper in enumerate(buckets_ms):
        count = counts[place] if place < len(counts) else 0
        if count and below + count >= rank:
            lower = buckets_ms[place - 1] if place else 0.0
            return lower + (upper - lower) * max(0.0, rank - below) / count
        below += count
    return buckets_ms[-1]


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """How long answers to one command took, in ms. A time that equals `top` means "more than"."""

    command: str
    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    top: float
    counts: tuple[int, ...] = ()
    """By bucket, for a drawing."""


def latency_row(command: str, latency: Latency, buckets_ms: tuple[float, ...] = BUCKETS_MS) -> LatencyRow:
    """The figures of one histogram."""
    n = sum(latency.counts)
    p50, p95, p99 = (quantile(latency.counts, q, buckets_ms) or 0.0 for q in (0.5, 0.95, 0.99))
    return LatencyRow(command, n, _per(latency.sum_ms, n), p50, p95, p99, buckets_ms[-1], latency.counts)


def latencies(picture: Picture, over_s: float | None = None) -> tuple[LatencyRow, ...]:
    """Times by command over the last `over_s` (at most `RECENT_S`), ever if None; the most asked first."""
    sums = window(picture, over_s)
    rows = (latency_row(name, one, picture.buckets_ms) for name, one in (sums.latency if sums else {}).items())
    return tuple(sorted((row for row in rows if row.count), key=lambda row: (-row.count, row.command)))


def latency_of_all(picture: Picture, over_s: float | None = None) -> LatencyRow | None:
    """The times of all commands together; None when there was none."""
    sums = window(picture, over_s)
    told = tuple(sums.latency.values()) if sums else ()
    whole = Latency(counts=_together(tuple(one.counts for one in told)), sum_ms=sum(one.sum_ms for one in told))
    return latency_row("", whole, picture.buckets_ms) if sum(whole.counts) else None


def window(picture: Picture, over_s: float | None) -> OpsSampled | None:
    """The samples of the last `over_s` as one; since the gateway's start if None."""
    if over_s is None:
        return picture.totals
    sums: OpsSampled | None = None
    for sample in _newest(picture.recent, over_s) if picture.recent else ():
        sums = added(sums, sample)
    return sums


# ── Errors and rates ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One kind of refusal, lately and ever."""

    code: str
    command: str
    per_s: float
    lately: int
    ever: int
    last: datetime | None


def error_rows(picture: Picture, over_s: float = 60) -> tuple[ErrorRow, ...]:
    """Refusals by code and command, those of the last `over_s` first."""
    sums = window(picture, over_s)
    seconds = sums.interval_ms / 1_000 if sums else 0.0
    rows = []
    for (code, command), tally in picture.errors.items():
        lately = sums.errors.get(code, {}).get(command, 0) if sums else 0
        rows.append(ErrorRow(code, command, _per(lately, seconds), lately, tally.ever, tally.last))
    return tuple(sorted(rows, key=lambda row: (-row.lately, -row.ever, row.code, row.command)))


@dataclass(frozen=True, slots=True)
class RateRow:
    """One event by name: how many came and went a second, smoothed, and since the gateway's start."""

    event: str
    in_per_s: float
    out_per_s: float
    in_ever: int
    out_ever: int


def rate_rows(picture: Picture, over_s: float = RATE_S) -> tuple[RateRow, ...]:
    """Events by name, the busiest first; a rate is the mean over the last `over_s`."""
    lately, ever = window(picture, over_s), picture.totals
    seconds = lately.interval_ms / 1_000 if lately else 0.0
    told = [one for one in (lately, ever) if one is not None]
    names = set(chain.from_iterable((*one.events_in, *one.events_out) for one in told))
    rows = [
        RateRow(
            name,
            _per(lately.events_in.get(name, 0) if lately else 0, seconds),
            _per(lately.events_out.get(name, 0) if lately else 0, seconds),
            ever.events_in.get(name, 0) if ever else 0,
            ever.events_out.get(name, 0) if ever else 0,
        )
        for name in names
    ]
    return tuple(
        sorted(rows, key=lambda row: (-(row.in_per_s + row.out_per_s), -(row.in_ever + row.out_ever), row.event))
    )


def history(picture: Picture, span_s: float) -> tuple[Point, ...]:
    """The points of the last `span_s`, the oldest first: a sample each up to an hour, beyond that a minute each."""
    if not picture.seconds:
        return ()
    end = picture.seconds[-1].at.timestamp()
    if span_s <= SECONDS:
        points: tuple[Point, ...] = picture.seconds
    else:
        now = _minute(picture.seconds[-1])
        points = (*picture.minutes, _summed([one for one in picture.seconds[-60:] if _minute(one) == now]))
    return tuple(point for point in points if end - point.at.timestamp() <= span_s)
