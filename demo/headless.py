"""The evening without a person: real gateway, real station apps on a headless driver, an honest count at the end."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

import aiohttp
from textual.pilot import Pilot

from demo.compare import (
    Summary,
    came,
    completed_orders,
    different,
    doubled,
    lost,
    mistaken,
    percentiles,
    shown_whole,
    tickets,
)
from demo.cooks import Cook, by_sdk
from demo.flaky import Cable, cable
from demo.follower import Follower
from demo.guests import Early
from demo.reading import Reading
from demo.stage import STATIONS, STORE, NoGateway, Stage, gateway
from demo.till import Till
from demo.watcher import Watcher
from heard.client import DiskOutbox, KitchenFeed
from heard.client.links.socket import SocketLink
from heard.contract.base import Command
from heard.contract.kds import EXPO, Bump
from heard.kitchen.board import Board
from heard.kitchen.tickets import TicketState
from kds.app import KdsApp
from kds.settings import Settings

SIZE = (240, 80)
SPARE = "fry"
"""The station whose second screen hangs on a bad cable."""
SPARE_SIZE = (120, 40)
CUT_EVERY_S = (3.0, 9.0)
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


@dataclass(frozen=True, slots=True)
class Kitchen:
    """Every station with its crew, and a second screen of one of them, which nobody works at, on a bad cable."""

    stations: list[Station]
    spare: Station
    line: Cable
    dice: Random
    apart: set[str] = field(default_factory=set)
    """Tickets that the two screens of one station showed differently although they stood at one position."""

    @property
    def everybody(self) -> list[Station]:
        """All screens."""
        return [*self.stations, self.spare]

    @property
    def steady(self) -> Station:
        """The screen that stays where the spare one comes and goes."""
        return next(one for one in self.stations if one.name == self.spare.name)


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
        line = await stack.enter_async_context(cable(stage.url))
        spare = await stack.enter_async_context(_station(stage, SPARE, speed, Random(dice.random()), over=line.url))
        await _until(lambda: all(one.feed.status.live for one in (*stations, spare)), LIVE_WITHIN_S)
        till = Till(stage, speed, load, dice, twice=sabotage == "double")
        kitchen = Kitchen(stations, spare, line, Random(dice.random()))
        orders, kds = Follower(stage, "orders"), Follower(stage, "kds")
        for journal in (orders, kds):
            await journal.begin(http)
        await _serve(till, kitchen, [orders, kds], http, seconds)
        for wrong in till.refused:
            sys.stderr.write(f"demo: an order was refused: {wrong}\n")
        return await _count(till, kitchen, orders, kds, http)


async def _serve(
    till: Till, kitchen: Kitchen, journals: list[Follower], http: aiohttp.ClientSession, seconds: float
) -> None:
    up = await till.open(http)
    workers = [asyncio.create_task(one.cook.work(), name=f"cook-{one.name}") for one in kitchen.stations]
    workers += [asyncio.create_task(_read(kitchen), name="watchers")]
    workers += [asyncio.create_task(one.follow(http), name=f"journal-{one.kind}") for one in journals]
    trouble = asyncio.create_task(kitchen.line.fail_now_and_then(kitchen.dice, CUT_EVERY_S), name="cable")
    guests = asyncio.create_task(_guests(till, http, up), name="guests")
    try:
        await asyncio.wait([guests, trouble, *workers], timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        await _cancel(guests, trouble)
        await till.settle()
        await _finish(kitchen)
    finally:
        await _cancel(guests, trouble, *workers)


async def _guests(till: Till, http: aiohttp.ClientSession, up: list[tuple[str, Early]]) -> None:
    await till.change_their_minds(http, up)
    await till.run(http)


async def _finish(kitchen: Kitchen) -> None:
    for one in kitchen.stations:
        one.cook.hurry = True
    with contextlib.suppress(TimeoutError):
        await _until(lambda: all(_idle(one) for one in kitchen.everybody) and not _unlike(kitchen), FINISH_S)
    await asyncio.sleep(READ_EVERY_S)


def _idle(station: Station) -> bool:
    board, status = station.feed.board, station.feed.status
    held = any(board.state(ticket) is TicketState.HELD for ticket in board.at(station.name))
    return station.app.glass.up == 0 and not held and status.unsent == 0 and status.live


async def _read(kitchen: Kitchen) -> None:
    while True:
        for one in kitchen.everybody:
            one.watcher.read()
        kitchen.apart.update(_apart(kitchen.steady.feed.confirmed, kitchen.spare.feed.confirmed, SPARE))
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
async def _station(
    stage: Stage, name: str, speed: float, dice: Random, *, drops: bool = False, over: str | None = None
) -> AsyncIterator[Station]:
    """`over`: the address of the cable that a spare screen hangs on."""
    device = f"demo-{name}" if over is None else f"demo-{name}-spare"
    outbox = DiskOutbox(stage.data / f"outbox-{device.removeprefix('demo-')}.db")
    link = partial(_Leaky if drops and name == EXPO else SocketLink, over or stage.url)
    feed = KitchenFeed(link, STORE, name, outbox, token=stage.tokens[name], device=device)
    app = KdsApp(feed, name, Settings(bell=False))
    watcher = Watcher(app)
    app.painted = watcher.painted
    cook = Cook(feed, name, speed, dice, time.monotonic, partial(_with_keys, app, feed))
    cook.sees, cook.tidy = watcher.sees, partial(_close_gaps, app)
    feed.start()
    size = SIZE if over is None else SPARE_SIZE
    running = asyncio.create_task(app.run_async(headless=True, size=size), name=f"app-{device}")
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
    pilot, ticket_id = Pilot(app), command.ticket_id  # type: ignore[attr-defined]
    before = feed.board.tickets.get(ticket_id)
    await pilot.press(str(number))
    if app.glass.focus == ticket_id:
        await pilot.press("enter")
    # The keys came to nothing: the wall had moved. A card that is another one by now must be read again first.
    if before is not None and feed.board.tickets.get(ticket_id) is before:
        await by_sdk(feed, command)


async def _close_gaps(app: KdsApp) -> None:
    """A card on another page is a card nobody reads: close the gaps that bumped ones left."""
    if len(app.glass.pages) > 1 and any(slot.gone_at is not None for slot in app.glass.slots):
        await Pilot(app).press("c")


def _number(app: KdsApp, command: Command) -> int | None:
    for number in range(1, 10):
        slot = app.glass.numbered(number)
        if slot is not None and slot.gone_at is None and slot.ticket_id == getattr(command, "ticket_id", None):
            return number
    return None


class _Leaky(SocketLink):
    """Sabotage: expo's next ticket is renamed on its way, so that no gap shows and no screen ever paints it."""

    _dropped = False

    def _heard(self, event: str, *args: Any) -> None:
        if event == "kds:order_incoming" and args[0]["data"]["station"] == EXPO and not self._dropped:
            self._dropped = True
            event, args = "kds:sabotaged", (args[0] | {"name": "kds:sabotaged"},)
        super()._heard(event, *args)


