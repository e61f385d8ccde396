"""The other end: one question over one connection, by our SDK's link and by the stock client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

import pytest
import socketio

from heard.client import LinkDown
from heard.client.backoff import Backoff
from heard.client.links.socket import SocketLink

Down = (LinkDown, socketio.exceptions.SocketIOError)
"""What a question raises when there is no line any more."""


class Client(Protocol):
    """A client of `/kds` over WebSocket; after the first connection it comes back as it would for an app."""

    async def connect(self) -> None:
        """Connect, the first time or again."""

    async def back(self) -> None:
        """Wait until it has come back after its line was lost."""

    async def ask(self, event: str, data: Any, within_s: float) -> Any:
        """Ask and wait for the ack. Raises: one of `Down`."""

    def cut(self) -> None:
        """Lose the line."""

    async def close(self) -> None:
        """Leave."""

    def questions(self) -> int:
        """How many callbacks are kept for acks to come."""

    def on_lost(self, then: Callable[[], Awaitable[None]]) -> None:
        """Do this when it is told that its line is lost."""


class OurClient:
    """A link for each connection, as `HeardClient` uses them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._links: list[SocketLink] = []
        self._then: Callable[[], Awaitable[None]] | None = None

    async def connect(self) -> None:
        link = SocketLink(self._url)
        link.on_closed = self._lost
        self._links.append(link)
        await link.open({})

    back = connect

    async def ask(self, event: str, data: Any, within_s: float) -> Any:
        return await self._links[-1].request(event, data, within_s)

    def cut(self) -> None:
        _abort(self._links[-1]._sio)

    async def close(self) -> None:
        for link in self._links:
            await link.close()

    def questions(self) -> int:
        return sum(len(link._asked) + (_callbacks(link._sio) if link._over is None else 0) for link in self._links)

    def on_lost(self, then: Callable[[], Awaitable[None]]) -> None:
        self._then = then

    def _lost(self, _: LinkDown) -> None:
        if self._then is not None:
            then, self._then = self._then, None
            self._again = asyncio.ensure_future(then())


class StockClient:
    """One `AsyncClient` for everything, which reconnects by itself unless told otherwise."""

    def __init__(self, url: str, *, reconnection: bool = True) -> None:
        self._url = url
        self._reconnection = reconnection
        self._sio = socketio.AsyncClient(reconnection=reconnection, reconnection_delay=0.01, randomization_factor=0)
        self._joined = asyncio.Event()
        self._left = asyncio.Event()
        self._sio.on("connect", self._joined.set, namespace="/kds")
        self._sio.on("disconnect", self._gone, namespace="/kds")

    def _gone(self, *_: Any) -> None:
        self._joined.clear()
        self._left.set()

    async def connect(self) -> None:
        await self._sio.connect(self._url, namespaces=["/kds"], transports=["websocket"])

    async def back(self) -> None:
        await self._left.wait()
        while not self._sio.connected:  # noqa: ASYNC110 - nobody signals it
            await asyncio.sleep(0.01)

    async def ask(self, event: str, data: Any, within_s: float) -> Any:
        return await self._sio.call(event, data, namespace="/kds", timeout=within_s)

    def cut(self) -> None:
        _abort(self._sio)

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._sio.shutdown()

    def questions(self) -> int:
        return _callbacks(self._sio)

    def on_lost(self, then: Callable[[], Awaitable[None]]) -> None:
        async def lost(*_: Any) -> None:
            await then()

        self._sio.on("disconnect", lost, namespace="/kds")


def our_waits(dice: float, tries: int) -> list[float]:
    """How long our client waits between tries, from 1 s up to 5 s, with dice that always fall the same."""
    backoff = Backoff(base_s=1, cap_s=5, dice=lambda: dice)
    return [backoff.next() for _ in range(tries)]


async def stock_waits(dice: float, tries: int, patch: pytest.MonkeyPatch) -> list[float]:
    """The same of the stock client, whose bounds are these by default."""
    client = socketio.AsyncClient(reconnection_attempts=tries)
    waits: list[float] = []

    async def at_once(waiting: Any, seconds: float) -> None:
        waiting.close()
        waits.append(seconds)
        raise TimeoutError

    async def nobody_there(*_: Any, **__: Any) -> None:
        raise socketio.exceptions.ConnectionError

    client.connection_namespaces = []
    with patch.context() as now:
        now.setattr(client, "connect", nobody_there)
        now.setattr("random.random", lambda: dice)
        now.setattr(asyncio, "wait_for", at_once)
        with suppress(AttributeError):  # it looks for where it was connected to, which is nowhere
            await client._handle_reconnect()
    return waits


def _callbacks(sio: Any) -> int:
    return 0 if sio is None else sum(callable(one) for each in sio.callbacks.values() for one in each.values())


def _abort(sio: Any) -> None:
    sio.eio.ws._response.connection.transport.abort()
