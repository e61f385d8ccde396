"""What the tests of the known defects speak to: one small application, on our transport or on the stock library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import aiohttp

from tests.server.transport import conftest as transport
from tests.server.transport.conftest import Raw


class Queue(Protocol):
    """What waits for one client, as whoever sends it sees it."""

    def put(self, text: str) -> None:
        """Queue one message."""

    async def take(self) -> Any:
        """Wait for messages and take them."""

    def waiting(self) -> int:
        """How many wait."""


class Stage(transport.Stage, ABC):
    """A server with namespaces `/kds` and `/orders`; whoever joins is remembered by `kds` and `orders`.

    Clients are the same for both transports (`raw`, `poll`, `post`); below is what an application asks of its server.
    """

    async def bare(self, sid: str, *, pong: bool = True, **options: Any) -> Raw:
        raw = await super().bare(sid, pong=pong, **options)
        self.stack.callback(cut, raw)  # before the polite close, which many a client here would wait for in vain
        return raw

    @abstractmethod
    async def broadcast(self, event: str, *args: Any) -> None:
        """Say it to everyone in `/kds`."""

    @abstractmethod
    async def send(self, sid: str, event: str, *args: Any) -> None:
        """Say it to one socket of `/kds`."""

    @abstractmethod
    async def goodbye(self, sid: str) -> None:
        """Throw a socket of `/kds` off, for good."""

    @abstractmethod
    async def hang_up(self, sid: str) -> None:
        """End the connection that carries a socket of `/kds`; it is over on return."""

    @abstractmethod
    async def stop(self) -> None:
        """End as on SIGTERM, everybody still connected."""

    @abstractmethod
    def members(self) -> list[str]:
        """The sids that are in `/kds`, as far as the server knows."""

    @abstractmethod
    def connections(self) -> int:
        """How many Engine.IO connections the server believes in."""

    @abstractmethod
    def records(self) -> Any:
        """The object from which everything the server remembers can be reached."""

    @abstractmethod
    async def question(self, sid: str, event: str, within_s: float) -> None:
        """Ask a client and wait for its ack. Raises: TimeoutError; NotImplementedError where servers do not ask."""

    @abstractmethod
    def questions(self) -> int:
        """How many callbacks wait for acks of clients."""

    @abstractmethod
    def queue(self) -> Queue:
        """An outgoing queue of one client, by itself."""

    async def from_address(self, address: str, **headers: str) -> Raw:
        """A joined client that comes from another address of this machine."""
        (raw,) = await self._joined(1, aiohttp.TCPConnector(local_addr=(address, 0)), headers=headers)
        return raw

    async def crowd(self, many: int) -> list[Raw]:
        """So many joined clients; more than aiohttp's client opens at once by itself."""
        return await self._joined(many, aiohttp.TCPConnector(limit=0))

    async def _joined(self, many: int, connector: aiohttp.TCPConnector, **options: Any) -> list[Raw]:
        usual, self.http = self.http, await self.stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        try:
            raws = [await self.raw(**options) for _ in range(many)]
        finally:
            self.http = usual
        for raw in raws:
            await raw.join()
        return raws

    async def upgrading(self, *words: str) -> tuple[str, Raw]:
        """A joined polling connection and a WebSocket that has begun to take over, with these words said."""
        sid = await self.joined_by_polling()
        raw = await self.bare(sid)
        for word in words:
            await raw.send(word)
            assert await raw.packet() == "3probe"
        return sid, raw


def cut(raw: Raw) -> None:
    """Lose a client's line, without a word."""
    wire = line(raw)
    if wire is not None:
        wire.abort()


def deafen(raw: Raw) -> None:
    """Let a client read nothing more, so that the network's buffers fill."""
    wire = line(raw)
    assert wire is not None
    wire.pause_reading()


def line(raw: Raw) -> Any:
    """A client's network transport, None once it is gone."""
    connection = raw.ws._response.connection
    return None if connection is None else connection.transport
