"""Ping, pong and silence: one monotonic timer per connection."""

import asyncio
from collections.abc import Callable
from time import monotonic


class Heartbeat:
    """Pings at its interval and reports a client that does not answer.

    Timers run on the loop's monotonic clock, so a step of the wall clock drops nobody.
    """

    __slots__ = ("_gone", "_interval_s", "_ping", "_pinged_at", "_timeout_s", "_timer", "_told_s", "rtt_ms")

    def __init__(self, interval_ms: int, timeout_ms: int, ping: Callable[[], object], gone: Callable[[], None]) -> None:
        self._told_s = interval_ms / 1000, timeout_ms / 1000
        self._interval_s, self._timeout_s = self._told_s
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
        # Not the loop's time: uvloop looks at the clock once a turn, to the millisecond.
        self.rtt_ms = (monotonic() - self._pinged_at) * 1000
        self._pinged_at = None
        self._arm(self._interval_s, self._beat)

    def retune(self, interval_ms: int, timeout_ms: int) -> None:
        """Use other times from now on, but never longer ones than the client was told at its handshake.

        A client gives up when no ping came within the interval and the timeout it was told, so a longer pause between
        pings would drop it. What is left of the pause under way changes in proportion: clients whose pings were spread
        over the old interval stay spread over the new one. A pong that is being waited for may still take its time.
        """
        before_s = self._interval_s
        self._interval_s = min(interval_ms / 1000, self._told_s[0])
        self._timeout_s = min(timeout_ms / 1000, self._told_s[1])
        if self._timer is not None and self._pinged_at is None:
            left_s = self._timer.when() - asyncio.get_running_loop().time()
            self._arm(max(0.0, left_s) * self._interval_s / before_s, self._beat)

    def stop(self) -> None:
        """End; no ping and no report comes after this."""
        self._pinged_at = None
        self._ping = self._gone = _nothing  # whoever owns it need not wait for the collector
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        self._pinged_at = monotonic()
        self._arm(self._timeout_s, self._gone)
        self._ping()

    def _arm(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, then)


def _nothing() -> None:
    """Stand in for what is not called any more."""
