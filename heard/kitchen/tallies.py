"""All-day: how many of each dish are open at a station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from heard.contract.kds import TicketItem
from heard.contract.orders import Modifier
from heard.kitchen.board import Board
from heard.kitchen.tickets import HELD, READY, Line, Ticket


class Tally(NamedTuple):
    """One row: a dish, a unit, how much of it is open. `choices` is empty unless they are counted apart."""

    name: str
    choices: tuple[str, ...]
    unit: str
    qty: Decimal


def all_day(
    board: Board,
    station: str,
    *,
    dish: Callable[[TicketItem], str] = attrgetter("name"),
    choice: Callable[[Modifier], str] | None = None,
) -> list[Tally]:
    """What a station still has to make, most first. Held and voided lines do not count, done ones neither.

    `dish` names an item and `choice` a choice in the words of this kitchen; without `choice` dishes of one name count
    together whatever was chosen.
    """
    count: defaultdict[tuple[str, tuple[str, ...], str], Decimal] = defaultdict(Decimal)
    for line in _open(board, station):
        choices = tuple(map(choice, _flat(line.item.modifiers))) if choice else ()
        count[dish(line.item), choices, line.item.unit] += line.item.qty
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


def _flat(modifiers: Iterable[Modifier]) -> Iterable[Modifier]:
    for modifier in modifiers:
        yield modifier
        yield from _flat(modifier.children)
