"""What is reckoned from a picture: times, errors and rates, lately and ever; the curves of the charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from console.picture import SECONDS, Picture
from console.samples import Point, added, minute_of, newest, per, summed, together
from heard.contract.ops import BUCKETS_MS, Latency, OpsSampled

RATE_S = 10
"""Rates are means over this long: one sample alone jumps."""

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
    return LatencyRow(command, n, per(latency.sum_ms, n), p50, p95, p99, buckets_ms[-1], latency.counts)


def latencies(picture: Picture, over_s: float | None = None) -> tuple[LatencyRow, ...]:
    """Times by command over the last `over_s` (at most `RECENT_S`), ever if None; the most asked first."""
    sums = window(picture, over_s)
    rows = (latency_row(name, one, picture.buckets_ms) for name, one in (sums.latency if sums else {}).items())
    return tuple(sorted((row for row in rows if row.count), key=lambda row: (-row.count, row.command)))


def latency_of_all(picture: Picture, over_s: float | None = None) -> LatencyRow | None:
    """The times of all commands together; None when there was none."""
    sums = window(picture, over_s)
    told = tuple(sums.latency.values()) if sums else ()
    whole = Latency(counts=together(tuple(one.counts for one in told)), sum_ms=sum(one.sum_ms for one in told))
    return latency_row("", whole, picture.buckets_ms) if sum(whole.counts) else None


def window(picture: Picture, over_s: float | None) -> OpsSampled | None:
    """The samples of the last `over_s` as one; since the gateway's start if None."""
    if over_s is None:
        return picture.totals
    sums: OpsSampled | None = None
    for sample in newest(picture.recent, over_s) if picture.recent else ():
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
        rows.append(ErrorRow(code, command, per(lately, seconds), lately, tally.ever, tally.last))
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
            per(lately.events_in.get(name, 0) if lately else 0, seconds),
            per(lately.events_out.get(name, 0) if lately else 0, seconds),
            ever.events_in.get(name, 0) if ever else 0,
            ever.events_out.get(name, 0) if ever else 0,
        )
        for name in names
    ]
    return tuple(
        sorted(rows, key=lambda row: (-(row.in_per_s + row.out_per_s), -(row.in_ever + row.out_ever), row.event))
    )


# ── Charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def history(picture: Picture, span_s: float) -> tuple[Point, ...]:
    """The points of the last `span_s`, the oldest first: a sample each up to an hour, beyond that a minute each."""
    if not picture.seconds:
        return ()
    end = picture.seconds[-1].at.timestamp()
    if span_s <= SECONDS:
        points: tuple[Point, ...] = picture.seconds
    else:
        now = minute_of(picture.seconds[-1])
        points = (*picture.minutes, summed([one for one in picture.seconds[-60:] if minute_of(one) == now]))
    return tuple(point for point in points if end - point.at.timestamp() <= span_s)