# ── Counting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _count(till: Till, kitchen: Kitchen, orders: Follower, kds: Follower, http: aiohttp.ClientSession) -> Summary:
    for journal in (orders, kds):
        await journal.finish(http)
    whole = shown_whole(kds.events, _read_by(kitchen.stations))
    twice = {one for station in kitchen.everybody for one in station.watcher.twice}
    wrong = [*lost(till.sent, orders.events, kds.events, whole), *mistaken(till.sent, orders.events)]
    wrong += _unlike(kitchen)
    wrong += [f"ticket {one} stood otherwise on two screens of one position" for one in sorted(kitchen.apart)]
    double = doubled(till.sent, orders.events, twice)
    for words in (*wrong, *double):
        sys.stderr.write(f"demo: {words}\n")
    seen = {one: at for station in kitchen.stations for one, at in station.watcher.first_seen.items()}
    waits = [(seen[one] - at.timestamp()) * 1000 for one, at in came(kds.events).items() if one in seen]
    keys = [ms for station in kitchen.stations for ms in station.app.key_to_frame_ms]
    return Summary(
        orders=len(till.sent),
        tickets=len(tickets(kds.events)),
        bumps=sum(station.cook.tally.bumps for station in kitchen.stations),
        completed=len(completed_orders(orders.events)),
        recalled=sum(station.cook.tally.recalled for station in kitchen.stations),
        lost=len(wrong),
        duplicates=len(double),
        order_to_glass_ms=percentiles(waits),
        key_to_frame_ms=percentiles(keys),
        changed=sum(till.done[kind] for kind in ("quantity", "choice", "allergy", "hurry")),
        added=till.done["added"],
        voided=till.done["voided"],
        cancelled=till.done["cancelled"],
        resent=till.done["again"],
        drops=kitchen.line.drops,
    )


def _read_by(stations: list[Station]) -> dict[str, set[Reading]]:
    """Ticket → what was read of it on its station's own screen; the spare one proves nothing for others."""
    return {one: read for station in stations for one, read in station.watcher.read_of.items()}


def _unlike(kitchen: Kitchen) -> list[str]:
    """Whether the screen that came and went shows another kitchen than the one that stayed.

    While facts are on their way it does, by some milliseconds: who asks waits for them first.
    """
    return [
        f"ticket {one} is not on the screen that came and went as it is on the one that stayed"
        for one in different(kitchen.steady.feed.board, kitchen.spare.feed.board, SPARE)
    ]


def _apart(there: Board, here: Board, station: str) -> list[str]:
    """What differs between two boards that heard the same: nothing is on its way there, at no moment of an evening."""
    return different(there, here, station) if there.seq == here.seq else []
