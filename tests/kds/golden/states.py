"""Evenings to look at: boards made with the real rules, at a time that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from heard.client.clock import ManualClock
from heard.contract import kds
from heard.contract.base import instant_text
from tests.kds.conftest import Still


class Evening(Still):
    """A kitchen whose orders were placed some time ago, and a focus for the wall to have."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.focus: str | None = None
        self.bumps_later: list[str] = []
        """Tickets done after the wall was first shown: it has their ghosts."""

    def order(self, age_s: float, *items: Any, **more: Any) -> str:
        """One placed so many seconds ago."""
        return self.place(*items, placed_at=self.at(-age_s), **more)

    def at(self, seconds: float) -> str:
        """A time, seconds from now."""
        return instant_text(self.clock.now() + timedelta(seconds=seconds))


def dish(name: str, qty: Any = 1, *choices: str, at: tuple[str, ...] = ("grill",), **more: Any) -> dict[str, Any]:
    """An item; a choice is its action and its name: `no onions`."""
    parts = [choice.partition(" ") for choice in choices]
    modifiers = [{"action": action, "name": name} for action, _, name in parts]
    return {"name": name, "qty": qty, "modifiers": modifiers, "station_hint": list(at), **more}


def empty(_: Evening) -> None:
    """Nobody is hungry."""


def rush(e: Evening) -> None:
    """Half past seven: every service, every age, two that go before the others."""
    first = e.order(
        760,
        dish("Smash Burger", 2, "no onions", "extra cheddar"),
        dish("Grilled Cheese", notes=[{"text": "cut in half"}]),
        dish("Wagyu Steak", 1, "choice medium rare", "side Béarnaise", seat="2", course=1),
        service="dine_in", table="7", server="Maya", covers=4,
    )  # fmt: skip
    e.order(500, dish("BBQ Bacon Burger", 1, "sub Beyond patty"), dish("Melt", at=("grill", "fry")),
            service="delivery", source={"system": "Bike Eats"}, promised_at=e.at(250), paid=True)  # fmt: skip
    e.order(400, dish("Burger", 3), service="pickup", customer={"name": "Jonas K."}, promised_at=e.at(-130))
    focused = e.order(200, dish("Ribeye [GF]"), service="drive_thru", priority="rush")
    combo = {"parent_item_id": "combo"}
    e.order(120, dish("Family Combo", item_id="combo"), dish("Burger", 2, **combo), dish("Hot Dog", 2, **combo),
            service="curbside", test=True)  # fmt: skip
    e.order(45, dish("王小明 牛肉饭"), dish("Crème brûlée"), service="catering", priority="vip", table="Patio 4")
    for n in range(7):
        more = [dish("Patty Melt", 1, "no pickles")] if n % 2 else []
        where = {"service": ("dine_in", "pickup", "delivery")[n % 3], "table": str(3 + n) if n % 3 == 0 else None}
        e.order(35 - 5 * n, dish(("Burger", "Club Sandwich", "Turkey Melt")[n % 3], 1 + n % 2), *more, **where)
    e.act(kds.Start, f"{first}.grill")
    e.focus = f"{focused}.grill"


def trouble(e: Evening) -> None:
    """All that a cook must not miss: allergies, a change, a void, an add-on, a recall, a whole ticket voided."""
    allergic = e.order(200, dish("Pad Thai", allergies=[{"code": "sesame"}]), dish("Burger"), service="dine_in",
                       table="12", allergies=[{"code": "nuts", "text": "severe"}])  # fmt: skip
    burger = dish("Burger", 2, "no onions", "extra bacon", item_id="b", notes=[{"text": "well done"}])
    changed = e.order(320, burger, dish("Wrap", item_id="w"), service="pickup")
    late = dish("Kids Burger", 1, "extra ketchup")
    now = dish("Burger", 3, "no onions", "add egg", item_id="b")
    e.change(changed, items=[now, {"item_id": "w", "qty": 0}, late])
    recalled = e.order(500, dish("Ribeye"), service="delivery")
    e.act(kds.Bump, f"{recalled}.grill")
    e.act(kds.Recall, f"{recalled}.grill")
    gone = e.order(60, dish("Melt", item_id="m"), service="dine_in", table="3")
    e.change(gone, items=[{"item_id": "m", "qty": 0}])
    e.focus = f"{allergic}.grill"


def sixty(e: Evening) -> None:
    """A wedding: sixty lines for one table, one of them voided, between two small orders."""
    e.order(520, dish("Burger"), service="pickup")
    names = ("Burger", "Cheese Melt", "Ribeye Steak", "Chicken Wrap")
    lines = [
        dish(f"{names[n % 4]} {n + 1}", 1 + n % 3, *(["no onions"] if n % 5 == 0 else []), item_id=f"i{n}")
        for n in range(60)
    ]
    party = e.order(400, *lines, service="catering", table="Hall", allergies=[{"text": "peanuts"}])
    e.change(party, items=[{"item_id": "i40", "qty": 0}])
    e.order(20, dish("Burger"), service="dine_in", table="1")


def the_pass(e: Evening) -> None:
    """Expo: ready, half ready, not begun, held for later, and one that nobody knows where to make."""
    both = {"at": ("grill", "fry")}
    mixed = e.order(640, dish("Burger", 2, "no onions"), dish("Fries", 2, at=("fry",)), dish("Melt", **both),
                    service="dine_in", table="4", covers=3, server="Maya")  # fmt: skip
    e.act(kds.Start, f"{mixed}.grill")
    e.act(kds.Bump, f"{mixed}.fry")
    ready = e.order(350, dish("Burger"), dish("Fries", at=("fry",)), service="delivery", source={"system": "Bike Eats"},
                    promised_at=e.at(900), paid=True)  # fmt: skip
    e.act(kds.Bump, f"{ready}.grill")
    e.act(kds.Bump, f"{ready}.fry")
    e.order(200, dish("Melt", at=("grill", "fry")), dish("Cola", 2, at=("expo",)), service="pickup",
            customer={"name": "Jonas"}, paid=False)  # fmt: skip
    held = e.order(100, dish("Ribeye", course=1), dish("Tiramisu", at=("fry",), course=2, item_id="later"),
                   service="dine_in", table="9")  # fmt: skip
    e.act(kds.Hold, f"{held}.fry", item_ids=("later",))
    e.order(60, dish("Mystery dish", at=()), service="catering", notes=[{"text": "call before delivery"}])


def ghosts(e: Evening) -> None:
    """Two were bumped a moment ago: one here, one by somebody else."""
    orders = [e.order(300 - 40 * n, dish("Burger", n + 1), dish("Melt"), service="pickup") for n in range(5)]
    e.bumps_later = [f"{orders[1]}.grill", f"{orders[3]}.grill"]
    e.focus = f"{orders[0]}.grill"


STATES: dict[str, Callable[[Evening], None]] = {
    "empty": empty,
    "rush": rush,
    "trouble": trouble,
    "sixty": sixty,
    "pass": the_pass,
    "ghosts": ghosts,
}
