"""A kitchen without a network for the wall's tests: the real rules, a clock turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from heard.client.clock import ManualClock
from heard.client.links.base import LinkDown
from heard.client.status import LinkState, LinkStatus
from heard.contract import kds, orders
from heard.contract.envelope import Position
from heard.kitchen.board import Board
from heard.kitchen.routing import Dish, House
from heard.kitchen.rules import Kitchen, Moment, decide
from heard.kitchen.tickets import Ticket
from kds.app import KdsApp
from kds.settings import Settings
from tests.kds.station import whole
from tests.patience import PATIENCE_S

ENVIRON = {"TERM": "xterm-256color"}

HOUSE = House(
    store="s1",
    display_name="Corner Kitchen",
    dishes=(
        Dish(name="Burger", stations=("grill",)),
        Dish(name="Fries", stations=("fry",)),
        Dish(name="Melt", stations=("grill", "fry")),
    ),
)


class Still:
    """A feed over a kitchen in memory: what is done is so at once."""

    def __init__(self, clock: ManualClock, house: House = HOUSE) -> None:
        self.on_change: Callable[[], None] | None = None
        self.clock, self.house = clock, house
        self.kitchen = Kitchen()
        self.link = LinkStatus(
            state=LinkState.LIVE, since=clock.monotonic(), position=Position("e", 1), settings=house.settings()
        )
        self.silent = False
        """The gateway announces nothing any more."""
        self.refused: list[Any] = []
        self.did: list[Any] = []
        self.retried = 0
        self.figures: dict[str, Any] = {}
        self.asked: list[str] = []
        self.histories: dict[str, Any] = {}
        self.doers: dict[str, str] = {}
        self._numbers = count(1)

    @property
    def board(self) -> Board:
        return self.kitchen.board

    @property
    def status(self) -> LinkStatus:
        return self.link if self.silent else replace(self.link, last_heard=self.clock.monotonic())

    @property
    def refusals(self) -> tuple[Any, ...]:
        return tuple(self.refused)

    def dismiss(self, command_id: str) -> None:
        self.refused = [one for one in self.refused if one.command_id != command_id]

    def history(self, order_id: str, on_done: Any, /) -> None:
        self.asked.append(order_id)
        on_done(self.histories.get(order_id, LinkDown("the gateway is not reachable")))

    def done_by(self, ticket_id: str, /) -> str | None:
        return self.doers.get(ticket_id)

    def retry(self) -> None:
        self.retried += 1

    def vitals(self, **figures: Any) -> None:
        self.figures |= figures

    def do(self, command: Any, /) -> Any:
        moment = Moment(self.clock.now(), self.house, lambda: f"id-{next(self._numbers)}")
        outcome = decide(self.kitchen, command, moment)
        self.did.append(command)
        self.kitchen = outcome.after
        if self.on_change:
            self.on_change()
        return outcome

    def place(self, *items: Any, **more: Any) -> str:
        """Take an order in; an item may be just its name. Its id."""
        self.clock.advance(0.001)
        rows = [{"name": item, "qty": 1} if isinstance(item, str) else item for item in items]
        order = {"items": rows, **more}
        command = orders.PlaceOrder.ingest({"command_id": f"place-{next(self._numbers):05}", "order": order})
        return str(self.do(command).facts[-1].order_id)

    def change(self, order_id: str, **changes: Any) -> None:
        """What a till changes."""
        command_id = f"change-{next(self._numbers):05}"
        self.do(orders.UpdateOrder.ingest({"command_id": command_id, "order_id": order_id, "changes": changes}))

    def act(self, kind: type[kds.TicketCommand], ticket_id: str, **more: Any) -> None:
        """What another screen does."""
        self.do(kind(command_id=f"act-{next(self._numbers):05}", ticket_id=ticket_id, **more))

    def ticket(self, order_id: str, station: str = "grill") -> Ticket:
        return self.board.ticket(f"{order_id}.{station}")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def still(clock: ManualClock) -> Still:
    return Still(clock)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Wait for a condition of the screen."""

    async def wait(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - a screen has no event for what it shows
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def screen(still: Still, clock: ManualClock, until: Any) -> Any:
    """A station over the kitchen in memory: keys to press, and what a cook sees of them."""

    @asynccontextmanager
    async def run(station="grill", size=(80, 24), environ=ENVIRON, **settings):
        painted = {}
        app = KdsApp(still, station, Settings(**settings), clock=clock, environ=environ, painted=painted.update)
        async with app.run_test(size=size) as pilot:
            app.seen = painted

            async def press(*keys):
                for key in keys:
                    clock.advance(0.3)
                    await pilot.press(key)
                await pilot.pause()

            async def sees(words):
                await until(lambda: words in whole(app))

            async def misses(words):
                await until(lambda: words not in whole(app))

            yield SimpleNamespace(
                app=app, press=press, sees=sees, misses=misses, pilot=pilot, resize=pilot.resize_terminal
            )

    return run
