"""What a socket begins with: where it stands in all that it hears, and what it missed to get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from typing import Any

from heard.contract.audience import Principal, may_hear
from heard.contract.envelope import MAX_READ_BYTES, MAX_READ_EVENTS, is_live
from heard.contract.session import Auth, PositionIn, StreamState
from heard.errors import BadRequest, Forbidden, NotFound
from server.gateway import Gateway
from server.sockets.recovery import Place, Trail, returning
from server.streams import Wanted, weight

LIVE = StreamState(epoch=None, seq=None, recovered=False, was_recovering=False)
_MOST_ROUNDS = 4
"""A person's stream is read from the journal, and may go on meanwhile: then it is read on, this often."""


@dataclass(frozen=True, slots=True)
class Start:
    """As of the turn of the loop in which it was made. `trail` and `pid` are those of a socket with recovery."""

    streams: dict[str, StreamState]
    missed: list[dict[str, Any]] = field(default_factory=list)
    trail: Trail | None = None
    """Where it stands before what it missed."""
    pid: str | None = None

    def place(self, stream: str) -> Place:
        """Where it stands in a stream after what it missed, and whose view of it that is."""
        state = self.streams[stream]
        return Place(state.epoch, state.seq or 0, self.trail.places[stream].station if self.trail else None)


async def begin(gateway: Gateway, who: Principal, auth: Auth, own: Sequence[str]) -> Start:
    """How a socket begins that hears its `own` streams without asking. Raises: NotFound, Unavailable."""
    trail = returning(auth.pid, auth.offset, own) if auth.recovery else None
    back = await _recovered(gateway, who, trail) if trail is not None else None
    if back is not None:
        return replace(back, trail=trail, pid=auth.pid)
    positions = auth.positions or {}
    start = await _anew(gateway, who, positions, own)
    if not auth.recovery:
        return start
    trail = Trail({stream: _first_place(state, positions.get(stream)) for stream, state in start.streams.items()})
    return replace(start, trail=trail, pid=trail.offset)


async def _anew(gateway: Gateway, who: Principal, positions: Mapping[str, PositionIn], own: Sequence[str]) -> Start:
    streams: dict[str, StreamState] = {}
    missed: list[dict[str, Any]] = []
    for stream in own:
        if is_live(stream):
            streams[stream] = LIVE
        else:
            known = positions.get(stream)
            streams[stream], events = await gateway.resume(who, stream, (known.epoch, known.seq) if known else None)
            missed += events
    return Start(streams, missed)


def _first_place(state: StreamState, known: PositionIn | None) -> Place:
    """Where somebody stands in a stream of his own before he was pushed what he missed."""
    return Place(state.epoch, (known.seq if known and state.recovered else state.seq) or 0)


async def _recovered(gateway: Gateway, who: Principal, trail: Trail) -> Start | None:
    """All that a client missed, stream by stream in order; None unless it can be had whole, now, with this token.

    Live streams are only heard again: nobody knows what was said in them. A client that hears nothing else has to ask.
    """
    states, parts = dict.fromkeys(trail.places, LIVE), []
    # A person's stream is waited for, those of stores are not: read last, they are all as of the same turn of the loop.
    for stream, place in sorted(trail.places.items(), key=lambda one: not one[0].startswith("user/")):
        try:
            if place.epoch is None:
                may_hear(who, stream)
                gateway.kitchen(who, stream.partition("/")[0])
                continue
            read = await _missed(gateway, who, stream, place)
        except (NotFound, Forbidden, BadRequest):
            return None
        if read is None:
            return None
        states[stream] = StreamState(epoch=read["epoch"], seq=read["head"], recovered=True, was_recovering=True)
        parts.append(read["events"])
    missed = list(merge(*parts, key=_moment))
    size = weight(missed) + len(missed) * len(trail.offset)
    if not parts or len(missed) > MAX_READ_EVENTS or size > MAX_READ_BYTES:
        return None
    return Start(states, missed)


async def _missed(gateway: Gateway, who: Principal, stream: str, place: Place) -> dict[str, Any] | None:
    """A read of everything after a place; None when that is too much, or there is no such place."""
    events: list[dict[str, Any]] = []
    seq = place.seq
    for _ in range(_MOST_ROUNDS):
        read = await gateway.replay(who, stream, Wanted(place.epoch, seq, station=place.station))
        if read is None:
            return None
        events += read["events"]
        if not read["more"]:
            return read | {"events": events}
        seq = read["seq"]
    return None


def _moment(event: dict[str, Any]) -> tuple[str, str]:
    """Ids rise within a gateway's life, times from one to the next."""
    return event["at"], event["id"]
