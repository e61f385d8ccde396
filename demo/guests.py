"""Guests: what they order. Pure dice, no network, the clock an argument, so that a seed gives the same evening."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from heard.contract.base import instant_text

CATERING_SHARE = 0.008
CATERING_LINES = 60
"""The largest order seen in a real shop."""
COURSES_SHARE = 0.30
"""Tables of three rows and more that eat in courses: held, and fired from the pass."""
COMBO_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Dish:
    """A dish on the demo's menu."""

    name: str
    category: str


@cache
def menu_text() -> str:
    """The menu file of the demo's store."""
    return resources.files("demo").joinpath("menu.toml").read_text("utf-8")


@cache
def _carte() -> dict[str, Any]:
    """What guests say beside a dish's name."""
    return tomllib.loads(resources.files("demo").joinpath("carte.toml").read_text("utf-8"))


EXTRAS: dict[str, list[dict[str, Any]]] = _carte()["choices"]
"""Category → what may be asked for."""
_WORDS: dict[str, list[str]] = _carte()["words"]
_COMBOS: dict[str, list[list[str]]] = _carte()["combos"]
_PRICES = {name: Decimal(price) for name, price in _carte()["prices"].items()}


@cache
def dishes() -> tuple[Dish, ...]:
    """What can be ordered."""
    return tuple(Dish(row["name"], row["category"]) for row in tomllib.loads(menu_text())["dishes"])


@cache
def _by_name() -> dict[str, Dish]:
    return {dish.name: dish for dish in dishes()}


@cache
def _single() -> tuple[Dish, ...]:
    """Dishes that are ordered by themselves."""
    return tuple(dish for dish in dishes() if dish.category != "combos")


def _any_dish(dice: Random) -> Dish:
    """A dish by what people eat: more chips than chops."""
    weights: dict[str, float] = _carte()["appetite"]
    return dice.choices(_single(), [weights[dish.category] for dish in _single()])[0]


# ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Evening:
    """What a guest's watch says: the time, and how much faster than a real evening this one goes."""

    now: datetime
    speed: float

    def after(self, kitchen_s: float) -> str:
        """A time so many kitchen seconds from now."""
        return instant_text(self.now + timedelta(seconds=kitchen_s / self.speed))


def guest(lines: int, dice: Random, watch: Evening) -> dict[str, Any]:
    """Whoever comes next: mostly a table or a bag, now and then a catering party; in a hurry, on time, in courses."""
    if dice.random() < CATERING_SHARE:
        return catering(dice, watch)
    body = order(lines, dice)
    if body["service"] == "dine_in":
        return _in_courses(body, dice) if len(body["items"]) >= 3 and dice.random() < COURSES_SHARE else body
    if dice.random() < 0.5:
        body["promised_at"] = watch.after(dice.uniform(600, 1_500))
    if dice.random() < 0.06:
        body |= {"hold": "scheduled", "fire_at": watch.after(dice.uniform(120, 500))}
    return body


def order(lines: int, dice: Random) -> dict[str, Any]:
    """One guest's order, ready for `POST …/orders`: so many rows, no times."""
    rows = list(_rows(max(1, lines), dice))
    body: dict[str, Any] = {"items": rows, "total": {"amount": _price(rows), "currency": "EUR"}}
    body |= _party(dice)
    if dice.random() < 0.07:
        body["allergies"] = [_allergy(body, dice)]
    if dice.random() < 0.10:
        body["notes"] = [{"text": dice.choice(_WORDS["notes"])}]
    if dice.random() < 0.04:
        body["priority"] = dice.choice(("rush", "vip"))
    return body


def catering(dice: Random, watch: Evening) -> dict[str, Any]:
    """Sixty rows for an office that works late."""
    rows = list(_rows(CATERING_LINES, dice))
    return {
        "items": rows,
        "service": "catering",
        "customer": {"name": dice.choice(_WORDS["names"])},
        "covers": dice.randint(30, 80),
        "promised_at": watch.after(2_400),
        "notes": [{"text": "label every box"}],
        "paid": True,
        "source": {"system": "web"},
        "total": {"amount": _price(rows), "currency": "EUR"},
    }


def _in_courses(body: dict[str, Any], dice: Random) -> dict[str, Any]:
    """Every row with its course, all held: the pass fires one after the other."""
    wanted: dict[str, int] = _carte()["courses"]
    seats = body["covers"]
    rows = [
        row | {"course": wanted.get(_by_name()[row["name"]].category, 1), "seat": str(dice.randint(1, seats))}
        for row in body["items"]
    ]
    return body | {"items": rows, "hold": "awaiting_release"}


def _party(dice: Random) -> dict[str, Any]:
    """Who eats, where, and how it came to us."""
    if dice.random() < 0.55:
        covers = dice.choice((1, 2, 2, 2, 3, 4, 4, 6))
        return {
            "service": "dine_in",
            "table": str(dice.randint(1, 24)),
            "covers": covers,
            "server": dice.choice(_WORDS["servers"]),
        }
    name = dice.choice(_WORDS["names"])
    if (service := dice.choice(("pickup", "pickup", "delivery"))) == "pickup":
        channel = dice.choice(_WORDS["channels"])
        return {
            "service": service,
            "customer": {"name": name},
            "source": {"system": "web" if channel == "web" else "api", "channel": channel},
            "paid": channel != "phone",
        }
    courier = dice.choice(_WORDS["couriers"])
    return {
        "service": service,
        "customer": {"name": name, "phone_last4": f"{dice.randrange(10_000):04d}"},
        "source": {"system": "courier", "channel": courier},
        "paid": True,
    }


