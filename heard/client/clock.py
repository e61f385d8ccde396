"""The time a client lives by: real, or turned by hand in tests."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the SDK asks of time. `monotonic` in s for ages and waits, `now` in UTC for what is written down."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long by this clock."""
        ...


class SystemClock:
    """The machine's."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


_Sleeper = tuple[float, asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class ManualClock:
    """Stands still until `advance`, from any thread; sleepers of any loop wake when their time has come."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)) -> None:
        self._began = now
        self._passed = 0.0
        self._sleepers: list[_Sleeper] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._passed

    def now(self) -> datetime:
        """The time of day it was set to, and what passed since."""
        return self._began + timedelta(seconds=self._passed)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced that far."""
        loop = asyncio.get_running_loop()
        awake: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._sleepers.append((self._passed + seconds, loop, awake))
        if seconds <= 0:
            self.advance(0)
        await awake

    @property
    def sleeping(self) -> int:
        """How many wait for this clock: what a test polls before it advances."""
        with self._lock:
            self._sleepers = [one for one in self._sleepers if not one[2].done()]
            return len(self._sleepers)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._passed += seconds
            due = [one for one in self._sleepers if one[0] <= self._passed]
            self._sleepers = [one for one in self._sleepers if one[0] > self._passed]
        for _, loop, awake in due:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, awake)


def _wake(awake: asyncio.Future[None]) -> None:
    if not awake.done():
        awake.set_result(None)
