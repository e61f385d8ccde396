"""Where cards stand: columns and pages for a size, and the sticky slots that keep a card in its place.

Pure. A slot is a place in the order of the wall. A card that leaves keeps its slot as a ghost, so that nothing slides
under a cook's finger; the order is packed anew only when somebody asks, turns a page, or has left the keys alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import NamedTuple

from kds.cards import Card
from kds.look import Block, CardRow

GHOST_S = 8.0
"""How long a bumped card leaves its ghost, with the undo counting down."""
GAP = 1
"""Empty lines between two cards in a column."""
EMPTY = 3
"""A page is not left with more than one part in so many of its lines empty, where tearing a card prevents it."""
MIN_START = 6
"""A card longer than a column stands in columns that have at least this many lines left."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the wall. `gone_at`: when its card left (s, monotonic); None while it is up."""

    card: Card
    height: int
    gone_at: float | None = None

    @property
    def ticket_id(self) -> str:
        """Whose place it is, or was."""
        return self.card.ticket_id

    def ghost(self, now: float) -> bool:
        """Whether its card left a moment ago."""
        return self.gone_at is not None and now - self.gone_at < GHOST_S

    def free(self, now: float) -> bool:
        """Whether another card may have the place."""
        return self.gone_at is not None and now - self.gone_at >= GHOST_S


class Piece(NamedTuple):
    """A stretch of one slot in one column: a header at `y`, `rows` under it, blank down to `height`."""

    slot: int
    column: int
    y: int
    rows: tuple[CardRow, ...]
    height: int
    first: bool = True
    last: bool = True
    more: int = 0
    """Items that come after it, in other pieces."""
    turns: bool = False
    """Whether those begin on another page."""


Page = tuple[Piece, ...]


class Stretch(NamedTuple):
    """Part of a long card in one column: rows, lines taken, whether it is the first, the last, items still to come."""

    rows: tuple[CardRow, ...]
    lines: int
    first: bool
    last: bool
    more: int = 0


# ── Slots ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def pack(cards: Iterable[Card]) -> tuple[Slot, ...]:
    """A fresh wall: every card in order, no ghosts."""
    return tuple(Slot(card, card.height) for card in cards)


def follow(slots: Sequence[Slot], cards: Sequence[Card], now: float, columns: int, height: int) -> tuple[Slot, ...]:
    """The wall after the board changed: who is up stays put, who left becomes a ghost, who is new comes after them.

    A new card that would open another page takes a place that has become free, if it fits there.
    """
    up = {card.ticket_id: card for card in cards}
    known = {slot.ticket_id for slot in slots}
    kept = [_kept(slot, up.get(slot.ticket_id), now) for slot in slots]
    while kept and kept[-1].free(now):
        kept.pop()
    for card in cards:
        if card.ticket_id not in known:
            _seat(kept, card, now, columns, height)
    return tuple(kept)


def _kept(slot: Slot, card: Card | None, now: float) -> Slot:
    if card is None:
        return slot if slot.gone_at is not None else replace(slot, gone_at=now)
    if card is slot.card and slot.gone_at is None:
        return slot
    return Slot(card, max(slot.height, card.height))


def _seat(slots: list[Slot], card: Card, now: float, columns: int, height: int) -> None:
    new = Slot(card, card.height)
    free = [place for place, slot in enumerate(slots) if slot.free(now) and slot.height >= card.height]
    if free and page_count([*slots, new], columns, height) > page_count(slots, columns, height):
        slots[free[0]] = replace(new, height=slots[free[0]].height)
    else:
        slots.append(new)


def settled(slots: Sequence[Slot], cards: Sequence[Card]) -> bool:
    """Whether packing would change nothing."""
    return len(slots) == len(cards) and all(
        slot.gone_at is None and slot.ticket_id == card.ticket_id and slot.height == card.height
        for slot, card in zip(slots, cards, strict=True)
    )


def same_places(before: Sequence[Slot], after: Sequence[Slot]) -> bool:
    """Whether dealing these would come to the same: a bumped card keeps its place."""
    return len(before) == len(after) and all(
        old.card is new.card and old.height == new.height for old, new in zip(before, after, strict=True)
    )


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def deal(slots: Sequence[Slot], columns: int, height: int) -> list[Page]:
    """Deal the slots over columns of `height` lines, page after page; at least one page.

    Each card goes where most room is, the leftmost of equals: few cards stand side by side, many in rows. Where a card
    stands depends on those before it alone, so a new one moves nobody. A card that fits into a column is torn only
    where a new page would leave much of this one empty; a longer one goes on in the next, under a header of its own.
    """
    dealer = _Dealer(columns, max(height, 6))
    for number, slot in enumerate(slots):
        dealer.seat(number, slot)
    return [tuple(page) for page in dealer.pages]


