"""What of a station's cards can ring, from memory where nothing they are made of is another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import NamedTuple

from heard.contract.kds import Gating
from heard.kitchen.board import Board
from heard.kitchen.priority import is_up
from heard.kitchen.tickets import Ticket
from kds.chimes import Sign, sign
from kds.memory import MadeOf, made_of, same


class House(NamedTuple):
    """What the store asks of its stations."""

    gating: Gating = "always"
    late_s: float | None = 720.0
    """The age at which a card is late; None: never."""
    zone: tzinfo = UTC


class Signs:
    """One for a station."""

    def __init__(self, station: str) -> None:
        self._station = station
        self._house = House()
        self._board: Board | None = None
        self._made: dict[str, tuple[MadeOf, Sign | None]] = {}
        """Ticket → itself and what it is made of, and its sign."""
        self._signs: Mapping[str, Sign] = {}

    def settle(self, house: House) -> None:
        """What the store asks for."""
        if house != self._house:
            self._house, self._board = house, None
            self._made.clear()

    def of(self, board: Board) -> Mapping[str, Sign]:
        """Ticket → what of it can ring; test orders never do."""
        if board is not self._board:
            made = {one.ticket_id: self._sign(board, one) for one in board.at(self._station) if not one.header.test}
            self._made = made
            self._signs = {ticket_id: sign for ticket_id, (_, sign) in made.items() if sign is not None}
            self._board = board
        return self._signs

    def _sign(self, board: Board, ticket: Ticket) -> tuple[MadeOf, Sign | None]:
        """A ticket's sign, None where it is no card; from memory where nothing it is made of is another."""
        known = self._made.get(ticket.ticket_id)
        if known is not None and ticket is known[0][0] and (not ticket.is_expo or (ticket.closed and not known[1])):
            return known  # its siblings do not matter: it is no card of expo, or one that has left the kitchen
        parts = made_of(board, ticket)
        if known is not None and same(known[0][1:], parts):
            return known
        state = board.state(ticket)
        up = is_up(board, ticket, state, self._house.gating)
        return (ticket, *parts), sign(ticket, state, self._house.late_s) if up else None
