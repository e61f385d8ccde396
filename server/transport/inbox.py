"""What one socket has sent and nobody has answered yet: one at a time, in order, and only so many."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from server.transport.tasks import Tasks

Job = Callable[[], Awaitable[None] | None]
"""Something to do: at once when it returns None, otherwise when what it returns has been awaited."""

log = logging.getLogger(__name__)


class Inbox:
    """A bounded queue of jobs. What can be done at once is; a task exists only while something has to be waited for."""

    __slots__ = ("_clock", "_closed", "_deadline", "_grace_s", "_jobs", "_last", "_limit", "_name", "_tasks", "_worker")

    def __init__(self, name: str, limit: int, tasks: Tasks) -> None:
        self._name = name
        self._limit = limit
        self._tasks = tasks
        self._jobs: deque[Job] = deque()
        self._last: Job | None = None
        self._worker: asyncio.Task[None] | None = None
        self._clock: asyncio.Timeout | None = None
        self._deadline: float | None = None
        self._grace_s = 0.0
        self._closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> bool:
        """Queue a job; False says that the inbox is full. A closed inbox swallows it."""
        if self._closed:
            return True
        if self._worker is not None:
            if len(self._jobs) >= self._limit:
                return False
            self._jobs.append(job)
        elif (rest := self._begin(job)) is not None:
            self._work(rest)
        return True

    async def idle(self) -> None:
        """Wait until there is nothing to do."""
        while self._worker is not None:
            await asyncio.wait({self._worker})

    def close(self, last: Job, grace_s: float) -> None:
        """Take nothing more; finish what is queued within `grace_s`, drop the rest, then do `last` within as much."""
        self._closed = True
        self._last = last
        self._grace_s = grace_s
        self._deadline = _now() + grace_s
        if self._clock is not None:
            self._clock.reschedule(self._deadline)
        self._work()

    def _begin(self, job: Job) -> Awaitable[None] | None:
        """Start a job and return what has to be awaited of it."""
        try:
            return job()
        except Exception:
            log.exception("socket %s: handler failed", self._name)
            return None

    def _work(self, first: Awaitable[None] | None = None) -> None:
        if self._worker is None:
            self._worker = self._tasks.start(self._run(first), f"inbox {self._name}")

    async def _run(self, rest: Awaitable[None] | None) -> None:
        if rest is not None:
            await self._finish(rest)
            self._drop_late()
        while self._jobs:
            await self._do(self._jobs.popleft())
            self._drop_late()
        if self._closed and self._last is not None:
            last, self._last, self._deadline = self._last, None, _now() + self._grace_s
            await self._do(last)
        self._worker = None

    async def _do(self, job: Job) -> None:
        if (rest := self._begin(job)) is not None:
            await self._finish(rest)

    async def _finish(self, rest: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout_at(self._deadline) as self._clock:
                await rest
        except TimeoutError:
            log.warning("socket %s: what it sent last took too long and was given up", self._name)
            self._jobs.clear()  # not left to the clock: uvloop's may say that it is a moment too early
        except Exception:
            log.exception("socket %s: handler failed", self._name)
        finally:
            self._clock = None

    def _drop_late(self) -> None:
        if self._deadline is not None and _now() >= self._deadline:
            self._jobs.clear()


def _now() -> float:
    return asyncio.get_running_loop().time()