class _Dealer:
    """Deals one slot after the other; `used` is how many lines of each column of the last page are taken."""

    def __init__(self, columns: int, height: int) -> None:
        self.height = height
        self.pages: list[list[Piece]] = [[]]
        self.used = [0] * columns

    def seat(self, number: int, slot: Slot) -> None:
        """Where most room is, or on a new page."""
        if slot.height > self.height:
            self._seat_long(number, slot)
            return
        column = self.used.index(min(self.used))
        if self.used[column] + slot.height > self.height:
            if self._much_is_empty() and (begin := self._column_for_all(slot.card)) is not None:
                self._put_long(number, begin, list(torn(slot.card, self._rooms(begin), self.height)))
                return
            self._turn()
            column = 0
        self._put(Piece(number, column, self.used[column], slot.card.rows, slot.height))

    def _seat_long(self, number: int, slot: Slot) -> None:
        """In neighbouring columns of this page where all of it, or much of it, fits; else from a new page on."""
        begin = self._column_for_all(slot.card)
        if begin is None:
            begin = self._column_for_much(slot.card)
        if begin is None:
            self._turn()
            begin = 0
        self._put_long(number, begin, list(torn(slot.card, self._rooms(begin), self.height)))

    def _much_is_empty(self) -> bool:
        """Whether cards out of sight would be worse than one in two columns: on small screens few fit whole."""
        return sum(self._rooms(0)) > self.height * len(self.used) / EMPTY

    def _rooms(self, begin: int) -> list[int]:
        return [self.height - used for used in self.used[begin:]]

    def _column_for_all(self, card: Card) -> int | None:
        """Where a long card stands on this page as a whole, below what is there."""
        for begin in range(len(self.used)):
            rooms = self._rooms(begin)
            stretches = list(torn(card, rooms, self.height))
            if len(stretches) <= len(rooms) and min(rooms[: len(stretches)]) >= _least(card):
                return begin
        return None

    def _column_for_much(self, card: Card) -> int | None:
        """Where it begins when no page holds all of it, or when a new page would leave most of this one empty."""
        pages = -(-len(list(torn(card, [], self.height))) // len(self.used))
        half = self.height * len(self.used) / 2
        for begin in range(len(self.used)):
            rooms = self._rooms(begin)
            if min(rooms) >= _least(card) and (pages > 1 or sum(rooms) > half):
                return begin
        return None

    def _put_long(self, number: int, column: int, stretches: Sequence[Stretch]) -> None:
        for rows, lines, first, last, more in stretches:
            if column == len(self.used):
                self._turn()
                column = 0
            turns = not last and column == len(self.used) - 1
            self._put(Piece(number, column, self.used[column], rows, lines, first, last, more, turns))
            column += 1

    def _put(self, piece: Piece) -> None:
        self.pages[-1].append(piece)
        self.used[piece.column] = piece.y + piece.height + GAP

    def _turn(self) -> None:
        self.pages.append([])
        self.used = [0] * len(self.used)


def _least(card: Card) -> int:
    """The fewest lines worth beginning a long card in."""
    return MIN_START + card.head - 1


def page_count(slots: Sequence[Slot], columns: int, height: int) -> int:
    """How many pages they take."""
    return len(deal(slots, columns, height))


def page_of(pages: Sequence[Page], slot: int) -> int:
    """The page a slot begins on; 0 when it is on none."""
    return next((number for number, page in enumerate(pages) if any(piece.slot == slot for piece in page)), 0)


def numbers(page: Page) -> dict[int, int]:
    """The number each slot has on a page: 1 is the first, in reading order, ghosts counted."""
    return {slot: number for number, slot in enumerate(dict.fromkeys(piece.slot for piece in page), 1)}


def torn(card: Card, rooms: Sequence[int], height: int) -> Iterator[Stretch]:
    """A long card in stretches, each under a header.

    Each has the room that `rooms` says, `height` lines when that has no more to say. Alarms are repeated on each; items
    are kept whole where they fit.
    """
    head = card.head
    repeated = card.repeated or card.alarm
    repeated = repeated if len(repeated) < (height - head) // 2 else repeated[: max(1, height // 2 - head)]
    blocks = [block for block in (card.top, card.repeated or card.alarm) if block]
    items = len(card.blocks)
    blocks += card.blocks
    first, rows = True, []  # type: tuple[bool, list[CardRow]]
    room = chain(rooms, repeat(height))
    lines = next(room)
    while blocks:
        block = blocks.pop(0)
        # The last line of a stretch that goes on says so: one line less, unless this is the end.
        left = lines - head - len(rows)
        left -= 1 if blocks or len(block) > left else 0
        if len(_without_gap(block)) <= left:
            rows += block[:left]
            continue
        if not _worth_waiting(block, height - head, len(repeated)) or not rows:
            rows, block = rows + list(block[: max(left, 0)]), block[max(left, 0) :]
        blocks.insert(0, block)
        yield Stretch(tuple(rows), lines, first, False, min(len(blocks), items))
        first, rows, lines = False, list(repeated), next(room)
    yield Stretch(tuple(rows), head + len(rows), first, True)


def _without_gap(block: Block) -> Block:
    """What of a block must be seen: not the empty line after it."""
    return block if block[-1].row else block[:-1]


def _worth_waiting(block: Block, room: int, repeated: int) -> bool:
    """Whether a block goes whole into the next column rather than being torn here."""
    return len(_without_gap(block)) <= room - 1 - repeated
