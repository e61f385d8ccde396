"""The evening with a person: one screen in front of you, robots at every other station, everything real."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp

from demo.cooks import Cook, by_sdk
from demo.flaky import cable
from demo.guests import Early
from demo.stage import READY_WITHIN_S, STATIONS, STORE, NoGateway, Stage, findable, gateway
from demo.till import Till
from heard.client import DiskOutbox, KitchenFeed, MemoryOutbox
from heard.client.links.socket import SocketLink
from heard.contract.base import Command
from heard.contract.kds import EXPO, Bump, Start
from heard.errors import HeardError
from heard.ids import new_id
from heard.kitchen.board import Board, ticket_id
from heard.kitchen.rules import Outcome
from heard.ui.ages import age_text
from heard.ui.words import ENGLISH, Words
from kds.bars import average

if TYPE_CHECKING:
    from console.feed import OpsFeed

log = logging.getLogger("heard.demo")

PATIENCE_S = 1_500.0
"""At your own station the robot waits this long (kitchen time) before it helps."""
SPARE = "fry"
"""The station with a second screen, which hangs on a bad cable: the console shows it come and go."""
CUT_EVERY_S = (20.0, 45.0)
SETTLES_WITHIN_S = 10.0
"""How long the robots may take to be where they were before the curtain rose."""


class Evening:
    """Gateway, guests and robot cooks in a thread and loop of their own, so that the screen has the main one."""

    def __init__(
        self, data: Path, *, yours: str | None, speed: float, load: float, seed: int, words: Words = ENGLISH
    ) -> None:
        self._data = data
        self._words = words
        self._yours = yours
        self._speed = speed
        self._load = load
        self._dice = Random(seed)
        self._set = threading.Event()
        self._stage: Stage | None = None
        self._failed: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._pass: KitchenFeed | None = None

    def closing(self, bumps: int | None = None) -> str:
        """What the evening came to, in a sentence; `bumps` are yours, where they were counted."""
        board = self._pass.board if self._pass is not None else Board()
        served = [one for one in board.at(EXPO) if one.closed]
        took = average(board, EXPO, datetime.now(UTC))
        words = self._words
        said = [words.many("{n} order served", "{n} orders served", len(served))]
        said += [words.many("{n} bump of yours", "{n} bumps of yours", bumps)] if bumps is not None else []
        if took is not None:
            said.append(words("{time} from order to hand-over on average", time=age_text(took)))
        return words(
            "Thank you for cooking: {figures}; at {speed} times the speed of a real evening.",
            figures=", ".join(said), speed=format(self._speed, "g"),
        )  # fmt: skip

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
            up = await till.open(http)
            await till.change_their_minds(http, up)
            async with contextlib.AsyncExitStack() as around:
                cooks = [self._cook(stage, name, around) for name in STATIONS]
                self._pass = next(cook.feed for cook in cooks if cook.station == EXPO)
                await _begun(cooks, up)
                line = await around.enter_async_context(cable(stage.url))
                self._feed(stage, SPARE, around, over=line.url)
                work = [asyncio.create_task(cook.work(), name=f"cook-{cook.station}") for cook in cooks]
                work.append(asyncio.create_task(till.run(http), name="guests"))
                cuts = line.fail_now_and_then(Random(self._dice.random()), CUT_EVERY_S)
                work.append(asyncio.create_task(cuts, name="cable"))
                self._stage = stage
                self._set.set()
                for task in work:
                    task.add_done_callback(_mind)
                await self._over.wait()
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    def _feed(
        self, stage: Stage, name: str, around: contextlib.AsyncExitStack, *, over: str | None = None
    ) -> KitchenFeed:
        device = f"robot-{name}" if over is None else f"spare-{name}"
        link = partial(SocketLink, over or stage.url)
        feed = KitchenFeed(link, STORE, name, MemoryOutbox(), token=stage.tokens[name], device=device)
        feed.start()
        around.push_async_callback(asyncio.to_thread, feed.stop)
        return feed

    def _cook(self, stage: Stage, name: str, around: contextlib.AsyncExitStack) -> Cook:
        """A robot for every station; at yours it helps only with what waits longest, so that no guest goes home."""
        feed = self._feed(stage, name, around)
        patience = PATIENCE_S / self._speed if name == self._yours else 0.0
        dice = Random(self._dice.random())
        return Cook(feed, name, self._speed, dice, time.monotonic, partial(by_sdk, feed), patience_s=patience)


async def _begun(cooks: list[Cook], up: list[tuple[str, Early]]) -> None:
    """Some of what is up was begun before you came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while not all(cook.feed.status.live for cook in cooks):  # noqa: ASYNC110 - what is waited for is in threads
                await asyncio.sleep(0.02)
    hands = {cook.station: cook for cook in cooks}
    for order_id, early in up:
        for station in early.started:
            with contextlib.suppress(HeardError):
                await hands[station].act(Start(command_id=new_id(), ticket_id=ticket_id(order_id, station)))


def _mind(task: asyncio.Task[None]) -> None:
    """A cook or a till that fails is no reason to close the kitchen, and none to say nothing."""
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())


class YourFeed(KitchenFeed):
    """The feed of the screen in front of you: it counts what you finish."""

    bumps = 0

    def do(self, command: Command | type[Command], /, **fields: Any) -> Outcome:
        """As every feed."""
        outcome = super().do(command, **fields)
        self.bumps += command.name == Bump.name
        return outcome


@contextlib.contextmanager
def your_feed(stage: Stage, station: str) -> Iterator[YourFeed]:
    """The feed of your station, with an outbox on disk."""
    outbox = DiskOutbox(stage.data / f"outbox-{station}.db")
    feed = YourFeed(partial(SocketLink, stage.url), STORE, station, outbox, token=stage.tokens[station], device="demo")
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()
        outbox.close()


@contextlib.contextmanager
def console_feed(stage: Stage) -> Iterator[OpsFeed]:
    """The feed of the console in front of you."""
    from console.feed import NAMESPACE, OpsFeed

    link = partial(SocketLink, stage.url, namespaces=(NAMESPACE,))
    feed = OpsFeed(link, STORE, token=stage.tokens["operator"])
    feed.start()
    try:
        yield feed
    finally:
        feed.stop(2.0)
