"""Ping, pong and silence: one monotonic timer per connection."""

import asyncio
from collections.abc import Callable


class Heartbeat:
    """Pings at its interval and reports a client that does not answer.

    Timers run on the loop's monotonic clock, so a step of the wall clock drops nobody.
    """

    def __init__(self, interval_ms: int, timeout_ms: int, ping: Callable[[], object], gone: Callable[[], None]) -> None:
        self._interval_s = interval_ms / 1000
        self._timeout_s = timeout_ms / 1000
        self._ping = ping
        self._gone = gone
        self._timer: asyncio.TimerHandle | None = None
        self._pinged_at: float | None = None
        self.rtt_ms: float | None = None
        """The last ping's round trip, None before the first pong."""

    def start(self) -> None:
        """Begin with a full interval of quiet."""
        self._arm(self._interval_s, self._beat)

    def heard(self) -> None:
        """Note a pong; one that nobody asked for changes nothing."""
        if self._pinged_at is None:
            return
        self.rtt_ms = (asyncio.get_running_loop().time() - self._pinged_at) * 1000
        self._pinged_at = None
        self._arm(self._interval_s, self._beat)

    def stop(self) -> None:
        """End; no ping and no report comes after this."""
        self._pinged_at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        self._pinged_at = asyncio.get_running_loop().time()
        self._arm(self._timeout_s, self._gone)
        self._ping()

    def _arm(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, then)
