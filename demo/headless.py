"""The evening without a person: real gateway, real station apps on a headless driver, an honest count at the end."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

import aiohttp
from textual.pilot import Pilot

from demo.compare import Summary, doubled, lost, percentiles, tickets
from demo.cooks import Cook, by_sdk
from demo.follower import Follower
from demo.stage import STATIONS, STORE, NoGateway, Stage, gateway
from demo.till import Till
from demo.watcher import Watcher
from heard.client import DiskOutbox, KitchenFeed, LinkState
from heard.client.links.socket import SocketLink
from heard.contract.base import Command
from heard.contract.kds import EXPO, Bump
from kds.app import KdsApp
from kds.settings import Settings

SIZE = (240, 80)
FINISH_S = 15.0
LIVE_WITHIN_S = 60.0
READ_EVERY_S = 0.1

Sabotage = Literal["drop", "double"]


@dataclass(slots=True)
class Station:
    """One station: its app, its feed, its cook, and who watches the glass."""

    name: str
    app: KdsApp
    feed: KitchenFeed
    cook: Cook
    watcher: Watcher


async def evening(
    data: Path, *, seconds: float, speed: float, load: float, seed: int, sabotage: Sabotage | None = None
) -> Summary:
    """Guests for `seconds`, then the cooks finish, then the comparison.

    Raises:
        NoGateway, TimeoutError: the stage could not be set.
    """
    async with gateway(data, speed) as stage, aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
        dice = Random(seed)
        stations = [
            await stack.enter_async_context(
                _station(stage, name, speed, Random(dice.random()), drops=sabotage == "drop")
            )
            for name in STATIONS
        ]
        await _until(lambda: all(one.feed.status.state is LinkState.LIVE for one in stations), LIVE_WITHIN_S)
        till = Till(stage, speed, load, dice, twice=sabotage == "double")
        orders, kds = Follower(stage, "orders"), Follower(stage, "kds")
        for journal in (orders, kds):
            await journal.begin(http)
        await _serve(till, stations, [orders, kds], http, seconds)
        for wrong in till.refused:
            sys.stderr.write(f"demo: an order was refused: {wrong}\n")
        return await _count(till, stations, orders, kds, http)


async def _serve(
    till: Till, stations: list[Station], journals: list[Follower], http: aiohttp.ClientSession, seconds: float
) -> None:
    await till.open(http)
    workers = [asyncio.create_task(one.cook.work(), name=f"cook-{one.name}") for one in stations]
    workers += [asyncio.create_task(_read(stations), name="watchers")]
    workers += [asyncio.create_task(one.follow(http), name=f"journal-{one.kind}") for one in journals]
    guests = asyncio.create_task(till.run(http), name="guests")
    try:
        await asyncio.wait([guests, *workers], timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        await _cancel(guests)
        await till.settle()
        await _finish(stations)
    finally:
        await _cancel(guests, *workers)


async def _finish(stations: list[Station]) -> None:
    for one in stations:
        one.cook.hurry = True
    with contextlib.suppress(TimeoutError):
        await _until(lambda: all(_idle(one) for one in stations), FINISH_S)
    await asyncio.sleep(READ_EVERY_S)


def _idle(station: Station) -> bool:
    return station.app.glass.up == 0 and station.feed.status.unsent == 0


async def _read(stations: list[Station]) -> None:
    while True:
        for one in stations:
            one.watcher.read()
        await asyncio.sleep(READ_EVERY_S)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """End tasks; what one of them failed with is raised here."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def _until(so: Any, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not so():  # noqa: ASYNC110 - what is waited for lives in other threads and apps
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def _station(stage: Stage, name: str, speed: float, dice: Random, *, drops: bool) -> AsyncIterator[Station]:
    outbox = DiskOutbox(stage.data / f"outbox-{name}.db")
    link = partial(_Leaky if drops and name == "expo" else SocketLink, stage.url)
    feed = KitchenFeed(link, STORE, name, outbox, token=stage.tokens[name], device=f"demo-{name}")
    app = KdsApp(feed, name, Settings(bell=False))
    watcher = Watcher(app)
    app.painted = watcher.painted
    cook = Cook(feed, name, speed, dice, time.monotonic, partial(_with_keys, app, feed))
    cook.sees = lambda card: card.ticket_id in watcher.whole
    feed.start()
    running = asyncio.create_task(app.run_async(headless=True, size=SIZE), name=f"app-{name}")
    try:
        await _until(lambda: running.done() or (app.is_running and app.glass.lines), LIVE_WITHIN_S)
        if running.done():
            raise NoGateway(f"the screen of {name} did not come up")
        yield Station(name, app, feed, cook, watcher)
    finally:
        await _close(app, running)
        await asyncio.to_thread(feed.stop)
        outbox.close()


