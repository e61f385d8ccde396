"""The one owner of the transport's background tasks: named, kept alive, ended together."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Tasks that live until they are done or until `end`, all on one loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop they run on."""
        # Asking for the running loop asks the kernel for the process id each time (Python 3.11), so it is asked once.
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work`, which must catch its own errors, under a name for the logs."""
        task = self.loop.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def end(self, within_s: float) -> None:
        """Wait for what still runs, or begins in this turn of the loop, then cancel the rest."""
        await asyncio.sleep(0)
        if self._running:
            await asyncio.wait(set(self._running), timeout=within_s)
        leftover = set(self._running)
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)
