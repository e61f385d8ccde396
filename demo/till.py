"""The guests' till: sends orders over HTTP, changes them, keeps what was acknowledged, and gives up on nothing that may
pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import aiohttp

from demo.arrivals import Shop, arrivals, shop
from demo.guests import Early, Evening, guest, opening
from demo.incidents import Incident, Meant, change, incidents
from demo.stage import STORE, Stage
from heard.contract.base import instant_text
from heard.ids import new_id

SHOPS = ("indian_takeaway_london", "pizzaplace")
"""Two tills of one kitchen: their evenings add up."""
FRIDAY = 4
OPENS_AT = 18 * 60 + 30
TRIES = 5
ANSWER_WITHIN = aiohttp.ClientTimeout(total=10)
TOO_LATE = frozenset({"invalid_transition", "voided"})
"""What a till is told that changes what has left the kitchen, or is off already."""

Answer = dict[str, Any]


@dataclass(slots=True)
class Till:
    """What guests sent and what became of it, by the order id they were given."""

    stage: Stage
    speed: float
    load: float
    dice: Random
    sent: dict[str, Meant] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    """Kind of incident → how many were acknowledged."""
    refused: list[str] = field(default_factory=list)
    twice: bool = False
    """Sabotage: send the next order under two keys, as a broken till would."""
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    # ── Guests ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, http: aiohttp.ClientSession) -> list[tuple[str, Early]]:
        """The orders that are up already, some minutes old; with their ids, for whoever has begun on them."""
        up = []
        for early in opening():
            placed = datetime.now(UTC) - timedelta(seconds=early.waited_s / self.speed)
            order_id = await self.send(http, early.body | {"placed_at": instant_text(placed)})
            if order_id is not None:
                up.append((order_id, early))
        return up

    async def change_their_minds(self, http: aiohttp.ClientSession, up: list[tuple[str, Early]]) -> None:
        """What was changed and voided of the first orders, once they are up."""
        for order_id, early in up:
            if early.change is not None:
                kind = "voided" if early.change.get("qty") == "0" else "quantity"
                first = next(iter(self.sent[order_id].rows))
                await self._change(http, order_id, {"items": [{"item_id": first, **early.change}]}, kind)

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
            serve = self._serve(http, *self._drawn(place, dice))
            await asyncio.shield(self._begin(serve, "order"))

    def _drawn(self, place: Shop, dice: Random) -> tuple[dict[str, Any], list[Incident], Random]:
        """A guest, what will happen to the order, and dice for it: all drawn now, so that a seed is an evening."""
        body = guest(place.draw_lines(dice), dice, Evening(datetime.now(UTC), self.speed))
        return body, incidents(dice), Random(dice.random())

    async def _serve(
        self, http: aiohttp.ClientSession, body: dict[str, Any], trouble: list[Incident], dice: Random
    ) -> None:
        key = new_id()
        order_id = await self.send(http, body, key)
        if order_id is not None and trouble:
            task = asyncio.create_task(self._trouble(http, order_id, (body, key), trouble, dice), name="trouble")
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Something that is carried through once it has begun, whoever stops waiting for it."""
        task = asyncio.create_task(work, name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def settle(self) -> None:
        """The guests were sent home: nobody changes anything any more, and what is under way is answered."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        while self._under_way:
            await asyncio.gather(*self._under_way)

    # ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, http: aiohttp.ClientSession, body: dict[str, Any], key: str | None = None) -> str | None:
        """One order, tried again under the same key until it is answered for good; its id."""
        answer = await self._ask(http, "POST", "orders", body, key or new_id())
        if self.twice:
            self.twice = False
            await self._post_once(http, "POST", "orders", body, new_id())
        if not answer.get("ok"):
            self._refused(answer)
            return None
        order = answer["order"]
        self.sent[order["id"]] = Meant.of(body, list(_live(order)))
        return str(order["id"])

    async def _trouble(
        self,
        http: aiohttp.ClientSession,
        order_id: str,
        original: tuple[dict[str, Any], str],
        trouble: list[Incident],
        dice: Random,
    ) -> None:
        """What happens to an order after it was taken, one thing after the other."""
        waited = 0.0
        for incident in trouble:
            await asyncio.sleep((incident.after_s - waited) / self.speed)
            waited = incident.after_s
            await asyncio.shield(self._begin(self._happen(http, order_id, original, incident, dice), incident.kind))

    async def _happen(
        self,
        http: aiohttp.ClientSession,
        order_id: str,
        original: tuple[dict[str, Any], str],
        incident: Incident,
        dice: Random,
    ) -> None:
        order = self.sent[order_id]
        if order.cancelled:
            return
        if incident.kind == "again":
            await self._again(http, *original)
        elif incident.kind == "cancelled":
            await self._cancel(http, order_id)
        elif (body := change(incident.kind, order.rows, dice)) is not None:
            await self._change(http, order_id, body, incident.kind)

    async def _again(self, http: aiohttp.ClientSession, body: dict[str, Any], key: str) -> None:
        """The same order under the same key: the gateway must know it."""
        answer = await self._ask(http, "POST", "orders", body, key)
        self.done["again"] += 1
        if not answer.get("replayed"):
            self.refused.append("an order that was sent again under its key was not known")

    async def _change(self, http: aiohttp.ClientSession, order_id: str, body: dict[str, Any], kind: str) -> None:
        answer = await self._ask(http, "PATCH", f"orders/{order_id}", body, new_id())
        if answer.get("ok"):
            self.sent[order_id].changed(body, list(_live(answer["order"])))
            self.done[kind] += 1
        elif not _too_late(answer):
            self._refused(answer)

    async def _cancel(self, http: aiohttp.ClientSession, order_id: str) -> None:
        answer = await self._ask(http, "POST", f"orders/{order_id}/cancel", {"reason": "the guest left"}, new_id())
        if answer.get("ok"):
            self.sent[order_id].cancelled = True
            self.done["cancelled"] += 1
        elif not _too_late(answer):
            self._refused(answer)

    # ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, http: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any], key: str) -> Answer:
        """The answer for good, however often it takes to ask; a refusal where there was none."""
        for attempt in range(TRIES):
            answer = await self._post_once(http, method, path, body, key)
            if answer is not None:
                return answer
            await asyncio.sleep(0.2 * 2**attempt)
        return {"error": {"message": "the gateway did not answer"}}

    async def _post_once(
        self, http: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any], key: str
    ) -> Answer | None:
        """The answer, or None where trying again may help."""
        url = f"{self.stage.url}/v1/stores/{STORE}/{path}"
        headers = {"Authorization": f"Bearer {self.stage.tokens['till']}", "Idempotency-Key": key}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with http.request(method, url, json=body, headers=headers, timeout=ANSWER_WITHIN) as response:
                told: Answer = await response.json()
            return None if told.get("error", {}).get("temporary") else told
        return None

    def _refused(self, answer: Answer) -> None:
        self.refused.append(str(answer.get("error", {}).get("message")))


def _live(order: dict[str, Any]) -> Iterator[str]:
    return (row["item_id"] for row in order["items"] if not row.get("voided"))


def _too_late(answer: Answer) -> bool:
    return answer.get("error", {}).get("code") in TOO_LATE
