"""Reads: what a stream holds after a position, as events or as a snapshot in pages, never part called whole."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from heard.contract.envelope import MAX_BEHIND, MAX_PUSH_BYTES, MAX_READ_BYTES, MAX_READ_EVENTS
from heard.errors import BadRequest
from server.fanout import in_view
from server.journal.base import Head, Journal
from server.kitchens import StoreKitchen, Tail, Told, as_told

CURSOR_LIFE_S = 120
MAX_CURSORS = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; `after` counts within `epoch`."""

    epoch: str | None = None
    after: int | None = None
    limit: int = MAX_READ_EVENTS
    cursor: str | None = None
    station: str | None = None

    def __post_init__(self) -> None:
        """Raises: BadRequest."""
        if self.after is not None and self.epoch is None:
            raise BadRequest("after: needs the epoch it counts in")
        if not 1 <= self.limit <= MAX_READ_EVENTS:
            raise BadRequest(f"limit: must be between 1 and {MAX_READ_EVENTS}")


@dataclass(frozen=True, slots=True)
class _Book:
    """A snapshot cut into pages, kept until it is read to the end or nobody asks."""

    stream: str
    head: Head
    station: str | None
    rest: dict[str, Any]
    key: str
    pages: tuple[list[Any], ...]
    until: float


class Reader:
    """Answers reads of all streams. `monotonic` gives s."""

    def __init__(self, journal: Journal, monotonic: Callable[[], float]) -> None:
        self._journal = journal
        self._monotonic = monotonic
        self._books: OrderedDict[str, _Book] = OrderedDict()

    async def store_stream(self, kitchen: StoreKitchen, kind: str, wanted: Wanted) -> dict[str, Any]:
        """A read of a store's stream.

        Raises:
            BadRequest: a position without epoch, a cursor that is not (any more) ours.
        """
        stream = kitchen.stream(kind)
        if wanted.cursor is not None:
            return self._page_of(stream, kitchen.tenant, wanted)
        tail = kitchen.tails[stream]
        if _recoverable(tail.head, wanted):
            # The tail holds all that is close enough to recover: the disk is never touched for a replay.
            missed = tail.after(wanted.after or 0)
            if missed is not None:
                return _events(stream, tail.head, missed, wanted)
        return self._snapshot(kitchen, kind, tail.head, wanted)

    async def user_stream(self, tenant: str, stream: str, wanted: Wanted) -> dict[str, Any]:
        """A read of the stream of facts addressed to a person."""
        head = await self._journal.open_stream(tenant, stream)
        if not _recoverable(head, wanted):
            return _reply(stream, head, head.seq, wanted) | {"snapshot": {"v": 1}}
        rows = await self._journal.read(tenant, stream, wanted.after or 0, wanted.limit)
        return _events(stream, head, [as_told(row) for row in rows], wanted)

    def missed(self, tail: Tail, epoch: str, after: int) -> list[Told] | None:
        """What a returning socket may be pushed unasked; None when it must ask."""
        if not _recoverable(tail.head, Wanted(epoch, after)):
            return None
        missed = tail.after(after)
        if missed is None or sum(len(json.dumps(told.envelope)) for told in missed) > MAX_PUSH_BYTES:
            return None
        return missed

    # ── Snapshots ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _snapshot(self, kitchen: StoreKitchen, kind: str, head: Head, wanted: Wanted) -> dict[str, Any]:
        key, rows, rest = _PARTS[kind](kitchen, wanted.station)
        stream = kitchen.stream(kind)
        pages = tuple(_pages(rows)) or ([],)
        book = _Book(stream, head, wanted.station, rest, key, pages, self._monotonic() + CURSOR_LIFE_S)
        token = ""
        if len(pages) > 1:
            token = f"{kitchen.tenant}.{secrets.token_urlsafe(12)}"
            self._keep(token, book)
        return _page(book, token, 0, kitchen.tails[stream].head, wanted)

    def _keep(self, token: str, book: _Book) -> None:
        now = self._monotonic()
        for old in [key for key, one in self._books.items() if one.until < now]:
            del self._books[old]
        self._books[token] = book
        if len(self._books) > MAX_CURSORS:
            self._books.popitem(last=False)

    def _page_of(self, stream: str, tenant: str, wanted: Wanted) -> dict[str, Any]:
        token, _, number = (wanted.cursor or "").rpartition(":")
        book = self._books.get(token)
        sound = book is not None and book.stream == stream and token.startswith(f"{tenant}.") and number.isdecimal()
        if book is None or not sound or int(number) >= len(book.pages) or book.until < self._monotonic():
            raise BadRequest("cursor: no such page any more; ask again without a cursor")
        return _page(book, token, int(number), book.head, wanted)


def _recoverable(head: Head, wanted: Wanted) -> bool:
    return (
        wanted.after is not None
        and wanted.epoch == head.epoch
        and wanted.after <= head.seq
        and head.seq - wanted.after <= MAX_BEHIND
    )


def _reply(stream: str, head: Head, seq: int, wanted: Wanted) -> dict[str, Any]:
    return {
        "stream": stream, "epoch": head.epoch, "seq": seq, "head": head.seq, "recovered": False,
        "was_recovering": wanted.after is not None, "more": seq < head.seq,
    }  # fmt: skip


def _events(stream: str, head: Head, missed: list[Told], wanted: Wanted) -> dict[str, Any]:
    """As many events as a reply holds. A view skips what it does not hear and still moves on to the last one seen."""
    events: list[dict[str, Any]] = []
    seq, size = wanted.after or 0, 0
    for told in missed:
        if wanted.station is None or wanted.station in told.prevs:
            event = in_view(told, wanted.station)
            size += len(json.dumps(event, ensure_ascii=False).encode())
            if len(events) >= wanted.limit or (events and size > MAX_READ_BYTES):
                break
            events.append(event)
        seq = told.seq
    return _reply(stream, head, seq, wanted) | {"recovered": True, "events": events}


def _page(book: _Book, token: str, number: int, head: Head, wanted: Wanted) -> dict[str, Any]:
    reply = _reply(book.stream, Head(book.head.epoch, max(head.seq, book.head.seq)), book.head.seq, wanted)
    reply |= {"snapshot": book.rest | {book.key: book.pages[number]}}
    if number + 1 < len(book.pages):
        reply |= {"more": True, "cursor": f"{token}:{number + 1}"}
    return reply


def _pages(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        weight = len(json.dumps(row, ensure_ascii=False).encode())
        # Room is left for the envelope of the page itself.
        if page and size + weight > MAX_READ_BYTES - 16_384:
            yield page
            page, size = [], 0
        page.append(row)
        size += weight
    if page:
        yield page


Parts = tuple[str, list[dict[str, Any]], dict[str, Any]]


def _kds_parts(kitchen: StoreKitchen, station: str | None) -> Parts:
    board = kitchen.committed.board
    rows = board.snapshot_tickets()
    if station is not None:
        rows = [row for row in rows if station in row["stations"]]
    return "tickets", rows, board.snapshot_rest()


def _orders_parts(kitchen: StoreKitchen, _: str | None) -> Parts:
    book = kitchen.committed.book
    orders = sorted(book.orders.values(), key=lambda order: order.id)
    return "orders", [order.as_wire() for order in orders], {"v": 1, "day": book.day}


_PARTS: dict[str, Callable[[StoreKitchen, str | None], Parts]] = {"kds": _kds_parts, "orders": _orders_parts}
