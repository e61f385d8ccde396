"""The rules of a kitchen in three functions: what a command comes to, what a fact does, what time brings.

`decide` and `apply` are pure. The gateway decides for real; a station predicts with the same code, so that a bump is on
the glass before any network, with the same refusals in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from heard.contract import kds, orders
from heard.contract.base import Command, Fact
from heard.contract.envelope import Envelope
from heard.contract.orders import Status
from heard.contract.registry import read_fact
from heard.errors import BadRequest, InvalidTransition
from heard.ids import derived_id
from heard.kitchen import moves
from heard.kitchen.board import Board
from heard.kitchen.book import Book, Till, note_down
from heard.kitchen.evolve import evolve
from heard.kitchen.facts import Stamp, apply_fact
from heard.kitchen.moves import Decision, closes, is_waiting
from heard.kitchen.orders import cancel, place, update
from heard.kitchen.routing import House
from heard.kitchen.tickets import Ticket

NOWHERE = House(store="nowhere")
SKEW = timedelta(minutes=2)
"""A person's clock this far from the gateway's is remarked on."""


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A store's state: the board of its stations and the book of its orders. A station has no book."""

    board: Board = field(default_factory=Board)
    book: Book = field(default_factory=Book)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a decision needs from outside: the time, the store, fresh ids. A station needs none but the time."""

    now: datetime
    house: House = NOWHERE
    new_id: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command comes to: its facts, kds before orders, and the state after them."""

    result: moves.Result
    facts: tuple[Fact, ...]
    after: Kitchen


# ── Decide ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(kitchen: Kitchen, command: Command, moment: Moment) -> Outcome:
    """What a command comes to here and now.

    Raises:
        HeardError: refused, in a sentence; nothing is changed.
    """
    decision = _decision(kitchen, command, moment)
    if decision.result != "applied":
        return Outcome(decision.result, (), kitchen)
    stamp = Stamp(0, moment.now, command.command_id)
    facts, board = _with_close(kitchen.board, decision.facts, stamp)
    facts = tuple(_dated(fact, command, moment) for fact in facts)
    of_orders = tuple(_order_facts(kitchen, board, decision, facts))
    return Outcome("applied", (*facts, *of_orders), Kitchen(board, _noted(kitchen.book, of_orders)))


def _dated(fact: Fact, command: Command, moment: Moment) -> Fact:
    """What a person did carries when they did it; far from now, it says so."""
    if command.made_at is None or not isinstance(fact, kds.KdsFact):
        return fact
    skewed = abs(moment.now - command.made_at) > SKEW or None
    return fact.model_copy(update={"made_at": command.made_at, "skewed": skewed})


def _decision(kitchen: Kitchen, command: Command, moment: Moment) -> Decision:
    if decide_order := _ORDERS.get(type(command)):
        till = Till(kitchen.board, kitchen.book, moment.house, moment.now, moment.new_id)
        return decide_order(till, command)
    if decide_move := moves.MOVES.get(type(command)):
        _of_this_day(kitchen.board, command, moment)
        return decide_move(kitchen.board, command)
    raise BadRequest(f"{command.name} is not a command for the kitchen")


_ORDERS: dict[type[Command], Callable[[Till, Any], Decision]] = {
    orders.PlaceOrder: place,
    orders.UpdateOrder: update,
    orders.CancelOrder: cancel,
}


def _of_this_day(board: Board, command: Command, moment: Moment) -> None:
    """What was closed on an earlier service day stays closed."""
    if moment.house is NOWHERE or not isinstance(command, kds.Undo | kds.Recall):
        return
    ticket = board.ticket(command.ticket_id)
    if ticket.closed and ticket.header.service_day < moment.house.service_day(moment.now):
        raise InvalidTransition(f"{ticket.label} was closed on {ticket.header.service_day}; that day is over")


def _with_close(board: Board, facts: Iterable[Fact], stamp: Stamp) -> tuple[tuple[Fact, ...], Board]:
    """The kds facts, and the board after them; where there is no expo the last ready line closes the order."""
    told = [fact for fact in facts if isinstance(fact, kds.KdsFact)]
    after = _fold(board, told, stamp)
    close = closes(after, told[0].order_id) if told else None
    if close is None:
        return tuple(told), after
    return (*told, close), _fold(after, [close], stamp)


