"""How single connections fared since the console began to watch them: those in trouble, and those a person looks at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from heard.contract.ops import ConnectionRow

MAX_WATCHED = 300
KEPT = 300
"""Looks remembered of each."""


@dataclass(slots=True)
class Watched:
    """One connection's figures, a look each, the oldest first; None: it does not report."""

    rtt_ms: deque[float | None] = field(default_factory=lambda: deque(maxlen=KEPT))
    queue_bytes: deque[float | None] = field(default_factory=lambda: deque(maxlen=KEPT))
    lag: deque[float | None] = field(default_factory=lambda: deque(maxlen=KEPT))


class Watching:
    """A few hundred at most: those longest watched are forgotten first."""

    def __init__(self) -> None:
        self._known: dict[str, Watched] = {}

    def look(self, connections: Mapping[str, ConnectionRow], also: Iterable[str]) -> None:
        """A sample is there. `also`: connections to watch from now on."""
        for name in also:
            if name in connections and name not in self._known:
                self._known[name] = Watched()
        for name in [name for name in self._known if name not in connections]:
            del self._known[name]
        while len(self._known) > MAX_WATCHED:
            del self._known[next(iter(self._known))]
        for name, watched in self._known.items():
            row = connections[name]
            watched.rtt_ms.append(row.rtt_ms)
            watched.queue_bytes.append(row.queue_bytes)
            watched.lag.append(row.lag)

    def of(self, connection: str) -> Watched | None:
        """What is known of one."""
        return self._known.get(connection)

    def still(self) -> Watching:
        """What is known now, for a picture that is held: nothing is added to it."""
        held = Watching()
        held._known = {
            name: Watched(one.rtt_ms.copy(), one.queue_bytes.copy(), one.lag.copy())
            for name, one in self._known.items()
        }
        return held
