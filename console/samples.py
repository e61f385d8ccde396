"""Samples as points of a chart, and stretches of time added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile, zip_longest

from heard.contract.ops import Latency, OpsSampled


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
        return per(self.events_in, self.seconds)

    @property
    def out_per_s(self) -> float:
        """Events handed to sockets."""
        return per(self.events_out, self.seconds)

    @property
    def bytes_in_per_s(self) -> float:
        """Bytes that came."""
        return per(self.bytes_in, self.seconds)

    @property
    def bytes_out_per_s(self) -> float:
        """Bytes that went."""
        return per(self.bytes_out, self.seconds)

    @property
    def errors_per_s(self) -> float:
        """Refusals."""
        return per(self.errors, self.seconds)


def point_of(sample: OpsSampled, now: datetime) -> Point:
    """A sample that came at this moment."""
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
        counts=together(latency.counts for latency in sample.latency.values()),
        commit_ms=sample.commit_ms,
        journal_queue=sample.journal_queue,
        loop_stall_ms=sample.loop_stall_ms,
        cpu=sample.cpu,
        rss_bytes=sample.rss_bytes,
    )


def minute_of(point: Point) -> int:
    """The minute it ended in."""
    return int(point.at.timestamp() // 60)


def summed(points: list[Point]) -> Point:
    """Several points as one; at least one."""
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
        counts=together(point.counts for point in points),
        commit_ms=max(point.commit_ms for point in points),
        journal_queue=max(point.journal_queue for point in points),
        loop_stall_ms=max(point.loop_stall_ms for point in points),
        cpu=per(sum(point.cpu * point.seconds for point in points), seconds),
        rss_bytes=last.rss_bytes,
    )


def newest(samples: tuple[OpsSampled, ...], over_s: float) -> tuple[OpsSampled, ...]:
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
        name: Latency(counts=together((one.counts, two.counts)), sum_ms=one.sum_ms + two.sum_ms)
        for name, one, two in both
    }


def _sum(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + after.get(name, 0) for name in before.keys() | after.keys()}


def together(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Histograms as one."""
    return tuple(map(sum, zip_longest(*counts, fillvalue=0)))


def per(n: float, seconds: float) -> float:
    """So many in that long, by the second."""
    return n / seconds if seconds > 0 else 0.0