async def _close(app: KdsApp, running: asyncio.Task[None]) -> None:
    """End a screen; one that is still coming up cannot be told to leave."""
    if app.glass.lines:
        app.exit()
    else:
        running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _with_keys(app: KdsApp, feed: KitchenFeed, command: Command) -> None:
    """Bump as a person does, where the card has a number: focus, then bump; everything else goes through the SDK."""
    number = _number(app, command) if isinstance(command, Bump) else None
    if number is None:
        await by_sdk(feed, command)
        return
    pilot = Pilot(app)
    await pilot.press(str(number))
    if app.glass.focus == command.ticket_id:  # type: ignore[attr-defined]
        await pilot.press("enter")
    if _is_up(app, command):
        await by_sdk(feed, command)


def _number(app: KdsApp, command: Command) -> int | None:
    for number in range(1, 10):
        slot = app.glass.numbered(number)
        if slot is not None and slot.gone_at is None and slot.ticket_id == getattr(command, "ticket_id", None):
            return number
    return None


def _is_up(app: KdsApp, command: Command) -> bool:
    slot = app.glass.slot_of(getattr(command, "ticket_id", None))
    return slot is not None and slot.gone_at is None


class _Leaky(SocketLink):
    """Sabotage: expo's next ticket is renamed on its way, so that no gap shows and no screen ever paints it."""

    _dropped = False

    def _heard(self, event: str, *args: Any) -> None:
        if event == "kds:order_incoming" and args[0]["data"]["station"] == EXPO and not self._dropped:
            self._dropped = True
            event, args = "kds:sabotaged", (args[0] | {"name": "kds:sabotaged"},)
        super()._heard(event, *args)


# ── Counting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _count(
    till: Till, stations: list[Station], orders: Follower, kds: Follower, http: aiohttp.ClientSession
) -> Summary:
    for journal in (orders, kds):
        await journal.finish(http)
    whole = {one for station in stations for one in station.watcher.whole}
    twice = {one for station in stations for one in station.watcher.twice}
    wrong = lost(till.sent, orders.events, kds.events, whole)
    double = doubled(till.sent, orders.events, twice)
    for words in (*wrong, *double):
        sys.stderr.write(f"demo: {words}\n")
    seen = {one: at for station in stations for one, at in station.watcher.first_seen.items()}
    waits = [(seen[one] - _unix(event["at"])) * 1000 for one, event in tickets(kds.events).items() if one in seen]
    keys = [ms for station in stations for ms in station.app.key_to_frame_ms]
    return Summary(
        orders=len(till.sent),
        tickets=len(tickets(kds.events)),
        bumps=sum(station.cook.tally.bumps for station in stations),
        completed=sum(event["name"] == "order:completed" for event in orders.events),
        recalled=sum(station.cook.tally.recalled for station in stations),
        lost=len(wrong),
        duplicates=len(double),
        order_to_glass_ms=percentiles(waits),
        key_to_frame_ms=percentiles(keys),
    )


def _unix(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
