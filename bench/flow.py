"""Ten thousand tickets in and out of one station: what is in memory after them, beside what was there after the first.

Counted are objects by type, not time: the clock is turned by hand, a day for each two hundred tickets.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from bench.table import Row, Table
from heard.client.clock import ManualClock
from heard.client.links.loopback import SMALL_HOUSE
from heard.client.outbox import Refusal
from heard.client.status import LinkState, LinkStatus
from heard.contract import kds, orders
from heard.contract.base import Command
from heard.contract.envelope import Position
from heard.kitchen.board import Board
from heard.kitchen.rules import Kitchen, Moment, decide

DAY_S = 86_400.0
A_DAY = 200
SETTLED = 10
"""Days after which everything that has a limit of its own is full."""
UP = 25
SIZE = (200, 60)
WITHIN_S = 30.0
STRAY = 500
"""Objects of a type, more or fewer, that say nothing: ghosts, timers under way, Textual's caches. One object kept of
each ticket would be eight thousand."""


class Kept:
    """A feed over a kitchen in memory, of whose past nothing is kept."""

    def __init__(self, clock: ManualClock) -> None:
        self.on_change: Callable[[], None] | None = None
        self.clock = clock
        self.refusals: tuple[Refusal, ...] = ()
        self._kitchen = Kitchen()
        self._status = LinkStatus(
            state=LinkState.LIVE, position=Position("e", 1), settings=SMALL_HOUSE.settings(), role="kitchen",
            stations=("grill",),
        )  # fmt: skip
        self._numbers = count(1)

    @property
    def board(self) -> Board:
        """The kitchen's own."""
        return self._kitchen.board

    @property
    def status(self) -> LinkStatus:
        """As good as it can be."""
        return replace(self._status, last_heard=self.clock.monotonic())

    def do(self, command: Command, /) -> Any:
        """Done at once."""
        moment = Moment(self.clock.now(), SMALL_HOUSE, lambda: f"id-{next(self._numbers)}")
        outcome = decide(self._kitchen, command, moment)
        self._kitchen = outcome.after
        if self.on_change is not None:
            self.on_change()
        return outcome

    def place(self, name: str) -> str:
        """An order for the grill; its ticket."""
        order = {"items": [{"name": "Burger", "qty": "1", "notes": [{"text": name}]}]}
        command = orders.PlaceOrder.ingest({"command_id": f"place-{next(self._numbers):06}", "order": order})
        return f"{self.do(command).facts[-1].order_id}.grill"

    def finish(self, ticket_id: str) -> None:
        """Cooked, and handed over at the pass."""
        for ticket in (ticket_id, ticket_id.replace(".grill", f".{kds.EXPO}")):
            self.do(kds.Bump(command_id=f"bump-{next(self._numbers):06}", ticket_id=ticket))

    def vitals(self, **figures: Any) -> None:
        """Nobody listens."""

    def retry(self) -> None:
        """It is always there."""

    def dismiss(self, command_id: str) -> None:
        """There is nothing."""

    def history(self, order_id: str, on_done: Any, /) -> None:
        """Nobody asks."""

    def done_by(self, ticket_id: str, /) -> str | None:  # noqa: ARG002
        """Nobody knows."""
        return None


def figures(*, full: bool) -> Table:
    """About a minute; three when `full`."""
    tickets = 30_000 if full else 10_000
    before, after = asyncio.run(days(tickets // A_DAY))
    grown = {name: after[name] - before[name] for name in after if after[name] - before[name] > STRAY}
    more = sum(after.values()) - sum(before.values())
    table = Table(
        f"{tickets:,} tickets in and out of one station, headless at {SIZE[0]}x{SIZE[1]}",
        f"{UP} up at any time, {A_DAY} a day by a clock turned by hand; every one painted, bumped and forgotten with "
        f"its day. Objects the collector knows, after {SETTLED * A_DAY:,} tickets and at the end. No peer.",
    )
    table.rows += [
        Row("objects", f"{sum(before.values()):,} → {sum(after.values()):,}", "flat", abs(more) <= 4 * STRAY),
        Row(f"types with more than {STRAY} objects more", ", ".join(sorted(grown)) or "none", "none", not grown),
    ]
    return table


async def days(wanted: int) -> tuple[Counter[str], Counter[str]]:
    """Objects by type after some days, and after all of them."""
    from kds.app import KdsApp
    from kds.settings import Settings

    clock = ManualClock()
    feed = Kept(clock)
    seen: set[str] = set()
    app = KdsApp(feed, "grill", Settings(bell=False), clock=clock, painted=seen.update, environ={"TERM": "xterm"})
    running = asyncio.create_task(app.run_async(headless=True, size=SIZE))
    try:
        await _until(lambda: app.is_running and bool(app.glass.lines))
        before: Counter[str] = Counter()
        for day in range(1, wanted + 1):
            await _a_day(app, feed, clock, seen)
            if day == min(SETTLED, wanted - 1):
                before = objects(app)
        return before, objects(app)
    finally:
        app.exit()
        await running


async def _a_day(app: Any, feed: Kept, clock: ManualClock, seen: set[str]) -> None:
    """Tickets come in, are painted, are bumped; in the evening nothing is left."""
    up: list[str] = []
    for n in range(A_DAY):
        up.append(feed.place(f"no {n % 7}"))
        if len(up) == UP or n == A_DAY - 1:
            await _until(lambda: seen.issuperset(up))
            for ticket in up:
                feed.finish(ticket)
            up.clear()
            clock.advance(20)
            await _until(lambda: app.glass.up == 0)
            app.tick()
    seen.clear()
    clock.advance(DAY_S - clock.monotonic() % DAY_S)
    feed.place("the last of yesterday go")  # a new day's first order closes the day before
    await _until(lambda: app.glass.up == 1)
    feed.finish(next(iter(app.glass.slots)).ticket_id)
    await _until(lambda: app.glass.up == 0)
    clock.advance(100)
    app.wall.forget_gone()
    app.tick()


def objects(app: Any) -> Counter[str]:
    """What the collector knows, by type, once everything that is kept for speed alone was let go."""
    app.wall.resize_text(app.glass.text_size)
    app.restyle(app.look)
    gc.collect()
    return Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not so():  # noqa: ASYNC110 - a screen has no event for what it shows
            await asyncio.sleep(0.001)
