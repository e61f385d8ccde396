"""A bad cable: a TCP link to the gateway that is cut now and then, and comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

CHUNK = 65_536
CUT_FOR_S = (0.3, 3.0)


@dataclass(slots=True)
class Cable:
    """Passes bytes on from a port of its own. `cut` resets what is open and takes nobody until `mend`."""

    host: str
    port: int
    drops: int = 0
    """How often it was cut while somebody was on it."""
    url: str = ""
    _whole: bool = True
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """Nothing goes through any more."""
        self._whole = False
        self.drops += bool(self._open)
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """Whoever comes again is let through."""
        self._whole = True

    async def fail_now_and_then(self, dice: Random, every_s: tuple[float, float]) -> None:
        """Cut and mend until cancelled; it is whole afterwards."""
        try:
            while True:
                await asyncio.sleep(dice.uniform(*every_s))
                self.cut()
                await asyncio.sleep(dice.uniform(*CUT_FOR_S))
                self.mend()
        finally:
            self.mend()

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer), name="cable")
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = {writer}
        try:
            if self._whole:
                theirs, back = await asyncio.open_connection(self.host, self.port)
                mine.add(back)
                self._open |= mine
                await asyncio.gather(_pump(reader, back), _pump(theirs, writer))
        except OSError:
            return
        finally:
            self._open -= mine
            for one in mine:
                one.transport.abort()

    async def _end(self) -> None:
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)


@contextlib.asynccontextmanager
async def cable(url: str) -> AsyncIterator[Cable]:
    """A cable to a gateway, for as long as the block lasts."""
    parts = urlsplit(url)
    line = Cable(parts.hostname or "127.0.0.1", parts.port or 80)
    server = await asyncio.start_server(line._met, "127.0.0.1", 0)  # noqa: SLF001 - made here
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        await line._end()  # noqa: SLF001 - as above


async def _pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        to.write(data)
        await to.drain()
    with contextlib.suppress(OSError):
        to.write_eof()
