"""SIGKILL in the middle of a busy evening: everything that was acknowledged is there."""

import asyncio
import itertools

import aiohttp
import pytest

from heard.ids import new_id
from tests.stories.conftest import Kitchen, until

pytestmark = pytest.mark.story
WRITERS = 8


class Till:
    """Places and bumps until the line goes dead; keeps every answer it got, and what it asked last."""

    def __init__(self, kitchen: Kitchen) -> None:
        self.kitchen = kitchen
        self.placed: dict[str, dict] = {}
        self.bumped: dict[str, dict] = {}
        self.asked: str | None = None

    async def work(self) -> None:
        try:
            for n in itertools.count():
                self.asked = new_id()
                answer = await self.kitchen.place("Burger", key=self.asked, table=str(n))
                self.placed[self.asked] = answer
                ticket = f"{answer['order']['id']}.grill"
                self.bumped[ticket] = await self.kitchen.command("kds:bump", ticket_id=ticket)
                assert self.bumped[ticket]["ok"]
        except (aiohttp.ClientError, OSError):
            return


async def test_a_kill_under_load_loses_nothing_that_was_acknowledged(kitchen):
    tills: list[Till] = []
    for round_number in range(1, 3):
        crew = [Till(kitchen) for _ in range(WRITERS)]
        working = [asyncio.create_task(till.work()) for till in crew]
        await until(lambda crew=crew, least=60 * round_number: sum(len(till.bumped) for till in crew) >= least)
        await kitchen.kill()
        await asyncio.gather(*working)
        await kitchen.start()
        tills += crew
        await check(kitchen, tills)


async def check(kitchen: Kitchen, tills: list[Till]) -> None:
    orders, kds = await kitchen.whole("s1/orders"), await kitchen.whole("s1/kds")
    facts = {(event["stream"], event["seq"]): event["name"] for event in (*orders, *kds)}
    created = [event["data"]["order_id"] for event in orders if event["name"] == "order:created"]
    assert len(created) == len(set(created))
    for till in tills:
        for answer in (*till.placed.values(), *till.bumped.values()):
            for ref in answer["events"]:
                assert facts[ref["stream"], ref["seq"]] == ref["name"]
    acknowledged = {answer["order"]["id"] for till in tills for answer in till.placed.values()}
    assert acknowledged <= set(created)
    await check_replays(kitchen, tills, created)


async def check_replays(kitchen: Kitchen, tills: list[Till], created: list[str]) -> None:
    """What was answered is answered the same again; what was asked last comes to one order, whether it was heard."""
    for till in tills:
        for n, (key, answer) in enumerate(till.placed.items()):
            if n % 10 == 0:
                table = answer["order"]["table"]
                assert await kitchen.place("Burger", key=key, table=table) == answer | {"replayed": True}
    known = {event["cause"]: event["data"]["order_id"] for event in await kitchen.whole("s1/orders")}
    for till in tills:
        if till.asked in till.placed or till.asked is None:
            continue
        again = await kitchen.place("Burger", key=till.asked, table=str(len(till.placed)))
        assert again.get("replayed", False) is (till.asked in known)
        assert known.get(till.asked, again["order"]["id"]) == again["order"]["id"]
        till.placed[till.asked] = {key: value for key, value in again.items() if key != "replayed"}


async def test_the_board_after_a_kill_is_the_board_before(kitchen):
    for name in ("Burger", "Fries", "Salad"):
        order = (await kitchen.place(name, customer={"name": "Ann"}))["order"]["id"]
    await kitchen.command("kds:bump", ticket_id=f"{order}.cold")
    before = await kitchen.read("s1/kds"), await kitchen.read("s1/orders")
    await kitchen.kill()
    await kitchen.start()
    assert (await kitchen.read("s1/kds"), await kitchen.read("s1/orders")) == before
