"""Ends what the heartbeat keeps alive and is of no use to anybody: one sweep for a whole server, no timer a connection.

Most stale states have an owner with a deadline, and it is not here:

    silent, neither polling nor posting      Heartbeat
    open without a namespace, or left alone  Wire, `join_deadline_ms`
    an upgrade half done                     websocket.upgrade, `upgrade_deadline_ms`
    a body half sent                         polling.post, `body_deadline_ms`
    a reader that stopped                    the write deadline and the outbox's limit
    a closing handshake without an answer    Link.close, `close_timeout_ms`
    a socket that left and is still busy     Inbox.close, `leave_grace_ms`
    HTTP without a request, answers unread   front.Watchdog

What is left are sockets that asked to join beside others and are neither let in nor refused: the one who decides hangs,
on a dead disk say, while the client answers its pings and waits. (Of a connection's first one, Wire is tired sooner.)
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from server.transport.endings import Ending
from server.transport.link import Link
from server.transport.session import Session

UNGREETED: Final = "ungreeted"
"""Reaped because a socket of it was neither let in nor refused."""

_SWEEPS: Final = 4
"""Looks within a deadline, which is so much longer by one part at most."""


class Reaper:
    """Sweeps over `links` and hands what is stale to `end`, which says goodbye. `reaped` counts them by reason."""

    def __init__(
        self, links: Callable[[], Iterable[Link]], end: Callable[[Link, Ending, str], None], deadline_ms: int, *,
        clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self.reaped: Counter[str] = Counter({UNGREETED: 0})
        self._links = links
        self._end = end
        self._deadline_s = deadline_ms / 1000
        self._clock = clock
        self._waiting: dict[Session, float] = {}
        """Sockets that were not greeted at the last sweep, and since when at the latest."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sweep from now on, on the running loop. Starting twice is fine."""
        if self._timer is None:
            self._arm()

    def stop(self) -> None:
        """Sweep no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def sweep(self) -> None:
        """Look once at every connection."""
        now, before = self._clock(), self._waiting
        self._waiting = {}
        for link in self._links():
            if link.closing:
                continue
            for session in link.sessions.values():
                if not session.greeted:
                    self._waiting[session] = before.get(session, now)
        late = {session.link for session, since in self._waiting.items() if now - since >= self._deadline_s}
        for link in late:
            self.reaped[UNGREETED] += 1
            self._end(link, Ending.FAILED, "nobody lets it in")

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._deadline_s / _SWEEPS, self._look)

    def _look(self) -> None:
        self._arm()
        self.sweep()
