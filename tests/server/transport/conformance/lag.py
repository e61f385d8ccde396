"""How late this process's event loop is: what a deadline on a loaded machine has to be forgiven."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from tests.patience import PATIENCE_S

T = TypeVar("T")

ALLOWED_S = 0.1
_TICK_S = 0.01


class Lag:
    """Sleeps in short ticks and adds up how late it wakes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lost_s = 0.0
        self._due = self._loop.time() + _TICK_S

    async def measure(self) -> None:
        while True:
            await asyncio.sleep(self._due - self._loop.time())
            self._lost_s += self._behind()
            self._due = self._loop.time() + _TICK_S

    @property
    def lost_s(self) -> float:
        """What the loop has lost so far, the tick that is overdue included."""
        return self._lost_s + self._behind()

    def _behind(self) -> float:
        return max(0.0, self._loop.time() - self._due)

    async def closed_within(self, ending: Awaitable[T], *, after_ms: int = 0, begun: float | None = None) -> T:
        """Await what shows that a session has closed and return it; it closes `after_ms` and within 100 ms of that.

        The clock is monotonic and counts from `begun`, a time of the loop, or from now. Client and server share the
        loop, so when the machine is busy elsewhere both stand still and 100 ms pass in which nobody can do anything:
        the lateness of the loop's own timers in this time is allowed on top, and only that.
        """
        lost_s, begun = self.lost_s, self._loop.time() if begun is None else begun
        async with asyncio.timeout(PATIENCE_S):
            found = await ending
        took_s = self._loop.time() - begun
        assert took_s > after_ms / 1000 - 0.001, f"closed {after_ms / 1000 - took_s:.3f} s too early"
        late_s = took_s - after_ms / 1000
        allowed_s = ALLOWED_S + self.lost_s - lost_s
        assert late_s <= allowed_s, f"closed {late_s:.3f} s late, {allowed_s:.3f} s are allowed"
        return found
