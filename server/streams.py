"""Reads: what a stream holds after a position, as events or as a snapshot in pages, never part called whole."""

from __future__ import annotations

import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any

from heard.contract.envelope import MAX_BEHIND, MAX_PUSH_BYTES, MAX_READ_BYTES, MAX_READ_EVENTS
from heard.contract.session import StreamState
from heard.errors import BadRequest, NotFound, Unavailable
from server.fanout import in_view
from server.journal.base import Head, Journal, JournalError, Recorded
from server.kitchens import StoreKitchen, Tail, Told, as_told

CURSOR_LIFE_S = 120
MAX_CURSORS = 256
MAX_PEOPLE = 10_000
"""People whose stream's newest position is remembered; a stream not among them is asked for."""
SPARE = 1_024
"""Bytes of a reply that are neither tickets nor what stands beside them on every page."""
LEAST_ROOM = 64 * 1024
_PLACE = re.compile(r"[0-9]{1,15}", re.ASCII)


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

    @property
    def numbers(self) -> list[str]:
        """What a cursor may end in."""
        return [str(number) for number in range(len(self.pages))]


class Reader:
    """Answers reads of all streams. `monotonic` gives s."""

    def __init__(self, journal: Journal, monotonic: Callable[[], float]) -> None:
        self._journal = journal
        self._monotonic = monotonic
        self._books: OrderedDict[str, _Book] = OrderedDict()
        self.heads: OrderedDict[tuple[str, str], Head] = OrderedDict()
        """The newest position told of each person's stream, by (tenant, stream)."""

    async def store_stream(self, kitchen: StoreKitchen, kind: str, wanted: Wanted) -> dict[str, Any]:
        """A read of a store's stream.

        Raises:
            BadRequest: a position without epoch, a cursor that is not (any more) ours.
        """
        stream = kitchen.stream(kind)
        if wanted.cursor is not None:
            return self._page_of(stream, kitchen, wanted)
        return self.replay(kitchen, kind, wanted) or self._snapshot(kitchen, kind, kitchen.tails[stream].head, wanted)

    def replay(self, kitchen: StoreKitchen, kind: str, wanted: Wanted) -> dict[str, Any] | None:
        """A read that is events, or None where it would be a snapshot."""
        stream = kitchen.stream(kind)
        tail = kitchen.tails[stream]
        # The tail holds all that is close enough to recover: the disk is never touched for a replay.
        missed = tail.after(wanted.after or 0) if _recoverable(tail.head, wanted) else None
        return None if missed is None else _events(stream, tail.head, missed, wanted)

    async def user_stream(self, tenant: str, stream: str, wanted: Wanted) -> dict[str, Any]:
        """A read of the stream of facts addressed to a person. Raises: Unavailable."""
        try:
            head = await self._journal.open_stream(tenant, stream)
            recoverable = _recoverable(head, wanted)
            rows = await self._journal.read(tenant, stream, wanted.after or 0, wanted.limit) if recoverable else []
        except JournalError as failure:
            raise Unavailable("the journal cannot be read now", retry_after_ms=1_000) from failure
        # Up to what was told by now: later facts reach whoever subscribes in this turn of the loop live.
        head = max(head, self.heads.get((tenant, stream), head), key=_seq)
        self._remember((tenant, stream), head)
        if not recoverable:
            return _reply(stream, head, head.seq, wanted) | {"snapshot": {"v": 1}}
        return _events(stream, head, [as_told(row) for row in rows if row.seq <= head.seq], wanted)

    async def order(
        self, kitchen: StoreKitchen, streams: Sequence[str], order_id: str, cursor: str | None
    ) -> dict[str, Any]:
        """A page of what happened to one order: each stream's facts in its order, streams merged by time.

        Raises:
            NotFound: nothing ever did, as far as these streams tell. BadRequest: no cursor of ours. Unavailable.
        """
        after = _places(cursor, streams)
        try:
            # One more than a page holds tells whether there is another page.
            rows = [
                await self._journal.read_order(kitchen.tenant, stream, order_id, after[stream], MAX_READ_EVENTS + 1)
                for stream in streams
            ]
        except JournalError as failure:
            raise Unavailable("the journal cannot be read now", retry_after_ms=1_000) from failure
        merged = list(merge(*rows, key=_moment))
        if not merged and cursor is None:
            raise NotFound(f"there is no order {order_id[:64]}")
        events: list[dict[str, Any]] = []
        size = 0
        for row in merged[:MAX_READ_EVENTS]:
            event = as_told(row).envelope
            size += weight([event])
            if events and size > MAX_READ_BYTES:
                break
            events.append(event)
            after[row.entry.stream] = row.seq
        more = len(events) < len(merged)
        next_page = {"cursor": ".".join(str(after[stream]) for stream in streams)} if more else {}
        return {"order_id": order_id, "events": events, "more": more, **next_page}

    async def resume_person(
        self, tenant: str, stream: str, position: tuple[str, int] | None
    ) -> tuple[StreamState, list[dict[str, Any]]]:
        """Where a returning socket stands in a person's stream, and what it may be pushed to be there."""
        answer = await self.user_stream(tenant, stream, Wanted(*position) if position else Wanted())
        events = answer.get("events")
        whole = events is not None and not answer["more"] and weight(events) <= MAX_PUSH_BYTES
        state = StreamState(
            epoch=answer["epoch"], seq=answer["head"], recovered=whole, was_recovering=position is not None
        )
        return state, events or [] if whole else []

    def told(self, tenant: str, stream: str, newest: Told) -> None:
        """A person's stream went on."""
        self._remember((tenant, stream), Head(newest.envelope["epoch"], newest.seq))

    def _remember(self, key: tuple[str, str], head: Head) -> None:
        self.heads[key] = head
        self.heads.move_to_end(key)
        if len(self.heads) > MAX_PEOPLE:
            self.heads.popitem(last=False)

    def missed(self, tail: Tail, epoch: str, after: int) -> list[Told] | None:
        """What a returning socket may be pushed unasked; None when it must ask."""
        if not _recoverable(tail.head, Wanted(epoch, after)):
            return None
        missed = tail.after(after)
        if missed is None or weight(told.envelope for told in missed) > MAX_PUSH_BYTES:
            return None
        return missed

    # ── Snapshots ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _snapshot(self, kitchen: StoreKitchen, kind: str, head: Head, wanted: Wanted) -> dict[str, Any]:
        key, rows, rest = _PARTS[kind](kitchen, wanted.station)
        stream = kitchen.stream(kind)
        pages = tuple(_pages(rows, max(MAX_READ_BYTES - weight([rest]) - SPARE, LEAST_ROOM))) or ([],)
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

    def _page_of(self, stream: str, kitchen: StoreKitchen, wanted: Wanted) -> dict[str, Any]:
        token, _, number = (wanted.cursor or "").rpartition(":")
        book = self._books.get(token) if token.startswith(f"{kitchen.tenant}.") else None
        known = book is not None and book.stream == stream and wanted.station in (None, book.station)
        if book is None or not known or book.until < self._monotonic() or number not in book.numbers:
            raise BadRequest("cursor: no such page any more; ask again without a cursor")
        return _page(book, token, int(number), kitchen.tails[stream].head, wanted)


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
            size += weight([event])
            if len(events) >= wanted.limit or (events and size > MAX_READ_BYTES):
                break
            events.append(event)
        seq = told.seq
    return _reply(stream, head, seq, wanted) | {"recovered": True, "events": events}


