"""Broadcasts: one pass over a room, in which each member is written to straight away."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from server.transport.flusher import AT_ONCE
from server.transport.frames import Frame

if TYPE_CHECKING:
    from server.transport.link import Link
    from server.transport.session import Session


MOST_MERGED: Final = 65_536
"""Bytes that go to a member in one write."""


class Round:
    """Frames on their way to a room, and how far they have come."""

    __slots__ = ("_places", "frames", "namespace", "reached", "served", "sids", "size")

    def __init__(self, sids: Sequence[str], namespace: str, frame: Frame, places: Places) -> None:
        self.sids = sids
        self.namespace = namespace
        self.frames = [frame]
        self.size = frame.size
        self.reached = 0
        """How many of the sockets had their turn."""
        self.served: set[str] = set()
        """Sockets that were given the frames before their turn."""
        self._places = places

    def takes(self, sids: Sequence[str], namespace: str, frame: Frame) -> bool:
        """Whether a frame for that room may go along."""
        begun = self.reached or self.served
        return self.sids is sids and not begun and self.namespace == namespace and self.size + frame.size <= MOST_MERGED

    def add(self, frame: Frame) -> None:
        """Take a frame along."""
        self.frames.append(frame)
        self.size += frame.size

    def owes(self, sid: str) -> bool:
        """Whether a socket is to get the frames, and has not got them yet."""
        return self._places.of(self.sids).get(sid, -1) >= self.reached and sid not in self.served


class Places:
    """Where each socket stands in its room, for as many rounds as go to it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Sequence[str], dict[str, int]]] = {}

    def of(self, sids: Sequence[str]) -> dict[str, int]:
        """The place of each socket; reckoned once for one and the same room."""
        known = self._known.get(id(sids))
        if known is None:
            known = self._known[id(sids)] = (sids, {sid: place for place, sid in enumerate(sids)})
        return known[1]

    def forget(self) -> None:
        """Nothing is under way any more."""
        self._known.clear()


class Rounds:
    """Broadcasts that have not reached everybody yet; each begins before the loop turns again.

    Queueing a frame with each member and writing it at the end of the turn would touch all that a member has twice. A
    big room does not fit into a processor's cache, and that is what a broadcast costs beside the writes themselves. So
    the room is only noted, and gone through once: whoever has nothing waiting, and a network with room, is written to
    there and then. Frames for one room within a turn go in one write, up to a bound; what is more waits for the next
    turn, so that networks can take what they have.

    Whatever else is sent to a member meanwhile must not overtake: `catch_up` comes before it.
    """

    def __init__(self, seats: Mapping[str, Session]) -> None:
        self._seats = seats
        self._places = Places()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduled = False
        self.under_way: deque[Round] = deque()

    def add(self, sids: Sequence[str], namespace: str, frame: Frame) -> None:
        """Send a frame to those of the sockets that are joined to the namespace; `sids` must not change any more."""
        if self.under_way and self.under_way[-1].takes(sids, namespace, frame):
            self.under_way[-1].add(frame)
        else:
            self.under_way.append(Round(sids, namespace, frame, self._places))
        if not self._scheduled:
            self._scheduled = True
            self._loop = self._loop or asyncio.get_running_loop()
            self._loop.call_soon(self._go_on, self._loop)

    def catch_up(self, link: Link) -> None:
        """Queue what a connection is owed by the rounds under way, so that something else may follow."""
        for one, sid in self._owed(link):
            one.served.add(sid)
            for frame in one.frames:
                link.queue(frame)

    def forget(self, link: Link) -> None:
        """Give a connection nothing more of the rounds under way."""
        for one, sid in self._owed(link):
            one.served.add(sid)

    def _owed(self, link: Link) -> list[tuple[Round, str]]:
        sids = [session.sid for session in link.sessions.values() if session.joined]
        return [(one, sid) for one in self.under_way for sid in sids if one.owes(sid)]

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        left, before = AT_ONCE, None
        try:
            while left > 0 and self.under_way and self.under_way[0].sids is not before:
                one = self.under_way[0]
                before = one.sids
                left -= self._write(one, left)
        finally:  # one that fails must not keep the others from hearing
            self._scheduled = bool(self.under_way)
            if self._scheduled:
                loop.call_soon(self._go_on, loop)
            else:
                self._places.forget()

    def _write(self, one: Round, most: int) -> int:
        """Take a round on by that many members; return how many it was."""
        frames, sids, namespace, seats = one.frames, one.sids, one.namespace, self._seats
        data = frames[0].wire if len(frames) == 1 else b"".join([frame.wire for frame in frames])
        packets, size = sum([len(frame.packets) for frame in frames]), one.size
        began, end = one.reached, min(len(sids), one.reached + most)
        while one.reached < end:
            sid = sids[one.reached]
            one.reached += 1
            seat = seats.get(sid)
            if seat is None or seat.namespace != namespace or (one.served and sid in one.served):
                continue
            link = seat.link
            if link.ready and link.pipe is not None:
                link.pipe.write(data, packets, size)
            else:
                for frame in frames:
                    link.queue(frame)
        if one.reached >= len(sids):
            self.under_way.popleft()
        return one.reached - began
