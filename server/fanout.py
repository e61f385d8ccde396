"""Who hears what: subscriptions of sockets to streams, and the sending of durable events to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from server.kitchens import Told

StreamKey = tuple[str, str]
"""(tenant, stream)."""
EarKey = tuple[str, str, str | None]
"""(tenant, stream, station): the stream as a whole, or one station's view of it."""


class Trail(Protocol):
    """Where a socket with connection state recovery stands in all it hears."""

    @property
    def offset(self) -> str:
        """That, in the words that follow each event."""
        ...

    def reached(self, stream: str, seq: int) -> bool:
        """Note that it is told of a stream up to there; False if it was before."""
        ...


Room = tuple[str, str | None, Trail | None]
"""(namespace, station, trail): those who are sent the same bytes; whoever has a trail is alone with it."""


class Sender(Protocol):
    """What the fan-out asks of the transport."""

    def broadcast(self, sids: Iterable[str], namespace: str, event: str, *args: Any) -> int:
        """Send one event to many sockets of a namespace; how many got it."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """One socket's ear on one stream; a `station` narrows it to that station's view, a `trail` is kept for it."""

    sid: str
    namespace: str
    station: str | None = None
    trail: Trail | None = None


class Members:
    """Who is in a room. Between two changes `sids` is one and the same tuple, by which the transport knows the room."""

    __slots__ = ("_known", "_sids")

    def __init__(self) -> None:
        self._sids: dict[str, None] = {}
        self._known: tuple[str, ...] | None = None

    @property
    def sids(self) -> tuple[str, ...]:
        """All of them, in the order in which they came."""
        if self._known is None:
            self._known = tuple(self._sids)
        return self._known

    def __len__(self) -> int:
        return len(self._sids)

    def add(self, sid: str) -> None:
        """One more."""
        self._sids[sid] = None
        self._known = None

    def remove(self, sid: str) -> None:
        """One less. Raises: KeyError."""
        del self._sids[sid]
        self._known = None


class Fanout:
    """Subscriptions by stream. Everything is synchronous and on one loop: a socket hears a stream in seq order."""

    def __init__(self) -> None:
        self.sender: Sender | None = None
        self.on_sent: Callable[[str, str, str, int], None] = lambda _tenant, _store, _name, _count: None
        """Told tenant, store, event and to how many sockets it went."""
        self._rooms: dict[StreamKey, dict[Room, Members]] = {}
        """Who hears a stream in each of its rooms; a room nobody is in is not kept."""
        self._by_sid: dict[str, dict[StreamKey, Room]] = {}
        self._waiters: dict[StreamKey, set[asyncio.Future[None]]] = {}
        self._spoken: set[EarKey] = set()

    def subscribe(self, tenant: str, stream: str, ear: Subscription) -> None:
        """Hear a stream from now on; a second subscription of the same socket replaces the first."""
        key, room = (tenant, stream), (ear.namespace, ear.station, ear.trail)
        self.unsubscribe(tenant, stream, ear.sid)
        self._rooms.setdefault(key, {}).setdefault(room, Members()).add(ear.sid)
        self._by_sid.setdefault(ear.sid, {})[key] = room

    def unsubscribe(self, tenant: str, stream: str, sid: str) -> bool:
        """Stop hearing; whether it was heard."""
        key = (tenant, stream)
        room = self._by_sid.get(sid, {}).pop(key, None)
        if room is None:
            return False
        self._leave(key, room, sid)
        return True

    def heard(self, tenant: str, stream: str) -> bool:
        """Whether anybody hears a stream."""
        return (tenant, stream) in self._rooms

    def heard_by(self, sid: str) -> list[str]:
        """The streams a socket hears."""
        return [stream for _, stream in self._by_sid.get(sid, ())]

    def forget(self, sid: str) -> None:
        """A socket is gone."""
        for key, room in self._by_sid.pop(sid, {}).items():
            self._leave(key, room, sid)

    def _leave(self, key: StreamKey, room: Room, sid: str) -> None:
        rooms = self._rooms[key]
        rooms[room].remove(sid)
        if not rooms[room]:
            del rooms[room]
        if not rooms:
            del self._rooms[key]

    def count(self) -> int:
        """How many subscriptions there are."""
        return sum(map(len, self._by_sid.values()))

    # ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def publish(self, tenant: str, stream: str, events: list[Told]) -> None:
        """Tell durable events to who hears the stream, in order."""
        key = (tenant, stream)
        rooms = self._rooms_of(key)
        for told in events:
            for room, sids in rooms:
                _, station, trail = room
                fresh = trail is None or trail.reached(stream, told.seq)
                if fresh and (station is None or station in told.prevs):
                    self._spoken.add((tenant, stream, station))
                    self._tell(key, room, sids, told.envelope["name"], in_view(told, station))
        for waiter in self._waiters.pop(key, ()):
            if not waiter.done():
                waiter.set_result(None)

    def announce(self, tenant: str, stream: str, name: str, payload: dict[str, Any]) -> None:
        """Tell something that is in no journal: a live stream's event, where the latest wins."""
        key = (tenant, stream)
        for room, sids in self._rooms_of(key):
            self._tell(key, room, sids, name, payload)

    def heads(self, describe: Callable[[str, str, str | None], dict[str, Any] | None]) -> None:
        """Say where streams and views stand that were silent since the last call, as `describe` (EarKey) says it."""
        for key in list(self._rooms):
            for room, sids in self._rooms_of(key):
                _, station, _ = room
                head = None if (*key, station) in self._spoken else describe(*key, station)
                if head is not None:
                    self._tell(key, room, sids, "stream:head", head)
        self._spoken.clear()

    def _rooms_of(self, key: StreamKey) -> list[tuple[Room, tuple[str, ...]]]:
        return [(room, members.sids) for room, members in self._rooms.get(key, {}).items()]

    def _tell(self, key: StreamKey, room: Room, sids: tuple[str, ...], name: str, payload: dict[str, Any]) -> None:
        if self.sender is not None:
            tenant, stream = key
            namespace, _, trail = room
            offset = () if trail is None else (trail.offset,)
            count = self.sender.broadcast(sids, namespace, name, payload, *offset)
            self.on_sent(tenant, payload.get("store") or stream.partition("/")[0], name, count)

    # ── Long polls ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def next_event(self, tenant: str, stream: str, within_s: float) -> bool:
        """Wait for the next event of a stream; False when none came in time."""
        waiter = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault((tenant, stream), set())
        waiters.add(waiter)
        try:
            async with asyncio.timeout(within_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            waiters.discard(waiter)
            if not waiters and self._waiters.get((tenant, stream)) is waiters:
                del self._waiters[tenant, stream]
        return True

    def let_go(self) -> None:
        """Wake everybody who waits for a next event."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)


def in_view(told: Told, station: str | None) -> dict[str, Any]:
    """An event as a subscriber hears it: in a station's view with the seq of that view's event before."""
    return told.envelope if station is None else told.envelope | {"prev": told.prevs[station]}
