"""A kitchen in memory, feeds on it, and waiting for conditions."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from heard.client import KitchenFeed, ManualClock, MemoryOutbox, Outbox
from heard.client.links.loopback import LoopbackKitchen
from tests.patience import PATIENCE_S

BURGER = {"items": [{"name": "Burger", "qty": "1"}]}
MEAL = {"items": [{"name": "Burger", "qty": "1"}, {"name": "Fries", "qty": "2"}]}


def until(condition: Callable[[], object]) -> None:
    """Wait, in a test without a loop, until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.002)


async def eventually(condition: Callable[[], object]) -> None:
    """Wait, in a test with a loop, until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - conditions of any kind, most in another thread
            await asyncio.sleep(0.002)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kitchen(clock: ManualClock) -> LoopbackKitchen:
    return LoopbackKitchen(clock=clock)


Feeds = Callable[..., KitchenFeed]


@pytest.fixture
def feeds(kitchen: LoopbackKitchen, clock: ManualClock) -> Iterator[Feeds]:
    """Makes started feeds; all are stopped in the end."""
    made: list[KitchenFeed] = []

    def feed(station: str = "grill", outbox: Outbox | None = None, **more: object) -> KitchenFeed:
        given = {"connect": kitchen.link, "store": "s1", "clock": clock, "dice": lambda: 0.5} | more
        one = KitchenFeed(station=station, outbox=outbox or MemoryOutbox(), **given)  # type: ignore[arg-type]
        made.append(one)
        one.start()
        return one

    yield feed
    for one in made:
        assert one.stop()
