"""Where cards stand: columns and pages for a size, and the sticky slots that keep a card in its place.

Pure. A slot is a place in the order of the wall. A card that leaves keeps its slot as a ghost, so that nothing slides
under a cook's finger; the order is packed anew only when somebody asks, turns a page, or has left the keys alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import NamedTuple

from kds.cards import Block, Card, CardRow

GHOST_S = 8.0
"""How long a bumped card leaves its ghost, with the undo counting down."""
GAP = 1
"""Empty lines between two cards in a column."""
MIN_COLUMN, GOOD_COLUMN = 26, 30
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


Page = tuple[Piece, ...]
Stretch = tuple[tuple[CardRow, ...], int, bool, bool]
"""Part of a long card in one column: rows, lines taken, whether it is the first, the last."""


def column_widths(width: int) -> tuple[int, ...]:
    """How wide the columns of a wall are, edges included: about 26 to 34 cells each, together the whole width."""
    count = max(1, round(width / GOOD_COLUMN))
    while count > 1 and width // count < MIN_COLUMN:
        count -= 1
    each, over = divmod(width, count)
    return tuple(each + (1 if number < over else 0) for number in range(count))


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
    stands depends on those before it alone, so a new one moves nobody. A card that fits into a column is never torn; a
    longer one goes on in the next, under a header of its own.
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
            self._turn()
            column = 0
        self._put(Piece(number, column, self.used[column], slot.card.rows, slot.height))

    def _seat_long(self, number: int, slot: Slot) -> None:
        """In neighbouring columns of this page where it fits below what stands there; else from a new page on."""
        for begin in range(len(self.used)):
            rooms = [self.height - used for used in self.used[begin:]]
            stretches = list(torn(slot.card, rooms, self.height))
            if len(stretches) <= len(rooms) and min(rooms[: len(stretches)]) >= MIN_START:
                self._put_long(number, begin, stretches)
                return
        if any(self.used):
            self._turn()
        self._put_long(number, 0, list(torn(slot.card, [], self.height)))

    def _put_long(self, number: int, column: int, stretches: Sequence[Stretch]) -> None:
        for rows, lines, first, last in stretches:
            if column == len(self.used):
                self._turn()
                column = 0
            self._put(Piece(number, column, self.used[column], rows, lines, first, last))
            column += 1

    def _put(self, piece: Piece) -> None:
        self.pages[-1].append(piece)
        self.used[piece.column] = piece.y + piece.height + GAP

    def _turn(self) -> None:
        self.pages.append([])
        self.used = [0] * len(self.used)


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
    """A long card in stretches: rows under a header, lines taken, whether it is the first, the last.

    Each has the room that `rooms` says, `height` lines when that has no more to say. Alarms are repeated on each; items
    are kept whole where they fit.
    """
    alarm = card.alarm if len(card.alarm) < height // 2 else card.alarm[: max(1, height // 2 - 1)]
    blocks = [*([card.top] if card.top else []), *([card.alarm] if card.alarm else []), *card.blocks]
    first, rows = True, []  # type: tuple[bool, list[CardRow]]
    room = chain(rooms, repeat(height))
    lines = next(room)
    while blocks:
        block = blocks.pop(0)
        # The last line of a stretch that goes on is its "CONTINUED": one line less, unless this is the end.
        left = lines - 1 - len(rows)
        left -= 1 if blocks or len(block) > left else 0
        if len(block) <= left:
            rows += block
            continue
        if not _worth_waiting(block, height, len(alarm)) or not rows:
            rows, block = rows + list(block[: max(left, 0)]), block[max(left, 0) :]
        blocks.insert(0, block)
        yield tuple(rows), lines, first, False
        first, rows, lines = False, list(alarm), next(room)
    yield tuple(rows), 1 + len(rows), first, True


def _worth_waiting(block: Block, height: int, repeated: int) -> bool:
    """Whether a block goes whole into the next column rather than being torn here."""
    return len(block) <= height - 2 - repeated
