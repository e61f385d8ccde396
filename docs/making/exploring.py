"""How an order can go, found out by trying: every command in every state of a small kitchen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from heard.contract.orders import OrderStatusChanged, Status
from heard.contract.registry import read_command
from heard.errors import HeardError
from heard.kitchen.board import ticket_id
from heard.kitchen.routing import House, Rule
from heard.kitchen.rules import Kitchen, Moment, Outcome, decide

_HOUSE = House(store="s1", stations=("grill", "expo"), rules=(Rule(stations=("grill",), item="Burger"),))
_ROW = {"name": "Burger", "qty": "1"}
_MOVES = ("start", "bump", "undo", "recall", "hold", "fire", "ack_void")
_MOST_ROWS = 2
_DEEP = 6
"""Commands in a row; one more finds no new way."""


@cache
def order_moves() -> list[tuple[Status, Status]]:
    """Every (from, to) an order's status was seen to go, in order of the states."""
    ids = (f"made-up-{n:06}" for n in count())
    moment = Moment(datetime(2026, 11, 20, 18, 0, tzinfo=UTC), _HOUSE, lambda: next(ids))
    placed = _try(Kitchen(), moment, "orders:place", order={"items": [_ROW]})
    here = [placed] if placed else []
    seen: set[Any] = set()
    moves: set[tuple[Status, Status]] = set()
    for _ in range(_DEEP):
        told = [new for old in here for new in _next(old.after, moment)]
        moves |= {(fact.from_, fact.to) for one in told for fact in one.facts if isinstance(fact, OrderStatusChanged)}
        here = [one for one in told if _is_new(one.after, seen)]
    order = list(Status)
    return sorted(moves, key=lambda move: (order.index(move[0]), order.index(move[1])))


def _next(kitchen: Kitchen, moment: Moment) -> Iterator[Outcome]:
    order = next(iter(kitchen.book.orders.values()))
    tries = [_try(kitchen, moment, "orders:cancel", order_id=order.id)]
    if len(order.items) < _MOST_ROWS:
        tries.append(_try(kitchen, moment, "orders:update", order_id=order.id, changes={"items": [_ROW]}))
    for station in _HOUSE.stations:
        ticket = ticket_id(order.id, station)
        tries += [_try(kitchen, moment, f"kds:{move}", ticket_id=ticket) for move in _MOVES]
        tries.append(_try(kitchen, moment, "kds:bump", ticket_id=ticket, force=True))
    yield from (one for one in tries if one)


def _try(kitchen: Kitchen, moment: Moment, name: str, /, **fields: Any) -> Outcome | None:
    try:
        return decide(kitchen, read_command(name, {"command_id": moment.new_id(), **fields}), moment)
    except HeardError:
        return None


def _is_new(kitchen: Kitchen, seen: set[Any]) -> bool:
    looks = tuple(
        (ticket.station, ticket.closed, tuple(deed.kind for deed in ticket.deeds[-1:]),
         tuple((line.state, line.acked, line.begun, line.handed_over) for line in ticket.lines))
        for ticket in kitchen.board.tickets.values()
    )  # fmt: skip
    key = (frozenset(looks), *(order.status for order in kitchen.book.orders.values()))
    return key not in seen and not seen.add(key)  # type: ignore[func-returns-value]
