"""What waits for one client: frames in order, counted in bytes, never more than it may hold."""

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic


class Outbox:
    """A byte-bounded queue of encoded frames with one reader."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._frames: deque[bytes] = deque()
        self._times: deque[float] = deque()
        self._news = asyncio.Event()
        self._closed = False
        self.size = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def oldest(self) -> float | None:
        """Since when the oldest frame waits, by the monotonic clock; None when nothing does."""
        return self._times[0] if self._times else None

    def put(self, frame: bytes) -> bool:
        """Queue a frame; False says that the client is too far behind. A closed outbox swallows it."""
        if self._closed:
            return True
        if self.size + len(frame) > self._max_bytes:
            return False
        self._frames.append(frame)
        self._times.append(monotonic())
        self.size += len(frame)
        self._news.set()
        return True

    async def take(self, most: int, within_s: float | None = None) -> list[bytes]:
        """Wait for frames and take up to `most`. Nothing means: closed and empty, or none came `within_s`."""
        if not self._frames:
            await self._wait(within_s)
        taken = [self._next() for _ in range(min(most, len(self._frames)))]
        self.size -= sum(map(len, taken))
        return taken

    def _next(self) -> bytes:
        self._times.popleft()
        return self._frames.popleft()

    def clear(self) -> None:
        """Forget what waits."""
        self._frames.clear()
        self._times.clear()
        self.size = 0

    def close(self) -> None:
        """Take nothing more; what waits may still be taken."""
        self._closed = True
        self._news.set()

    async def _wait(self, within_s: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._something()

    async def _something(self) -> None:
        # While a client upgrades, a poll and the WebSocket writer may both wait: being woken is no promise.
        while not self._frames and not self._closed:
            self._news.clear()
            await self._news.wait()
