"""What is finished at a station and can still be brought back, and how a list tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from heard.kitchen.board import Board
from heard.kitchen.tickets import HELD, Ticket
from kds.bars import done_at
from kds.dishes import dish
from kds.items import amount_of
from kds.look import Look


def recently_done(board: Board, station: str) -> Iterator[Ticket]:
    """Done tickets of this service day, the newest first; one that is all void has nothing to bring back."""
    for ticket_id in reversed(board.stacks.get(station, ())):
        ticket = board.tickets.get(ticket_id)
        if ticket is not None and any(line.live for line in ticket.lines):
            yield ticket


def made(ticket: Ticket, look: Look) -> str:
    """What was made of it."""
    items = (line.item for line in ticket.lines if line.live and line.state is not HELD)
    return ", ".join(f"{amount_of(item)} {dish(item, look)}" for item in items)


def took(ticket: Ticket) -> timedelta | None:
    """How long it was from the order to the last of it; None of a ticket that is all void."""
    done = done_at(ticket)
    return None if done is None else done - ticket.header.placed_at
