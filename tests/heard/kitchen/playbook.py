"""Scripts for a kitchen: given facts, when a command, then facts.

Every command of a script travels: its facts go through wire JSON and are folded again, and what comes of that must be
what `decide` said it would be.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from heard.contract import kds, orders
from heard.contract.base import Command, Fact
from heard.contract.envelope import SYSTEM, Envelope, join_private, split_private
from heard.contract.registry import COMMANDS, FACTS, kind_of
from heard.kitchen.board import Board
from heard.kitchen.routing import House
from heard.kitchen.rules import Kitchen, Moment, Outcome, apply, decide, due
from heard.kitchen.tickets import Line, Ticket

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

DISHES = (
    {"name": "Burger", "sku": "B1", "category": "mains", "stations": ["grill"], "prep_seconds": 480},
    {"name": "Steak", "category": "mains", "stations": ["grill"]},
    {"name": "Fries", "category": "sides", "stations": ["fry"]},
    {"name": "Salad", "category": "sides", "stations": ["cold"]},
    {"name": "Combo", "stations": ["grill", "fry"]},
    {"name": "Water", "stations": ["expo"]},
)

HOUSE = House.model_validate(
    {
        "store": "s1",
        "stations": ["grill", "fry", "cold", "expo"],
        "dishes": DISHES,
        "rules": [{"modifier": "fried egg", "stations": ["fry"], "also": True}],
    }
)
"""A store with an expo."""

CAFE = House.model_validate(
    {
        "store": "s2",
        "stations": ["grill", "fry"],
        "default_station": "fry",
        "dishes": [{"name": "Burger", "stations": ["grill"]}, {"name": "Fries", "stations": ["fry"]}],
    }
)
"""A store without one."""


class Play:
    """A kitchen in a script. `order_id` is the last order placed; `told` what the last command came to."""

    def __init__(self, house: House = HOUSE, now: datetime = NOON) -> None:
        self.house, self.now = house, now
        self.kitchen = Kitchen()
        self.folded = Kitchen()
        self.log: list[Envelope] = []
        self.order_id = ""
        self.outcome = Outcome("already", (), self.kitchen)
        self._commands = count(1)
        self._ids = count(1)

    # ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, *items: str | dict[str, Any], **order: Any) -> str:
        """An order of these dishes comes in; its id."""
        rows = [{"name": item, "qty": "1"} if isinstance(item, str) else {"qty": "1", **item} for item in items]
        outcome = self.say("orders:place", order={"items": rows, **order})
        created = next((fact for fact in outcome.facts if isinstance(fact, orders.OrderCreated)), None)
        self.order_id = created.order_id if created else self.order_id
        return self.order_id

    def update(self, *items: dict[str, Any], **changes: Any) -> Outcome:
        """A till changes the order; rows may be named by `dish` instead of `item_id`."""
        rows = [self._row(item) for item in items]
        more = {"if_revision": changes.pop("if_revision")} if "if_revision" in changes else {}
        return self.say(
            "orders:update", order_id=self.order_id, changes=changes | ({"items": rows} if rows else {}), **more
        )

    def cancel(self, reason: str | None = None) -> Outcome:
        """A till takes the order back."""
        return self.say("orders:cancel", order_id=self.order_id, **({"reason": reason} if reason else {}))

    def cook(self, verb: str, station: str, *dishes: str, **more: Any) -> Outcome:
        """`kds:<verb>` at the order's ticket at a station; of these dishes, or of all of it."""
        named = {"item_ids": [self.item_id(dish) for dish in dishes]} if dishes else {}
        return self.say(f"kds:{verb}", ticket_id=f"{self.order_id}.{station}", **named, **more)

    def say(self, name: str, **fields: Any) -> Outcome:
        """Any command, as an outsider says it."""
        return self.do(COMMANDS[name].ingest({"command_id": f"command-{next(self._commands)}", **fields}))

    def do(self, command: Command) -> Outcome:
        """Decide, let the facts travel, and see that folding them gives what was decided."""
        moment = Moment(self.now, self.house, lambda: f"id-{next(self._ids)}")
        self.outcome = decide(self.kitchen, command, moment)
        for fact in self.outcome.facts:
            self._travel(fact, command)
        self.kitchen = self.outcome.after
        assert self.folded == self.kitchen, "the fold of the wire is not what was decided"
        return self.outcome

    def fire_what_is_due(self) -> list[Command]:
        """Time does its work."""
        commands = due(self.board, self.now)
        for command in commands:
            self.do(command)
        return commands

    def wait(self, **time: float) -> None:
        """The clock moves on: `wait(minutes=5)`."""
        self.now += timedelta(**time)

    # ── What came of it ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def told(self) -> list[str]:
        """The last command's facts: `kds:item_ready@grill`, `order:completed`."""
        return [f"{one.name}@{one.station}" if isinstance(one, kds.KdsFact) else one.name for one in self.outcome.facts]

    @property
    def board(self) -> Board:
        return self.kitchen.board

    @property
    def order(self) -> orders.Order:
        return self.kitchen.book.orders[self.order_id]

    @property
    def status(self) -> str:
        return str(self.board.status(self.order_id))

    def ticket(self, station: str) -> Ticket:
        return self.board.ticket(f"{self.order_id}.{station}")

    def state(self, station: str) -> str:
        """Where the order's ticket at a station stands."""
        return str(self.board.state(self.ticket(station)))

    def states(self) -> dict[str, str]:
        """Where all of the order's tickets stand."""
        return {ticket.station: str(self.board.state(ticket)) for ticket in self.board.of_order(self.order_id)}

    def item_id(self, dish: str) -> str:
        """The id of the order's (last) row of a dish; anything else is an id already."""
        return next((str(item.item_id) for item in reversed(self.order.items) if item.name == dish), dish)

    def line(self, station: str, dish: str) -> Line:
        line = self.ticket(station).line(self.item_id(dish))
        assert line is not None, f"{dish} is not at {station}"
        return line

    def fact(self, kind: type[Fact], station: str | None = None) -> Any:
        """The one fact of a kind among what was told last."""
        found = [
            one
            for one in self.outcome.facts
            if type(one) is kind and (station is None or getattr(one, "station", None) == station)
        ]
        assert len(found) == 1, f"{len(found)} of {kind.name} in {self.told}"
        return found[0]

    # ── The wire ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _travel(self, fact: Fact, command: Command) -> None:
        envelope = self._envelope(fact, command.command_id)
        self.log.append(envelope)
        self.folded = apply(self.folded, envelope)

    def _envelope(self, fact: Fact, cause: str) -> Envelope:
        kind = kind_of(fact)
        seq = 1 + (self.folded.board.seq if kind == "kds" else self.folded.book.seq)
        data, private = split_private(fact.as_wire(), FACTS[fact.name].private)
        said = Envelope(
            id=f"event-{len(self.log)}",
            v=fact.v,
            store=self.house.store,
            stream=f"{self.house.store}/{kind}",
            epoch="e1",
            seq=seq,
            at=self.now,
            name=fact.name,
            data=join_private(data, private),
            cause=cause,
            actor=SYSTEM,
        )
        return Envelope.model_validate_json(json.dumps(said.as_wire()))

    def _row(self, item: dict[str, Any]) -> dict[str, Any]:
        row = dict(item)
        return {"item_id": self.item_id(row.pop("dish")), **row} if "dish" in row else row
