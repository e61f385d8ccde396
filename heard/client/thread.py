"""A loop in a thread of its own: a stalled terminal keeps the link, a dead gateway keeps the keys."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

START_S = 5.0

log = logging.getLogger("heard.client")


class OwnThread:
    """Runs `live` once, in a loop and a thread of their own, until `stop` or until it fails.

    `ended` is told why it is over, in a sentence, from that thread.
    """

    def __init__(self, name: str, live: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[str], None]) -> None:
        self._live, self._ended = live, ended
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; returns once calls are taken."""
        if self._thread.ident is not None:
            raise RuntimeError("a feed is started once")
        self._thread.start()
        self._up.wait(START_S)

    def stop(self, timeout_s: float) -> bool:
        """Cancel and wait. False if it had not ended after `timeout_s`; the process can end regardless."""
        if self._thread.ident is None:
            return True
        self.call(lambda: self._main.cancel() if self._main else None)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("the link's thread did not end within %g s", timeout_s)
        return not self._thread.is_alive()

    def call(self, do: Callable[[], object]) -> bool:
        """Have this done in the loop, soon, from any thread; False if there is no loop to do it."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return False
        try:
            loop.call_soon_threadsafe(do)
        except RuntimeError:  # closed in between
            return False
        return True

    def _run(self) -> None:
        try:
            asyncio.run(self._begin())
        except asyncio.CancelledError:
            self._ended("stopped")
        except Exception as error:
            log.exception("the link's thread failed")
            self._ended(f"the link failed inside: {type(error).__name__}: {error}")
        finally:
            self._up.set()

    async def _begin(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        self._up.set()
        await self._live()
