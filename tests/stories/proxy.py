"""A TCP link that can be cut: what stands between a station and its gateway in the stories."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Self
from urllib.parse import urlsplit

from tests.patience import PATIENCE_S

CHUNK = 65_536


class Proxy:
    """Passes bytes on to a gateway, from a port of its own that stays the same. Used from any thread, as a context.

    `cut` resets what is open and refuses what comes; `blackhole` lets everything stand and passes nothing on, as a
    dead switch does; `resume` ends both: what was under way in the hole arrives late.
    """

    def __init__(self, target: str) -> None:
        self._host, self._port = _address(target)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._server: asyncio.Server | None = None
        self._passing = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._conversations: set[asyncio.Task[None]] = set()
        self._own_port = 0
        self.met = 0
        """How many connections were taken so far."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._own_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.resume()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    # ── What may happen to a link ─────────────────────────────────────────────────────────────────────────────────────

    def lead_to(self, target: str) -> None:
        """Pass new connections on to another place: the gateway came back on another port."""
        self._host, self._port = _address(target)

    def reset(self) -> None:
        """Every open connection ends, now; new ones are welcome."""
        self._do(self._reset())

    def cut(self) -> None:
        """Every open connection ends, and nobody listens any more."""
        self._do(self._cut())

    def blackhole(self) -> None:
        """Nothing is passed on and nothing is closed; new connections are taken and not answered."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def resume(self) -> None:
        """As it should be."""
        self._do(self._resume())

    # ── In the loop ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _resume(self) -> None:
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._met, "127.0.0.1", self._own_port, reuse_address=True)
            self._own_port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _end(self) -> None:
        await self._cut()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        task = self._loop.create_task(self._carry(reader, writer), name=f"conversation {self.met}")
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = {writer}
        self._open.add(writer)
        try:
            await self._passing.wait()
            theirs, back = await asyncio.open_connection(self._host, self._port)
            mine.add(back)
            self._open.add(back)
            await asyncio.gather(self._pump(reader, back), self._pump(theirs, writer))
        except OSError:
            return
        finally:
            for one in mine:
                one.transport.abort()
            self._open -= mine

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            await self._passing.wait()
            to.write(data)
            await to.drain()
        with contextlib.suppress(OSError):
            to.write_eof()


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname, url
    assert parts.port, url
    return parts.hostname, parts.port