def _fold(board: Board, facts: Iterable[Fact], stamp: Stamp) -> Board:
    for fact in facts:
        board = apply_fact(board, fact, stamp._replace(seq=board.seq + 1))
    return board


def _order_facts(kitchen: Kitchen, after: Board, decision: Decision, told: tuple[Fact, ...]) -> Iterator[Fact]:
    """What the orders stream hears of it: the change itself, then where the order moved, then the specific fact."""
    given = [fact for fact in decision.facts if isinstance(fact, orders.OrderFact)]
    yield from (fact for fact in given if not isinstance(fact, orders.OrderCancelled))
    yield from _repriced(kitchen.book, told)
    order_id = next((fact.order_id for fact in (*told, *given) if isinstance(fact, kds.KdsFact | orders.OrderFact)), "")
    if any(isinstance(fact, orders.OrderCreated) for fact in given):
        return
    before, now = _status(kitchen, order_id), after.status(order_id) if order_id in after.orders else None
    if now is not None and now is not before:
        yield orders.OrderStatusChanged(order_id=order_id, from_=before, to=now)
    if any(isinstance(fact, kds.ItemReady) and not fact.forced for fact in told):
        ready = sorted(after.ready_items(order_id) - kitchen.board.ready_items(order_id))
        if ready:
            yield orders.OrderItemReady(order_id=order_id, item_ids=tuple(ready))
    if now is Status.COMPLETED and before is not now:
        yield orders.OrderCompleted(order_id=order_id)
    yield from (fact for fact in given if isinstance(fact, orders.OrderCancelled))


def _status(kitchen: Kitchen, order_id: str) -> Status:
    known = kitchen.book.orders.get(order_id)
    return known.status if known else kitchen.board.status(order_id)


def _repriced(book: Book, told: tuple[Fact, ...]) -> Iterator[Fact]:
    for fact in told:
        if isinstance(fact, kds.PriorityChanged) and (order := book.orders.get(fact.order_id)):
            changed = order.model_copy(update={"priority": fact.priority, "revision": order.revision + 1})
            yield orders.OrderUpdated(order_id=order.id, order=changed, changed=("priority",))


# ── Apply ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _noted(book: Book, facts: Iterable[Fact]) -> Book:
    for fact in facts:
        book = note_down(book, fact, book.seq + 1)
    return book


def apply(kitchen: Kitchen, envelope: Envelope) -> Kitchen:
    """The state after a fact; one this version does not know moves only the position, other streams change nothing."""
    match envelope.stream.rpartition("/")[2]:
        case "kds":
            return evolve(kitchen, board=apply_to_board(kitchen.board, envelope))
        case "orders":
            return evolve(kitchen, book=_apply_to_book(kitchen.book, envelope))
        case _:
            return kitchen


def apply_to_board(board: Board, envelope: Envelope) -> Board:
    """What a fact of the kds stream does to a board: all there is to do for a screen, which has no book."""
    fact, seq = read_fact(envelope), envelope.seq or 0
    if fact is None:
        return evolve(board, seq=seq)
    return apply_fact(board, fact, Stamp(seq, envelope.at, envelope.cause))


def _apply_to_book(book: Book, envelope: Envelope) -> Book:
    fact, seq = read_fact(envelope), envelope.seq or 0
    return evolve(book, seq=seq) if fact is None else note_down(book, fact, seq)


# ── Due ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def due(board: Board, now: datetime) -> list[Command]:
    """What time brings at `now`: scheduled tickets are fired. Asking twice is asking once: the ids are derived.

    Run by the gateway alone; an offline station shows what is due and fires nothing.
    """
    return [_fire(ticket) for ticket in board.tickets.values() if _is_due(ticket, now)]


def _fire(ticket: Ticket) -> kds.Fire:
    # The items are part of the id: what is added to a ticket that was fired before must fire as well.
    items = tuple(line.item_id for line in ticket.own_lines if is_waiting(line))
    wanted = derived_id("fire", ticket.ticket_id, str(ticket.header.fire_at), *items)
    return kds.Fire(command_id=wanted, ticket_id=ticket.ticket_id, item_ids=items)


def _is_due(ticket: Ticket, now: datetime) -> bool:
    at = ticket.header.fire_at
    return at is not None and at <= now and any(is_waiting(line) for line in ticket.own_lines)
