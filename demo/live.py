"""The evening with a person: one screen in front of you, robots at every other station, everything real."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import aiohttp

from demo.cooks import Cook, by_sdk
from demo.stage import READY_WITHIN_S, STATIONS, STORE, NoGateway, Stage, findable, gateway
from demo.till import Till
from heard.client import DiskOutbox, KitchenFeed, MemoryOutbox
from heard.client.links.socket import SocketLink

log = logging.getLogger("heard.demo")

PATIENCE_S = 1_080.0
"""At your own station the robot waits this long (kitchen time) before it helps."""


class Evening:
    """Gateway, guests and robot cooks in a thread and loop of their own, so that the screen has the main one."""

    def __init__(self, data: Path, *, yours: str, speed: float, load: float, seed: int) -> None:
        self._data = data
        self._yours = yours
        self._speed = speed
        self._load = load
        self._dice = Random(seed)
        self._set = threading.Event()
        self._stage: Stage | None = None
        self._failed: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Stage]:
        """The evening, for as long as the block. Raises: NoGateway."""
        thread = threading.Thread(target=self._thread, name="demo evening", daemon=True)
        thread.start()
        try:
            if not self._set.wait(2 * READY_WITHIN_S) or self._stage is None:
                raise NoGateway(str(self._failed or "the stage was not set in time"))
            with findable(self._stage):
                yield self._stage
        finally:
            if self._loop is not None and self._over is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._over.set)
            thread.join(20)

    def _thread(self) -> None:
        try:
            asyncio.run(self._play())
        except Exception as failed:  # noqa: BLE001 - told to whoever waits for the stage
            self._failed = failed
        finally:
            self._set.set()

    async def _play(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with gateway(self._data, self._speed) as stage, aiohttp.ClientSession() as http:
            till = Till(stage, self._speed, self._load, self._dice)
            await till.open(http)
            with contextlib.ExitStack() as feeds:
                cooks = [self._cook(stage, name, feeds) for name in STATIONS]
                work = [asyncio.create_task(cook.work(), name=f"cook-{cook.station}") for cook in cooks]
                work.append(asyncio.create_task(till.run(http), name="guests"))
                self._stage = stage
                self._set.set()
                for task in work:
                    task.add_done_callback(_mind)
                await self._over.wait()
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    def _cook(self, stage: Stage, name: str, feeds: contextlib.ExitStack) -> Cook:
        """A robot for every station; at yours it helps only with what waits longest, so that no guest goes home."""
        link = partial(SocketLink, stage.url)
        feed = KitchenFeed(link, STORE, name, MemoryOutbox(), token=stage.tokens[name], device=f"robot-{name}")
        feed.start()
        feeds.callback(feed.stop)
        patience = PATIENCE_S / self._speed if name == self._yours else 0.0
        dice = Random(self._dice.random())
        return Cook(feed, name, self._speed, dice, time.monotonic, partial(by_sdk, feed), patience_s=patience)


def _mind(task: asyncio.Task[None]) -> None:
    """A cook or a till that fails is no reason to close the kitchen, and none to say nothing."""
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())


@contextlib.contextmanager
def your_feed(stage: Stage, station: str) -> Iterator[KitchenFeed]:
    """The feed of the screen in front of you, with an outbox on disk."""
    outbox = DiskOutbox(stage.data / f"outbox-{station}.db")
    feed = KitchenFeed(
        partial(SocketLink, stage.url), STORE, station, outbox, token=stage.tokens[station], device="demo"
    )
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()
        outbox.close()