def _page(book: _Book, token: str, number: int, head: Head, wanted: Wanted) -> dict[str, Any]:
    reply = _reply(book.stream, head, book.head.seq, wanted)
    reply |= {"snapshot": book.rest | {book.key: book.pages[number]}}
    if number + 1 < len(book.pages):
        reply |= {"more": True, "cursor": f"{token}:{number + 1}"}
    return reply


def _places(cursor: str | None, streams: Sequence[str]) -> dict[str, int]:
    """Where each stream is read on, as the page before said."""
    if cursor is None:
        return dict.fromkeys(streams, 0)
    parts = cursor.split(".")
    if len(parts) != len(streams) or not all(_PLACE.fullmatch(part) for part in parts):
        raise BadRequest("cursor: is none of ours; ask again without a cursor")
    return {stream: int(part) for stream, part in zip(streams, parts, strict=True)}


def _moment(row: Recorded) -> tuple[str, str]:
    """Ids rise within a gateway's life, times from one to the next."""
    return row.entry.at, row.entry.id


def _seq(head: Head) -> int:
    return head.seq


def weight(parts: Iterable[dict[str, Any]]) -> int:
    """Bytes on the wire."""
    return sum(len(json.dumps(part, ensure_ascii=False).encode()) for part in parts)


def _pages(rows: Iterable[dict[str, Any]], room: int) -> Iterable[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        added = weight([row]) + 2
        if page and size + added > room:
            yield page
            page, size = [], 0
        page.append(row)
        size += added
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
