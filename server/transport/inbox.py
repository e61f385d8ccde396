"""What one socket has sent and nobody has answered yet: one at a time, in order, and only so many."""

import asyncio
import logging
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
        self._jobs: list[Job] = []  # a deque takes ten times as much while it is empty, as it mostly is
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
        """Take nothing more; finish what is queued within `grace_s`, drop the rest, then do `last` within as much.

        Where nothing is queued, `last` comes first thing in the next turn of the loop: whoever closes may be in the
        midst of something, like telling a whole room.
        """
        self._closed = True
        self._last = last
        self._grace_s = grace_s
        self._deadline = self._now() + grace_s
        if self._clock is not None:
            self._clock.reschedule(self._deadline)
        if self._worker is None:
            self._tasks.loop.call_soon(self._do_last)

    def _begin(self, job: Job) -> Awaitable[None] | None:
        """Start a job and return what has to be awaited of it."""
        try:
            return job()
        except Exception:
            log.exception("socket %s: handler failed", self._name)
            return None

    def _work(self, rest: Awaitable[None]) -> None:
        self._worker = self._tasks.start(self._run(rest), f"inbox {self._name}")

    def _do_last(self) -> None:
        # What was begun as it was closed may have to be waited for: then `last` follows that.
        if self._worker is None and (rest := self._begin_last()) is not None:
            self._work(rest)

    async def _run(self, rest: Awaitable[None] | None) -> None:
        await self._finish(rest)
        while self._jobs:
            await self._finish(self._begin(self._jobs.pop(0)))
        await self._finish(self._begin_last())
        self._worker = None

    def _begin_last(self) -> Awaitable[None] | None:
        last, self._last = self._last, None
        if last is None:
            return None
        self._deadline = self._now() + self._grace_s
        return self._begin(last)

    async def _finish(self, rest: Awaitable[None] | None) -> None:
        if rest is not None:
            await self._wait_for(rest)
        if self._deadline is not None and self._now() >= self._deadline:
            self._jobs.clear()

    async def _wait_for(self, rest: Awaitable[None]) -> None:
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

    def _now(self) -> float:
        return self._tasks.loop.time()
