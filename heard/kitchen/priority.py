"""What stands first on a wall: the order of cards, and how hot each is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from heard.contract.kds import Gating
from heard.kitchen.board import Board, is_cooking
from heard.kitchen.tickets import Ticket, TicketState

_RANK = {"vip": 0, "rush": 1, "normal": 2}

Place = tuple[int, int, datetime, str]
"""Where a card stands, to be compared."""


def on_wall(board: Board, station: str, gating: Gating = "always") -> list[Ticket]:
    """The cards a station shows, first to cook first: by priority, then age; at expo all that is ready comes before.

    Held and done tickets are not among them.
    """
    states = {ticket.ticket_id: board.state(ticket) for ticket in board.at(station)}
    cards = [ticket for ticket in board.at(station) if is_up(board, ticket, states[ticket.ticket_id], gating)]
    return sorted(cards, key=lambda ticket: place(ticket, states[ticket.ticket_id]))


def is_up(board: Board, ticket: Ticket, state: TicketState, gating: Gating = "always") -> bool:
    """Whether a ticket in this state is one of the cards its station shows.

    `when_ready` keeps a card back from expo as long as prep cooks for it, but never one with a void to acknowledge. A
    course on hold is not cooking: what is ready can be carried out, and the next course is expo's to fire.
    """
    early = gating == "when_ready" and state is TicketState.WAITING and is_cooking(board.of_order(ticket.order_id))
    hidden = early or state in (TicketState.HELD, TicketState.DONE)
    return not hidden or _unseen_void(ticket)


def _unseen_void(ticket: Ticket) -> bool:
    return any(not line.live and not line.acked for line in ticket.lines)


def place(ticket: Ticket, state: TicketState) -> Place:
    """Where a card stands among the others: the lower, the sooner to cook."""
    ready_first = 0 if state is TicketState.READY else 1
    return ready_first, _RANK[ticket.header.priority], ticket.header.placed_at, ticket.ticket_id


def age(ticket: Ticket, now: datetime) -> timedelta:
    """The ticket clock: since the order was placed, kept through a recall. Never negative, whatever a till says."""
    return max(timedelta(0), now - ticket.header.placed_at)


def heat(waited: timedelta, levels_s: Sequence[int]) -> int:
    """How many of the store's levels an age has passed: 0 is fresh, `len(levels_s)` is late."""
    return sum(waited.total_seconds() >= level for level in levels_s)
