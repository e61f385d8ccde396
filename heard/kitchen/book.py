"""The book: every order of a store's service day, and older ones still open; a fold of the orders stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from immutables import Map

from heard.contract import orders
from heard.contract.base import Fact
from heard.contract.orders import Order, Source, Status
from heard.errors import NotFound
from heard.kitchen.board import Board
from heard.kitchen.evolve import evolve
from heard.kitchen.routing import House

SourceKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Book:
    """The orders of a store: those of this service day, and older ones that are still open."""

    orders: Map[str, Order] = Map()
    by_source: Map[SourceKey, str] = Map()
    day: str = ""
    count: int = 0
    """The highest number given out this service day."""
    seq: int = 0

    def order(self, order_id: str) -> Order:
        """An order by id.

        Raises:
            NotFound: none such.
        """
        found = self.orders.get(order_id)
        if found is None:
            raise NotFound(f"there is no order {order_id[:64]}")
        return found

    def known(self, source: Source, external_id: str | None) -> Order | None:
        """The order a source means by its own id."""
        key = source_key(source, external_id)
        found = self.by_source.get(key) if key else None
        return self.orders.get(found) if found else None


def source_key(source: Source, external_id: str | None) -> SourceKey | None:
    """What makes a source's order one: system, account, its id there."""
    return (source.system, source.account or "", external_id) if external_id else None


def note_down(book: Book, fact: Fact, seq: int) -> Book:
    """The book after a fact of the orders stream."""
    book = evolve(book, seq=seq)
    match fact:
        case orders.OrderCreated(order=order):
            return _numbered(_with(_new_day(book, order.service_day), order), order)
        case orders.OrderUpdated(order=order):
            return _with(book, order)
        case orders.OrderStatusChanged(order_id=order_id, to=to) if order_id in book.orders:
            return _with(book, book.orders[order_id].model_copy(update={"status": to}))
        case _:
            return book


def _with(book: Book, order: Order) -> Book:
    key = source_key(order.source, order.external_id)
    by_source = book.by_source.set(key, order.id) if key else book.by_source
    return evolve(book, orders=book.orders.set(order.id, order), by_source=by_source)


def _numbered(book: Book, order: Order) -> Book:
    return evolve(book, count=book.count + 1) if order.display_no == str(book.count + 1) else book


def _new_day(book: Book, day: str) -> Book:
    if day <= book.day:
        return book
    over = (Status.COMPLETED, Status.CANCELLED)
    kept = {one: order for one, order in book.orders.items() if order.status not in over}
    by_source = {key: one for key, one in book.by_source.items() if one in kept}
    return evolve(book, orders=Map(kept), by_source=Map(by_source), day=day, count=0)


@dataclass(frozen=True, slots=True)
class Till:
    """What a decision about orders needs beside the order: the state, the store, the moment, fresh ids."""

    board: Board
    book: Book
    house: House
    now: datetime
    new_id: Callable[[], str]