def _allergy(body: dict[str, Any], dice: Random) -> dict[str, Any]:
    allergy = {"text": dice.choice(_WORDS["allergies"])}
    return allergy | ({"seat": str(dice.randint(1, body["covers"]))} if body.get("covers", 1) > 1 else {})


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(lines: int, dice: Random) -> Iterator[dict[str, Any]]:
    left = lines
    while left:
        name = dice.choice(tuple(_COMBOS))
        if dice.random() < COMBO_SHARE and 1 + len(_COMBOS[name]) <= left:
            left -= 1 + len(_COMBOS[name])
            yield from _combo(name, dice)
        else:
            left -= 1
            yield item(_any_dish(dice), dice)


def _combo(name: str, dice: Random) -> Iterator[dict[str, Any]]:
    """A parent row and its parts: each part goes to the station that makes it."""
    parent, qty = f"combo-{dice.getrandbits(48):012x}", str(dice.choice((1, 1, 1, 2)))
    yield {"item_id": parent, "name": name, "qty": qty, "category": "combos"}
    for part in _COMBOS[name]:
        yield item(_by_name()[dice.choice(part)], dice) | {"parent_item_id": parent, "qty": qty}


def item(dish: Dish, dice: Random) -> dict[str, Any]:
    """One row: how many, how, and what to mind."""
    row: dict[str, Any] = {"name": dish.name} | _amount(dish, dice)
    if dice.random() < 0.45:
        row["modifiers"] = choices(dish.category, dice)
    if dice.random() < 0.04:
        row["notes"] = [{"text": f"allergy: {dice.choice(_WORDS['allergies'])}"}]
    return row


def any_item(dice: Random) -> dict[str, Any]:
    """One more of something."""
    return item(_any_dish(dice), dice)


def category(name: str) -> str:
    """The category of a dish of ours."""
    return _by_name()[name].category


def choices(category: str, dice: Random) -> list[dict[str, Any]]:
    """One choice or two of what this category offers; one of each group."""
    offered = EXTRAS[category]
    wanted = dice.sample(offered, k=min(len(offered), dice.choice((1, 1, 2))))
    grouped = {choice.get("group") or choice["name"]: choice for choice in wanted}
    return list(grouped.values())


def _amount(dish: Dish, dice: Random) -> dict[str, str]:
    weights: list[float] | None = _carte()["weighed"].get(dish.name)
    if weights is not None:
        return {"qty": f"{dice.uniform(*weights):.3f}", "unit": "kg"}
    return {"qty": str(dice.choices((1, 2, 3, 4), (70, 20, 6, 4))[0])}


def _price(rows: list[dict[str, Any]]) -> str:
    """Parts of a combo are in its price."""
    paid = [row for row in rows if "parent_item_id" not in row]
    cents = Decimal("0.01")
    return str(sum((_PRICES[row["name"]] * Decimal(row["qty"]) for row in paid), Decimal(0)).quantize(cents))


# ── The first guests ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Early:
    """An order that is up when the curtain rises: how long it has waited, and what became of it since."""

    body: dict[str, Any]
    waited_s: float
    """In kitchen seconds."""
    started: tuple[str, ...] = ()
    """Stations that are on it."""
    change: dict[str, Any] | None = None
    """What the till says of it now, without the row's id: that is the first row's, or an added one's."""


def opening() -> tuple[Early, ...]:
    """A kitchen in mid-service: tickets of all ages, late, rushed, changed, voided, one with an allergy."""
    ribeye = _row("Ribeye 300g", choices=[("choice", "medium rare")])
    smash = _row("Smash Burger", "2", choices=[("no", "onion"), ("extra", "cheese")])
    double = _row("Double Smash [no bun]", choices=[("add", "bacon")])
    salmon = _row("Grilled Salmon", choices=[("side", "rice")])
    grill = _bag("Chloé", _row("焼き鳥"), _row("كباب مشكل"), _row("Falafel [VG]"))
    souvlaki = _bag("Νίκος", _row("Σουβλάκι", "2"), _row("χωριάτικη"), _row("Lemonade", "2"))
    return (
        Early(
            _seated("7", 4, ribeye, _row("Steak Frites"), _row("Caesar Salad")), 780, started=("grill", "fry", "cold")
        ),
        Early(_seated("12", 2, smash, _row("Fries", "2")), 510, started=("grill", "fry")),
        Early(grill | {"allergies": [{"text": "sesame"}]}, 390, started=("fry",)),
        Early(_seated("3", 2, _row("Bacon Cheeseburger", "2"), _row("Onion Rings")), 300, change={"qty": "3"}),
        Early(_seated("21", 3, _row("Lamb Chops"), salmon, _row("Garden Salad")), 210, change={"qty": "0"}),
        Early(souvlaki | {"priority": "rush"}, 120),
        Early(_seated("9", 2, double, _row("Crème Brûlée")), 40),
    )


def _row(name: str, qty: str = "1", *, choices: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "qty": qty}
    return row | ({"modifiers": [{"action": action, "name": one} for action, one in choices]} if choices else {})


def _seated(table: str, covers: int, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(rows), "service": "dine_in", "table": table, "covers": covers, "server": "Nora"}


def _bag(name: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "items": list(rows), "service": "pickup", "customer": {"name": name}, "paid": True,
        "source": {"system": "web", "channel": "web"},
    }  # fmt: skip
