"""How the gateway's process fares: its share of a core, and how late its loop is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Self

TICK_S = 0.025
"""A stall shorter than this may fall between two ticks."""
REMEMBERED = 60


class Stalls:
    """Notices when the event loop is late; `take` tells the worst since the last call."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._recent: deque[float] = deque(maxlen=REMEMBERED)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> Self:
        """Tick from now on, on the running loop."""
        loop = asyncio.get_running_loop()
        self._arm(loop, loop.time() + TICK_S)
        return self

    def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()

    def take(self) -> float:
        """The longest the loop was late since the last call, in s."""
        worst, self._worst = self._worst, 0.0
        self._recent.append(worst)
        return worst

    def recent(self) -> float:
        """The longest of the last calls to `take`: about a minute, when it is called each second."""
        return max(self._recent, default=0.0)

    def _arm(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        self._timer = loop.call_at(when, self._tick, loop, when)

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._worst = max(self._worst, now - due)
        self._arm(loop, now + TICK_S)


class Process:
    """This process. `uptime_s` counts from when it was made."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._looked, self._spent = self.began, time.process_time()
        self._began_spent = self._spent

    @property
    def uptime_s(self) -> float:
        """Seconds since the gateway started."""
        return time.monotonic() - self.began

    def look(self) -> float:
        """The share of a core used since the last call."""
        now, spent = time.monotonic(), time.process_time()
        share = _share(spent - self._spent, now - self._looked)
        self._looked, self._spent = now, spent
        return share

    def overall(self) -> float:
        """The share of a core used since the start."""
        return _share(time.process_time() - self._began_spent, self.uptime_s)


def _share(spent_s: float, passed_s: float) -> float:
    return round(spent_s / passed_s, 4) if passed_s > 0 else 0.0
