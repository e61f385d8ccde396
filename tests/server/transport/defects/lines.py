"""Who says something and who hears it, and a line between them that is away for a while."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Protocol
from uuid import uuid4

from heard.client import Following, HeardClient
from tests.missing import give_up
from tests.server.desk import Desk
from tests.server.transport.conftest import Raw
from tests.server.transport.defects.stock import StockStage
from tests.stories.proxy import Proxy

REDIS = "redis://127.0.0.1:6379"


class Line(Protocol):
    """One speaker, one listener, and what lies between the two."""

    proxy: Proxy
    said: list[str]
    heard: list[str]

    async def say(self) -> None:
        """Say one thing more."""


class OurLine:
    """A gateway, and a client of our SDK at the other end of a network."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.said: list[str] = []
        self.heard: list[str] = []

    async def open(self, stack: AsyncExitStack) -> OurLine:
        self.proxy = stack.enter_context(Proxy(self._desk.up.url))
        client = HeardClient(self.proxy.url, token=self._desk.token("expo"), namespaces=("/kds",), dice=lambda: 0.1)
        await stack.enter_async_context(client)
        following = await client.subscribe("s1/kds")
        listening = asyncio.create_task(self._listen(following), name="listener")
        stack.callback(listening.cancel)
        return self

    async def say(self) -> None:
        self.said.append((await self._desk.place("Fries"))["id"])

    async def _listen(self, following: Following) -> None:
        async for event in following:
            if event.name == "kds:order_incoming" and event.data["order_id"] not in self.heard:
                self.heard.append(event.data["order_id"])


class StockLine:
    """Two stock servers with its Redis manager between them; who speaks and who listens is not at the same one."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.heard: list[str] = []

    async def open(self, stack: AsyncExitStack) -> StockLine:
        try:
            from redis.asyncio import Redis
        except ImportError:
            give_up("the Python package redis is not installed (pip install 'heard[redis]')")
        redis = await stack.enter_async_context(Redis.from_url(REDIS))
        try:
            await redis.ping()
        except OSError as error:
            give_up(f"no Redis answers at {REDIS}: {error}")
        self.proxy = stack.enter_context(Proxy(REDIS))
        channel = f"defects-{uuid4().hex}"
        bus = {"redis": self.proxy.url.replace("http", "redis"), "channel": channel, "ping_interval_ms": 60_000}
        self._speaker = await StockStage(stack).begin(**bus)
        listener = await StockStage(stack).begin(**bus)
        raw = await listener.raw()
        await raw.join()
        while dict(await redis.pubsub_numsub(channel))[channel.encode()] == 0:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.01)
        listening = asyncio.create_task(self._listen(raw), name="listener")
        stack.callback(listening.cancel)
        return self

    async def say(self) -> None:
        self.said.append(f"number {len(self.said)}")
        await self._speaker.broadcast("n", self.said[-1])

    async def _listen(self, raw: Raw) -> None:
        while True:
            self.heard.append((await raw.json("42/kds,"))[1])
