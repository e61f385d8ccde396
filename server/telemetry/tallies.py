"""What happened in one store since the gateway started: counters that only grow, and what they grew by in between.

Names come from closed sets alone, so that nobody outside can make a table of them grow.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from heard.contract.ops import BUCKETS_MS, Latency
from heard.contract.registry import COMMANDS
from heard.contract.session import REQUEST_BY_NAME

OTHER = "other"
"""Stands for every name that is not ours."""
NAMES = frozenset({*COMMANDS, *REQUEST_BY_NAME})

Counts = Mapping[str, int]


def known(name: str) -> str:
    """A command's or request's name, or `other`."""
    return name if name in NAMES else OTHER


class Times(NamedTuple):
    """Durations by bucket, for `BUCKETS_MS`; the last one counts what took longer."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS_MS) + 1)
    sum_ms: float = 0.0

    def since(self, before: Times) -> Times:
        """What came after `before`."""
        counts = tuple(now - then for now, then in zip(self.counts, before.counts, strict=True))
        return Times(counts, self.sum_ms - before.sum_ms)

    def as_contract(self) -> Latency:
        """As it is told."""
        return Latency(counts=self.counts, sum_ms=round(self.sum_ms, 3))


@dataclass(frozen=True, slots=True)
class Figures:
    """A tally at one moment, or the difference of two."""

    opened: int = 0
    closed: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    events_in: Counts = field(default_factory=dict)
    events_out: Counts = field(default_factory=dict)
    errors: Mapping[str, Counts] = field(default_factory=dict)
    latency: Mapping[str, Times] = field(default_factory=dict)

    def since(self, before: Figures) -> Figures:
        """What came after `before`; what did not move is left out."""
        errors = {code: _grown(names, before.errors.get(code, {})) for code, names in self.errors.items()}
        return Figures(
            opened=self.opened - before.opened,
            closed=self.closed - before.closed,
            bytes_in=max(0, self.bytes_in - before.bytes_in),
            bytes_out=max(0, self.bytes_out - before.bytes_out),
            events_in=_grown(self.events_in, before.events_in),
            events_out=_grown(self.events_out, before.events_out),
            errors={code: names for code, names in errors.items() if names},
            latency={
                name: times.since(before.latency.get(name, Times()))
                for name, times in self.latency.items()
                if times != before.latency.get(name)
            },
        )


def _grown(now: Counts, before: Counts) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name)}


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    sum_ms: float = 0.0

    def observe(self, ms: float) -> None:
        self.counts[bisect_left(BUCKETS_MS, ms)] += 1
        self.sum_ms += ms


@dataclass(slots=True)
class StoreTally:
    """Counts for one store of one tenant, always on: a few additions an event."""

    opened: int = 0
    closed: int = 0
    bytes_in: int = 0
    """Of connections that ended."""
    bytes_out: int = 0
    _events_in: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _events_out: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _errors: defaultdict[str, defaultdict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    _latency: defaultdict[str, _Histogram] = field(default_factory=lambda: defaultdict(_Histogram))

    def arrived(self, name: str) -> None:
        """A command or a request came."""
        self._events_in[known(name)] += 1

    def answered(self, name: str, seconds: float) -> None:
        """A command was answered this long after it came."""
        self._latency[known(name)].observe(seconds * 1000)

    def refused(self, name: str, code: str) -> None:
        """Something was refused; `code` is an error's."""
        self._errors[code][known(name)] += 1

    def sent(self, name: str, count: int) -> None:
        """An event of ours was handed to this many sockets."""
        self._events_out[name] += count

    def figures(self, bytes_in: int = 0, bytes_out: int = 0) -> Figures:
        """How it stands; the bytes are those of connections that are still there."""
        return Figures(
            opened=self.opened,
            closed=self.closed,
            bytes_in=self.bytes_in + bytes_in,
            bytes_out=self.bytes_out + bytes_out,
            events_in=dict(self._events_in),
            events_out=dict(self._events_out),
            errors={code: dict(names) for code, names in self._errors.items()},
            latency={name: Times(tuple(one.counts), one.sum_ms) for name, one in self._latency.items()},
        )
