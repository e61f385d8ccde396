"""All-day: how many of each dish are open at a station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from heard.contract.orders import Modifier
from heard.kitchen.board import Board
from heard.kitchen.tickets import HELD, READY, Line, Ticket


class Tally(NamedTuple):
    """One row: a dish, a unit, how much of it is open. `choices` is empty unless counted with modifiers."""

    name: str
    choices: tuple[str, ...]
    unit: str
    qty: Decimal


def all_day(board: Board, station: str, *, with_modifiers: bool = False) -> list[Tally]:
    """What a station still has to make, most first. Held and voided lines do not count, done ones neither."""
    count: defaultdict[tuple[str, tuple[str, ...], str], Decimal] = defaultdict(Decimal)
    for line in _open(board, station):
        choices = tuple(_choices(line.item.modifiers)) if with_modifiers else ()
        count[line.item.name, choices, line.item.unit] += line.item.qty
    rows = [Tally(name, choices, unit, qty) for (name, choices, unit), qty in count.items()]
    return sorted(rows, key=lambda row: (-row.qty, row.name, row.choices))


def _open(board: Board, station: str) -> Iterable[Line]:
    for ticket in board.at(station):
        if not ticket.closed:
            yield from (line for line in ticket.lines if line.live and _is_open(board, ticket, line))


def _is_open(board: Board, ticket: Ticket, line: Line) -> bool:
    """Expo's line of what others make does not move with theirs: theirs are asked."""
    watched = ticket.is_expo and line.item.stations
    makers = board.item_lines(ticket.order_id, line.item_id) if watched else (line,)
    return not line.handed_over and any(one.live and one.state not in (HELD, READY) for one in makers)


def _choices(modifiers: Iterable[Modifier]) -> Iterable[str]:
    for modifier in modifiers:
        yield f"{modifier.action} {modifier.name}" if modifier.action not in ("choice", "add") else modifier.name
        yield from _choices(modifier.children)
