"""The guests' till: sends orders over HTTP, keeps what was acknowledged, and gives up on nothing that may pass."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import aiohttp

from demo.arrivals import arrivals, shop
from demo.guests import order
from demo.stage import STORE, Stage
from heard.contract.base import instant_text
from heard.ids import new_id

SHOPS = ("indian_takeaway_london", "pizzaplace")
"""Two tills of one kitchen: their evenings add up."""
FRIDAY = 4
OPENS_AT = 18 * 60 + 30
OPENING_ORDERS = 7
"""Orders that are up when the curtain rises: about a dozen tickets."""
TRIES = 5
ANSWER_WITHIN = aiohttp.ClientTimeout(total=10)


@dataclass(slots=True)
class Till:
    """What guests sent, by the order id they were given."""

    stage: Stage
    speed: float
    load: float
    dice: Random
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    twice: bool = False
    """Sabotage: send the next order under two keys, as a broken till would."""
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, http: aiohttp.ClientSession) -> None:
        """The orders that are up already, some minutes old."""
        lines = shop(SHOPS[1], FRIDAY)
        for n in range(OPENING_ORDERS):
            age = timedelta(seconds=self.dice.uniform(30, 540) * (OPENING_ORDERS - n) / OPENING_ORDERS / self.speed)
            body = order(lines.draw_lines(self.dice), self.dice)
            await self.send(http, body | {"placed_at": instant_text(datetime.now(UTC) - age)})

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Guests for as long as they are let."""
        async with asyncio.TaskGroup() as group:
            for name in SHOPS:
                group.create_task(self._guests(http, name), name=f"guests-{name}")

    async def _guests(self, http: aiohttp.ClientSession, name: str) -> None:
        loop, place = asyncio.get_running_loop(), shop(name, FRIDAY)
        began, dice = loop.time(), Random(self.dice.random())
        for at in arrivals(place, minute=OPENS_AT, load=self.load, speed=self.speed, dice=dice):
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            task = asyncio.create_task(self.send(http, order(place.draw_lines(dice), dice)), name="order")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for the answers of orders that were under way when the guests were sent home."""
        await asyncio.gather(*self._under_way)

    async def send(self, http: aiohttp.ClientSession, body: dict[str, Any]) -> None:
        """One order, tried again under the same key until it is answered for good."""
        key = new_id()
        for attempt in range(TRIES):
            answer = await self._post(http, body, key)
            if answer is not None:
                self._note(answer)
                break
            await asyncio.sleep(0.2 * 2**attempt)
        else:
            self.refused.append("the gateway did not answer")
        if self.twice:
            self.twice = False
            await self._post(http, body, new_id())

    async def _post(self, http: aiohttp.ClientSession, body: dict[str, Any], key: str) -> dict[str, Any] | None:
        """The answer, or None where trying again may help."""
        url = f"{self.stage.url}/v1/stores/{STORE}/orders"
        headers = {"Authorization": f"Bearer {self.stage.tokens['till']}", "Idempotency-Key": key}
        try:
            async with http.post(url, json=body, headers=headers, timeout=ANSWER_WITHIN) as response:
                told: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return None
        return None if told.get("error", {}).get("temporary") else told

    def _note(self, answer: dict[str, Any]) -> None:
        if answer.get("ok"):
            self.sent[answer["order"]["id"]] = answer["order"]
        else:
            self.refused.append(str(answer.get("error", {}).get("message")))
