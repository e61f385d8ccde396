"""Guests: what they order. Pure dice, no clock and no network, so that a seed gives the same evening."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any

FIRST_NAMES = (
    "Ada",
    "Bo",
    "Chloé",
    "Dimitri",
    "Esra",
    "Fatou",
    "Grace",
    "Hiro",
    "Ines",
    "Jürgen",
    "Kofi",
    "Léa",
    "Mia",
)
SERVERS = ("Nora", "Pat", "Quinn", "Rosa")
EXTRAS: dict[str, tuple[tuple[str, str], ...]] = {
    "burgers": (("no", "onion"), ("extra", "cheese"), ("add", "bacon"), ("sub", "gluten-free bun"), ("no", "pickles")),
    "steaks": (("choice", "medium rare"), ("choice", "well done"), ("side", "pepper sauce")),
    "mains": (("side", "rice"), ("no", "butter"), ("lite", "salt")),
    "sides": (("extra", "salt"), ("side", "aioli"), ("side", "ketchup")),
    "starters": (("side", "blue cheese dip"), ("extra", "hot")),
    "cold": (("no", "croutons"), ("side", "dressing"), ("add", "chicken")),
    "desserts": (("no", "cream"),),
    "drinks": (("no", "ice"), ("extra", "lemon")),
}
ALLERGIES = ("peanuts", "shellfish", "gluten", "milk", "sesame")
NOTES = ("birthday, candle please", "cut in half", "[VIP] regular", "sauce on the side", "in a hurry")


@dataclass(frozen=True, slots=True)
class Dish:
    """A dish on the demo's menu, by name and category."""

    name: str
    category: str


@cache
def menu_text() -> str:
    """The menu file of the demo's store."""
    return resources.files("demo").joinpath("menu.toml").read_text("utf-8")


@cache
def dishes() -> tuple[Dish, ...]:
    """What can be ordered."""
    return tuple(Dish(row["name"], row["category"]) for row in tomllib.loads(menu_text())["dishes"])


def order(lines: int, dice: Random) -> dict[str, Any]:
    """One guest's order, ready for `POST …/orders`."""
    body: dict[str, Any] = {"items": [_item(dice) for _ in range(max(1, lines))]}
    body |= _party(dice)
    if dice.random() < 0.07:
        body["allergies"] = [{"text": dice.choice(ALLERGIES)}]
    if dice.random() < 0.10:
        body["notes"] = [{"text": dice.choice(NOTES)}]
    if dice.random() < 0.04:
        body["priority"] = dice.choice(("rush", "vip"))
    return body


def _party(dice: Random) -> dict[str, Any]:
    """Who eats, and where."""
    if dice.random() < 0.55:
        covers = dice.choice((1, 2, 2, 2, 3, 4, 4, 6))
        return {
            "service": "dine_in",
            "table": str(dice.randint(1, 24)),
            "covers": covers,
            "server": dice.choice(SERVERS),
        }
    service = dice.choice(("pickup", "pickup", "delivery"))
    return {"service": service, "customer": {"name": dice.choice(FIRST_NAMES)}}


def _item(dice: Random) -> dict[str, Any]:
    dish = dice.choice(dishes())
    item: dict[str, Any] = {"name": dish.name, "qty": str(dice.choices((1, 2, 3, 4), (70, 20, 6, 4))[0])}
    choices = EXTRAS[dish.category]
    if dice.random() < 0.45:
        wanted = dice.sample(choices, k=min(len(choices), dice.choice((1, 1, 2))))
        item["modifiers"] = [{"name": name, "action": action} for action, name in wanted]
    if dice.random() < 0.04:
        item["notes"] = [{"text": f"allergy: {dice.choice(ALLERGIES)}"}]
    return item
