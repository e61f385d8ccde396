"""What every screen's feed is: the SDK in a thread of its own, which is begun, poked and ended from any other."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from heard.client.client import HeardClient
from heard.client.clock import Clock, SystemClock
from heard.client.status import LinkState, LinkStatus
from heard.client.thread import OwnThread


class ThreadedFeed(ABC):
    """Keeps the thread, the client in it and what it told of its link. `name` is the thread's."""

    def __init__(self, name: str, clock: Clock | None) -> None:
        self._clock = clock or SystemClock()
        self._told = LinkStatus(since=self._clock.monotonic())
        self._thread = OwnThread(name, self._run, self._ended)
        self._client: HeardClient | None = None
        self._changed = asyncio.Event()
        """Something is to be published."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to connect, in a thread of its own."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Hang up and end the thread. False if it had not ended after `timeout_s`; the process can end regardless."""
        return self._thread.stop(timeout_s)

    def retry(self) -> None:
        """Try to connect now instead of later."""
        self._thread.call(lambda: self._client.retry() if self._client else None)

    @abstractmethod
    async def _run(self) -> None:
        """Live, in the thread: make the client, hear, publish."""

    @abstractmethod
    def _publish(self) -> None:
        """Tell the screen; in the thread."""

    def _on_status(self, status: LinkStatus) -> None:
        self._told = status
        self._changed.set()

    def _ended(self, why: str) -> None:
        self._told = replace(self._told, state=LinkState.OFFLINE, since=self._clock.monotonic(), reason=why)
        self._publish()

    def _begin(self, asking: Coroutine[Any, Any, None], name: str, cut_off: Callable[[], object]) -> None:
        """Ask something beside everything else; in the thread. `cut_off` is called if it is cancelled with the thread:
        `asking` itself may not have been begun by then, and could tell nobody."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                cut_off()

        task = asyncio.get_running_loop().create_task(asking, name=name)
        self._tasks.add(task)
        task.add_done_callback(done)
