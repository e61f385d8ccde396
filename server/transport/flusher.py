"""When links write: once a turn of the loop, a few hundred at a time, and again when a slow network has room."""

import asyncio
from collections import deque
from typing import Final, Protocol

AT_ONCE: Final = 500
"""Links that write in one turn of the loop: a room of thousands must not keep everybody else waiting."""
LOOK_AGAIN_S: Final = 0.02


class Writes(Protocol):
    """The way from a queue to the network."""

    def flush(self) -> None:
        """Write what is queued, as far as there is room; it asks for another turn by itself."""
        ...

    def write(self, data: bytes, packets: int, size: int) -> None:
        """Write so many packets of so many bytes that nothing queued has to go before."""
        ...

    @property
    def unsent(self) -> int:
        """Bytes that were written and the network has not taken yet."""
        ...


class Flusher:
    """One for a whole server, instead of a task or a timer for each client.

    What is queued for a link within a turn of the loop leaves in one write at the end of it, in the order in which it
    was queued: an acknowledgement never overtakes the events before it.
    """

    def __init__(self) -> None:
        # Asking for the running loop asks the kernel for the process id each time (Python 3.11), so it is asked once.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: deque[Writes] = deque()
        self._waiting: set[Writes] = set()
        self._round: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, one: Writes) -> None:
        """Let it write before the loop turns again."""
        self._due.append(one)
        if self._round is None:
            self._loop = self._loop or asyncio.get_running_loop()
            self._round = self._loop.call_soon(self._write, self._loop)

    def wait(self, one: Writes) -> None:
        """Let it write again when its network may have room."""
        self._waiting.add(one)
        if self._timer is None:
            self._loop = self._loop or asyncio.get_running_loop()
            self._timer = self._loop.call_later(LOOK_AGAIN_S, self._look_again)

    def forget(self, one: Writes) -> None:
        """Do not ask it again."""
        self._waiting.discard(one)

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        due = self._due
        try:
            for _ in range(min(AT_ONCE, len(due))):
                due.popleft().flush()
        finally:  # one that fails must not keep the others from writing
            self._round = loop.call_soon(self._write, loop) if due else None

    def _look_again(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            self.add(one)
