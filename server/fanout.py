"""Who hears what: subscriptions of sockets to streams, and the sending of durable events to them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from server.kitchens import Told

StreamKey = tuple[str, str]
"""(tenant, stream)."""
EarKey = tuple[str, str, str | None]
"""(tenant, stream, station): the stream as a whole, or one station's view of it."""


class Sender(Protocol):
    """What the fan-out asks of the transport."""

    def broadcast(self, sids: Iterable[str], namespace: str, event: str, *args: Any) -> int:
        """Send one event to many sockets of a namespace; how many got it."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """One socket's ear on one stream; a `station` narrows it to that station's view."""

    sid: str
    namespace: str
    station: str | None = None


class Fanout:
    """Subscriptions by stream. Everything is synchronous and on one loop: a socket hears a stream in seq order."""

    def __init__(self) -> None:
        self.sender: Sender | None = None
        self.on_sent: Callable[[str, str, str, int], None] = lambda _tenant, _store, _name, _count: None
        """Told tenant, store, event and to how many sockets it went."""
        self._ears: dict[StreamKey, dict[str, Subscription]] = {}
        self._by_sid: dict[str, set[StreamKey]] = {}
        self._waiters: dict[StreamKey, set[asyncio.Future[None]]] = {}
        self._spoken: set[EarKey] = set()

    def subscribe(self, tenant: str, stream: str, ear: Subscription) -> None:
        """Hear a stream from now on; a second subscription of the same socket replaces the first."""
        self._ears.setdefault((tenant, stream), {})[ear.sid] = ear
        self._by_sid.setdefault(ear.sid, set()).add((tenant, stream))

    def unsubscribe(self, tenant: str, stream: str, sid: str) -> bool:
        """Stop hearing; whether it was heard."""
        heard = self._by_sid.get(sid, set())
        if (tenant, stream) not in heard:
            return False
        heard.remove((tenant, stream))
        self._close_ear((tenant, stream), sid)
        return True

    def heard(self, tenant: str, stream: str) -> bool:
        """Whether anybody hears a stream."""
        return (tenant, stream) in self._ears

    def heard_by(self, sid: str) -> list[str]:
        """The streams a socket hears."""
        return [stream for _, stream in self._by_sid.get(sid, ())]

    def forget(self, sid: str) -> None:
        """A socket is gone."""
        for key in self._by_sid.pop(sid, ()):
            self._close_ear(key, sid)

    def _close_ear(self, key: StreamKey, sid: str) -> None:
        self._ears[key].pop(sid)
        if not self._ears[key]:
            del self._ears[key]

    def count(self) -> int:
        """How many subscriptions there are."""
        return sum(len(ears) for ears in self._ears.values())

    # ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def publish(self, tenant: str, stream: str, events: list[Told]) -> None:
        """Tell durable events to who hears the stream, in order."""
        key = (tenant, stream)
        groups = self._groups(key)
        for told in events:
            for (namespace, station), sids in groups.items():
                if station is None or station in told.prevs:
                    self._spoken.add((tenant, stream, station))
                    self._broadcast(key, sids, namespace, told.envelope["name"], in_view(told, station))
        for waiter in self._waiters.pop(key, ()):
            if not waiter.done():
                waiter.set_result(None)

    def announce(self, tenant: str, stream: str, name: str, payload: dict[str, Any]) -> None:
        """Tell something that is in no journal: a live stream's event, where the latest wins."""
        key = (tenant, stream)
        for (namespace, _), sids in self._groups(key).items():
            self._broadcast(key, sids, namespace, name, payload)

    def heads(self, describe: Callable[[str, str, str | None], dict[str, Any] | None]) -> None:
        """Say where streams and views stand that were silent since the last call, as `describe` (EarKey) says it."""
        for key in list(self._ears):
            for (namespace, station), sids in self._groups(key).items():
                head = None if (*key, station) in self._spoken else describe(*key, station)
                if head is not None:
                    self._broadcast(key, sids, namespace, "stream:head", head)
        self._spoken.clear()

    def _groups(self, key: StreamKey) -> dict[tuple[str, str | None], list[str]]:
        groups: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
        for ear in self._ears.get(key, {}).values():
            groups[ear.namespace, ear.station].append(ear.sid)
        return groups

    def _broadcast(self, key: StreamKey, sids: list[str], namespace: str, name: str, payload: dict[str, Any]) -> None:
        if self.sender is not None and sids:
            tenant, stream = key
            count = self.sender.broadcast(sids, namespace, name, payload)
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


def in_view(told: Told, station: str | None) -> dict[str, Any]:
    """An event as a subscriber hears it: in a station's view with the seq of that view's event before."""
    return told.envelope if station is None else told.envelope | {"prev": told.prevs[station]}
