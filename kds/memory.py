"""A board that remembers: the state of a ticket is worked out again only when the ticket is another one.

A board of a whole service day holds a thousand tickets, and one bump changes two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from heard.contract.kds import EXPO
from heard.kitchen.board import Board
from heard.kitchen.tickets import Ticket, TicketState

MadeOf = tuple[Ticket, ...]


def made_of(board: Board, ticket: Ticket) -> MadeOf:
    """The tickets a card is painted from: expo's from all of its order."""
    return board.of_order(ticket.order_id) if ticket.station == EXPO else (ticket,)


def same(before: MadeOf, now: MadeOf) -> bool:
    """Whether nothing changed. Tickets are immutable: one that is not the same object is another one."""
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))


class Remembering:
    """What `on_wall` asks of a board, answered from memory where that is right."""

    def __init__(self) -> None:
        self._board = Board()
        self._states: dict[str, tuple[MadeOf, TicketState]] = {}
        self._here: list[Ticket] = []

    def of(self, board: Board, station: str) -> Board:
        """This board, for one station."""
        self._board = board
        self._here = list(board.at(station))
        if len(self._states) > 2 * len(self._here) + 100:
            self._states.clear()
        return cast("Board", self)

    def at(self, station: str) -> Iterator[Ticket]:  # noqa: ARG002
        """The station's tickets."""
        return iter(self._here)

    def state(self, ticket: Ticket) -> TicketState:
        """Where a ticket stands."""
        now = made_of(self._board, ticket)
        known = self._states.get(ticket.ticket_id)
        if known is None or not same(known[0], now):
            known = self._states[ticket.ticket_id] = (now, self._board.state(ticket))
        return known[1]
