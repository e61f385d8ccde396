"""A board that remembers: the state of a ticket is worked out again only when the ticket is another one.

A board of a whole service day holds a thousand tickets, and one bump changes two of them.
"""

from __future__ import annotations

from typing import NamedTuple

from heard.contract.kds import EXPO, Gating
from heard.kitchen.board import Board
from heard.kitchen.priority import Place, is_up, place
from heard.kitchen.tickets import Ticket

MadeOf = tuple[Ticket, ...]


def made_of(board: Board, ticket: Ticket) -> MadeOf:
    """The tickets a card is painted from: expo's from all of its order."""
    return board.of_order(ticket.order_id) if ticket.station == EXPO else (ticket,)


def same(before: MadeOf, now: MadeOf) -> bool:
    """Whether nothing changed. Tickets are immutable: one that is not the same object is another one."""
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))


class Known(NamedTuple):
    """What was worked out of a ticket, and from which tickets."""

    ticket: Ticket
    made_of: MadeOf
    up: bool
    place: Place


class Remembering:
    """What `on_wall` says of a board, from memory where nothing a card is painted from has changed."""

    def __init__(self) -> None:
        self._of: tuple[str, Gating] = ("", "always")
        self._known: dict[str, Known] = {}

    def on_wall(self, board: Board, station: str, gating: Gating) -> list[tuple[Ticket, MadeOf]]:
        """The cards of a station, first to cook first, each with the tickets it is painted from."""
        before = self._known if self._of == (station, gating) else {}
        known: dict[str, Known] = {}
        up: list[Known] = []
        for ticket in board.at(station):
            name = ticket.ticket_id
            kept = before.get(name)
            if kept is None or kept.ticket is not ticket or station == EXPO:
                kept = _known(board, ticket, gating, kept)
            known[name] = kept
            if kept.up:
                up.append(kept)
        self._of, self._known = (station, gating), known
        return [(one.ticket, one.made_of) for one in sorted(up, key=_by_place)]


def _known(board: Board, ticket: Ticket, gating: Gating, kept: Known | None) -> Known:
    parts = made_of(board, ticket)
    if kept is not None and kept.ticket is ticket and same(kept.made_of, parts):
        return kept
    state = board.state(ticket)
    return Known(ticket, parts, is_up(board, ticket, state, gating), place(ticket, state))


def _by_place(known: Known) -> Place:
    return known.place
