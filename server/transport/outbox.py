"""What waits for one client: frames in order, counted in bytes, never more than it may hold."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

from server.transport.frames import Frame


class Outbox:
    """A byte-bounded queue of frames. A frame is shared by all who wait for it: a full queue holds references."""

    __slots__ = ("_closed", "_frames", "_max_bytes", "_waiter", "in_flight", "since", "size")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._frames: list[Frame] = []
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self.size = 0
        """Bytes that wait here."""
        self.in_flight = 0
        """Bytes that left for a network which has not taken them yet; they count against the bound."""
        self.since: float | None = None
        """Since when the oldest frame waits, by the monotonic clock, to a batch; None when nothing does."""

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: Frame) -> bool:
        """Queue a frame; False says that the client is too far behind. A closed outbox swallows it."""
        if self._closed:
            return True
        size = self.size + frame.size
        if size + self.in_flight > self._max_bytes:
            return False
        if self.since is None:
            self.since = monotonic()
        self._frames.append(frame)
        self.size = size
        if self._waiter is not None:
            self._wake()
        return True

    def some(self, most_bytes: int) -> list[Frame]:
        """Take frames of about that many bytes, one at the least if there is one."""
        if self.size <= most_bytes:
            taken, self._frames = self._frames, []
            self.size, self.since = 0, None
            return taken
        number = sum(1 for _ in self._within(most_bytes))
        taken, self._frames = self._frames[:number], self._frames[number:]
        self._took(sum(frame.size for frame in taken))
        return taken

    async def take(self, most: int, within_s: float | None = None) -> list[bytes]:
        """Wait for frames and take up to `most` packets. Nothing means: closed and empty, or none came `within_s`."""
        if not self._frames and not self._closed:
            await self._wait(within_s)
        packets: list[bytes] = []
        whole = 0
        for frame in self._frames:
            room = most - len(packets)
            if not room:
                break
            packets += frame.packets[:room]
            if len(frame.packets) > room:
                self._frames[whole] = Frame(*frame.packets[room:])
                break
            whole += 1
        del self._frames[:whole]
        self._took(sum(map(len, packets)))
        return packets

    def clear(self) -> None:
        """Forget what waits."""
        self._frames.clear()
        self.size, self.since = 0, None

    def lift_bound(self) -> None:
        """Take whatever comes from now on: it is what is said last."""
        self._max_bytes = sys.maxsize

    def close(self) -> None:
        """Take nothing more; what waits may still be taken."""
        self._closed = True
        self._wake()

    def _within(self, most_bytes: int) -> Iterator[Frame]:
        so_far = 0
        for frame in self._frames:
            yield frame
            so_far += frame.size
            if so_far >= most_bytes:
                return

    def _took(self, size: int) -> None:
        self.size -= size
        self.since = monotonic() if self._frames else None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, within_s: float | None) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._waiter
        finally:
            self._waiter = None
