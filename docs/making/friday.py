"""A Friday night that is always the same one: what the pictures of the docs show.

A kitchen in memory whose clock goes from seven to eight and then stands still, so that the same code gives the same
picture; every order comes in, is started, changed and bumped as in a real service.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from demo.guests import CATERING_LINES, any_item, menu_text, opening, order
from demo.stage import STATIONS
from heard.client import ManualClock
from heard.client.links.loopback import LoopbackKitchen
from heard.contract.base import instant_text
from heard.contract.envelope import Actor
from heard.kitchen.routing import House

SEVEN = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
HOUR = 3600
DONE_BEFORE = 16
"""Orders of the hour that are eaten by now."""
IN_BETWEEN = 9
PREP = STATIONS[:3]
HANDS = {"grill": "marco", "fry": "aiko", "cold": "lena", "expo": "nora"}
"""Who works where."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something at a moment of the hour: a command, about the order with this number."""

    at_s: float
    name: str
    order: int
    station: str = ""
    fields: dict[str, Any] | None = None


def friday(*, party: bool = False) -> tuple[LoopbackKitchen, ManualClock]:
    """The kitchen at eight: orders of all ages, one rushed, one with an allergy, one changed, one with a void.

    `party`: an office orders sixty rows for catering as well.
    """
    clock = ManualClock(SEVEN)
    menu = tomllib.loads(menu_text())
    house = {"store": "s1", "display_name": "Friday Night Diner", "stations": STATIONS, **menu}
    kitchen = LoopbackKitchen(House.model_validate(house), clock=clock)
    ids: dict[int, str] = {}
    for step in sorted((*_eaten(), *_up(), *(_party() if party else ())), key=lambda step: step.at_s):
        clock.advance(SEVEN.timestamp() + step.at_s - clock.now().timestamp())
        _do(kitchen, step, ids)
    clock.advance(SEVEN.timestamp() + HOUR - clock.now().timestamp())
    return kitchen, clock


def _do(kitchen: LoopbackKitchen, step: Step, ids: dict[int, str]) -> None:
    fields = dict(step.fields or {})
    if step.name == "orders:place":
        answer = kitchen.command(step.name, {"order": fields}, Actor(subject="till-1", role="pos"))
        if not answer.ok:
            raise ValueError(f"order {step.order}: {answer.message}")
        ids[step.order] = str((answer.order or {})["id"])
        return
    order = ids[step.order]
    if step.name == "orders:update":
        rows = kitchen.kitchen.book.orders[order].items
        fields = {"changes": {"items": [{"item_id": rows[0].item_id, **fields}] if "name" not in fields else [fields]}}
        kitchen.command(step.name, {"order_id": order, **fields}, Actor(subject="till-1", role="pos"))
        return
    role = "expo" if step.station == "expo" else "kitchen"
    actor = Actor(subject=HANDS[step.station], role=role, station=step.station, device=f"{step.station}-1")
    kitchen.command(step.name, {"ticket_id": f"{order}.{step.station}", **fields}, actor)


def _placed(n: int, at_s: float, body: dict[str, Any]) -> Step:
    when = instant_text(SEVEN + timedelta(seconds=at_s))
    return Step(at_s, "orders:place", n, fields=body | {"placed_at": when})


def _eaten() -> Iterator[Step]:
    """Orders of the hour that are over: cooked, handed over, two of them a moment ago."""
    dice = Random(11)  # noqa: S311 - dice, not secrets
    for n in range(1, DONE_BEFORE + 1):
        came = n * 150.0
        rows = [any_item(dice) for _ in range(dice.choice((1, 2, 2, 3)))]
        yield _placed(n, came, {"items": rows, "service": "dine_in", "table": str(dice.randint(1, 24))})
        for station in PREP:
            yield Step(came + 40, "kds:start", n, station)
            yield Step(came + dice.uniform(200, 420), "kds:bump", n, station)
        yield Step(came + dice.uniform(430, 620), "kds:bump", n, "expo", {"force": True})


def _up() -> Iterator[Step]:
    """What stands on the walls: the demo's opening, and what came since."""
    for n, early in enumerate(opening(), DONE_BEFORE + 1):
        came = HOUR - early.waited_s
        yield _placed(n, came, early.body)
        yield from (Step(came + 45, "kds:start", n, station) for station in early.started)
        if early.change is not None:
            yield Step(came + 100, "orders:update", n, fields=early.change)
    first = DONE_BEFORE + 1
    yield Step(HOUR - 95, "kds:bump", first, "cold")
    yield Step(HOUR - 60, "kds:bump", first + 1, "fry")
    later = DONE_BEFORE + len(opening()) + 1
    yield from _late_comers(later)


def _late_comers(n: int) -> Iterator[Step]:
    promised = instant_text(SEVEN + timedelta(seconds=HOUR + 9 * 60))
    meal = {"name": "Burger Meal", "qty": "1", "item_id": "meal"}
    inside = [{"name": name, "qty": "1", "parent_item_id": "meal"} for name in ("Smash Burger", "Fries")]
    courier = {"items": [meal, *inside], "service": "delivery", "customer": {"name": "Grace"}, "promised_at": promised,
               "paid": True, "source": {"system": "web", "channel": "web"}}  # fmt: skip
    yield _placed(n, HOUR - 150, courier)
    regular = {"name": "Ribeye 300g", "qty": "1", "modifiers": [{"action": "choice", "name": "rare"}]}
    vip = {"items": [regular, {"name": "Garden Salad", "qty": "1"}], "service": "dine_in", "table": "1", "covers": 2,
           "priority": "vip", "notes": [{"text": "[VIP] regular: no rush"}]}  # fmt: skip
    yield _placed(n + 1, HOUR - 75, vip)
    yield Step(HOUR - 20, "orders:update", n - 2, fields={"name": "Onion Rings", "qty": "1"})
    yield from _in_between()
    pair = [{"name": "Chicken Burger", "qty": "1"}, {"name": "Calamari", "qty": "1"}]
    yield _placed(n + 2, HOUR - 25, {"items": pair, "service": "curbside", "customer": {"name": "Kofi"}})


def _in_between() -> Iterator[Step]:
    """Guests like any others, over the last ten minutes: what makes it a Friday."""
    dice = Random(8)  # noqa: S311 - as above
    for n in range(40, 40 + IN_BETWEEN):
        came = HOUR - 570 + (n - 40) * 56.0 + dice.uniform(0, 30)
        yield _placed(n, came, order(dice.choice((2, 3, 3, 4)), dice))
        yield from (Step(came + 50, "kds:start", n, station) for station in PREP if dice.random() < 0.4)
        done = [station for station in PREP if came < HOUR - 240 and dice.random() < 0.5]
        yield from (Step(came + 200, "kds:bump", n, station) for station in done)


def _party() -> Iterator[Step]:
    dice = Random(3)  # noqa: S311 - as above
    rows = [{"name": "Smash Burger", "qty": "12"}, *(any_item(dice) for _ in range(CATERING_LINES - 1))]
    body = {
        "items": rows, "service": "catering", "customer": {"name": "Okafor & Lindqvist"}, "covers": 48, "paid": True,
        "promised_at": instant_text(SEVEN + timedelta(seconds=HOUR + 35 * 60)), "notes": [{"text": "label every box"}],
        "allergies": [{"text": "peanuts"}],
    }  # fmt: skip
    yield _placed(90, HOUR - 200, body)
    yield Step(HOUR - 120, "kds:start", 90, "grill")
