"""What stands on the glass of one station: cards in slots, a page, a focus; kept without any terminal.

Told of the board and of time, it answers which cells of which lines are new. The wall widget paints those and no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from heard.contract.kds import Gating
from heard.kitchen.board import Board
from heard.kitchen.priority import heat
from heard.kitchen.tickets import Ticket, TicketState
from heard.text import cells
from heard.ui.spans import Span
from kds.cards import Card, card, promise
from kds.heads import PLAIN, Cell, Heat, ghost, header
from kds.layout import (
    GHOST_S,
    Page,
    Piece,
    Slot,
    deal,
    follow,
    numbers,
    pack,
    page_of,
    same_places,
    settled,
)
from kds.look import CardRow, Look
from kds.memory import MadeOf, Remembering
from kds.sizes import TextSize, column_widths, fitting_size

IDLE_S = 10.0
"""The keys must have been left alone this long before the wall packs itself."""
MAX_CELLS = 2_000
"""Places whose cells are remembered."""
MIN_WIDTH, MIN_HEIGHT = 40, 8
"""The smallest wall that is worth reading; two lines of bars come on top."""


Line = tuple[Cell | None, ...]
"""One line of the wall: a cell per column, None where no card stands."""


class Dirt(NamedTuple):
    """A stretch of a line that looks different now."""

    y: int
    x: int
    end: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not on this page: how many cards before and after it, and which of them may not be forgotten."""

    before: int = 0
    after: int = 0
    alarms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Word → labels: LATE, ALLERGY, VOID."""


class Glass:
    """The state of one wall. Times are `now` (UTC, for ages) and `mono` (s, for ghosts and idleness)."""

    def __init__(
        self, station: str, look: Look, heat_s: Sequence[int] = (300, 480, 720), gating: Gating = "always"
    ) -> None:
        self.station = station
        self.look = look
        self.text_size: TextSize = look.size
        """The size asked for; a wall too small for it writes in the biggest that fits: see `look`."""
        self.heat_s = tuple(heat_s)
        self.gating: Gating = gating
        self.board = Board()
        self.slots: tuple[Slot, ...] = ()
        self.pages: list[Page] = [()]
        self.page = 0
        self.focus: str | None = None
        self.moved_at = float("-inf")
        """When cards last changed places without being asked to."""
        self.used_at = float("-inf")
        """When a key was last pressed."""
        self.undoable: Collection[str] = ()
        """Tickets that undo takes back from here: the ghost of another says nothing of it."""
        self.widths: tuple[int, ...] = (MIN_WIDTH,)
        self.height = 0
        self.lines: list[Line] = []
        self._memory = Remembering()
        self._cards: dict[str, tuple[MadeOf, Card]] = {}
        self._heads: dict[tuple[int, int], Piece] = {}
        self._bodies: dict[tuple[str, int, int], tuple[Piece, bool, tuple[Cell, ...]]] = {}
        self._head_cells: dict[tuple[str, int, int], tuple[Card, tuple[Any, ...], _Head]] = {}
        self._promises: dict[tuple[str, int], tuple[tuple[CardRow, bool], Cell]] = {}
        self._settled: tuple[Board | None, tuple[Slot, ...] | None] = (None, None)
        """The board and the slots that packing would leave as they are."""
        self._hidden: tuple[tuple[Slot, ...], int, int, Hidden] = ((), -1, 0, Hidden())

    # ── Being told ────────────────────────────────────────────────────────────────────────────────────────────────────

    def resize(self, columns: int, lines: int) -> None:
        """Another size: cards are folded anew and packed."""
        size = fitting_size(self.text_size, columns, lines)
        self.widths, self.height = column_widths(columns, size), lines
        self.look = replace(self.look, width=min(self.widths) - 1, size=size)
        self.lines = []
        self._forget_cells()
        self.repack()

    def resize_text(self, size: TextSize) -> None:
        """Write bigger or smaller; the page stays the one with the card in focus."""
        self.text_size = size
        self.resize(sum(self.widths), self.height)

    def turn_to(self, station: str) -> None:
        """Show another station's cards."""
        self.station, self.focus, self.page = station, None, 0
        self.repack()

    def settle(self, heat_s: Sequence[int], gating: Gating, look: Look) -> None:
        """What the store asks for: heats, when expo sees a card, the clock, marks."""
        look = replace(look, width=self.look.width, size=self.look.size)
        if (tuple(heat_s), gating, look) != (self.heat_s, self.gating, self.look):
            self.heat_s, self.gating, self.look = tuple(heat_s), gating, look
            self.repack()

    def show(self, board: Board, mono: float) -> None:
        """Another board: who is up stays in place, who left is a ghost, who is new comes after."""
        before = self.slots
        if board is not self.board:
            self.board = board
            self.slots = follow(before, self._wanted(), mono, len(self.widths), self.height)
        self._dealt(mono, anew=not same_places(before, self.slots))

    def repack(self) -> None:
        """Every card in order, no ghosts."""
        self._cards.clear()
        self.slots = pack(self._wanted())
        self.pages = deal(self.slots, len(self.widths), self.height)
        self._keep_in_sight()

    def rest(self, mono: float) -> bool:
        """Pack, if nobody has touched the keys for a while and no ghost is left; whether cards moved."""
        if mono - self.used_at < IDLE_S or any(slot.ghost(mono) for slot in self.slots):
            return False
        if self._settled[0] is self.board and self._settled[1] is self.slots:
            return False
        wanted = self._wanted()
        if settled(self.slots, wanted):
            self._settled = (self.board, self.slots)
            return False
        self.slots, self.moved_at = pack(wanted), mono
        self._dealt(mono)
        self._keep_in_sight()
        return True

    def _dealt(self, mono: float, *, anew: bool = True) -> None:
        if anew:
            self.pages = deal(self.slots, len(self.widths), self.height)
        self.page = min(self.page, len(self.pages) - 1)
        here = {piece.slot for piece in self.pages[self.page]}
        if self.slots and all(self.slots[place].free(mono) for place in here):
            self.slots = pack(self._wanted())
            self.pages = deal(self.slots, len(self.widths), self.height)
            self.page = min(self.page, len(self.pages) - 1)

    def _keep_in_sight(self) -> None:
        place = self._place(self.focus)
        self.page = min(self.page, len(self.pages) - 1) if place is None else page_of(self.pages, place)

    def _wanted(self) -> list[Card]:
        if not self.height:
            return []  # no wall yet: a card folded for none would be folded again
        up = self._memory.on_wall(self.board, self.station, self.gating)
        cards = {ticket.ticket_id: self._card(ticket, parts) for ticket, parts in up}
        self._cards = {one: self._cards[one] for one in cards}
        return list(cards.values())

    def _card(self, ticket: Ticket, parts: MadeOf) -> Card:
        known = self._cards.get(ticket.ticket_id)
        if known is None or known[0] is not parts:
            known = self._cards[ticket.ticket_id] = (parts, card(self.board, ticket, self.look))
        return known[1]

    # ── Being asked ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def too_small(self) -> bool:
        """Whether a sentence is all there is room for."""
        return sum(self.widths) < MIN_WIDTH or self.height < MIN_HEIGHT

    @property
    def up(self) -> int:
        """How many cards are up, on all pages."""
        return sum(slot.gone_at is None for slot in self.slots)

    def on_page(self) -> list[Slot]:
        """The slots of this page in reading order."""
        return [self.slots[place] for place in numbers(self.pages[self.page])]

    def numbered(self, number: int) -> Slot | None:
        """The slot with this number on this page."""
        found = [place for place, n in numbers(self.pages[self.page]).items() if n == number]
        return self.slots[found[0]] if found else None

    def slot_of(self, ticket_id: str | None) -> Slot | None:
        """The slot of a ticket, ghosts too."""
        place = self._place(ticket_id)
        return None if place is None else self.slots[place]

    def _place(self, ticket_id: str | None) -> int | None:
        return next((n for n, slot in enumerate(self.slots) if slot.ticket_id == ticket_id), None)

    def at(self, x: int, y: int) -> str | None:
        """The card that is up at a cell of the wall."""
        edges = accumulate(self.widths)
        column = next((n for n, edge in enumerate(edges) if x < edge), None)
        for piece in self.pages[self.page]:
            slot = self.slots[piece.slot]
            if piece.column == column and piece.y <= y < piece.y + piece.height and slot.gone_at is None:
                return slot.ticket_id
        return None

    def next_after(self, ticket_id: str | None) -> str | None:
        """The first card up after this one on the page, or the first of all."""
        here = self.on_page()
        place = next((n for n, slot in enumerate(here) if slot.ticket_id == ticket_id), -1)
        up = [slot.ticket_id for slot in (*here[place + 1 :], *here[: place + 1]) if slot.gone_at is None]
        return up[0] if up else None

    def beside(self, dx: int, dy: int) -> str | None:
        """The card to go to from the one in focus: `dy` down the column and on in the next, `dx` over columns."""
        page = [piece for piece in self.pages[self.page] if self.slots[piece.slot].gone_at is None]
        place = self._place(self.focus)
        mine = next((piece for piece in page if piece.slot == place), None)
        if mine is None:
            return self.slots[page[0].slot].ticket_id if page else None
        to = _in_column(page, mine, dx) if dx else _in_order(page, mine, dy)
        return self.slots[to.slot].ticket_id

    def turn(self, step: int) -> bool:
        """Another page, packed; whether there is one."""
        wanted = self.page + step
        self.slots = pack(self._wanted())
        self.pages = deal(self.slots, len(self.widths), self.height)
        self.page = max(0, min(wanted, len(self.pages) - 1))
        self.focus = None
        return self.page == wanted

    def hidden(self, now: datetime) -> Hidden:
        """What other pages hold."""
        if len(self.pages) == 1:
            return Hidden()
        slots, *rest, counted = self._hidden
        if slots is not self.slots or rest != [self.page, int(now.timestamp())]:
            counted = self._count_hidden(now)
            self._hidden = (self.slots, self.page, int(now.timestamp()), counted)
        return counted

    def everywhere(self, now: datetime) -> Hidden:
        """What of this and other pages may not be forgotten: for a screen that lies over all of them."""
        return Hidden(alarms=self._count_hidden(now, set()).alarms)

    def _count_hidden(self, now: datetime, here: set[int] | None = None) -> Hidden:
        here = {piece.slot for piece in self.pages[self.page]} if here is None else here
        first = min(here, default=0)
        away = [(n, slot) for n, slot in enumerate(self.slots) if n not in here and slot.gone_at is None]
        words: dict[str, list[str]] = {}
        for _, slot in away:
            late = ("LATE",) if self._overdue(slot.card, now) else ()
            for word in (*slot.card.alarms, *late):
                words.setdefault(word, []).append(slot.card.label)
        before = sum(n < first for n, _ in away)
        return Hidden(before, len(away) - before, tuple((word, tuple(labels)) for word, labels in words.items()))

    def pieces_of(self, ticket_id: str) -> list[Piece]:
        """Where a card that is up stands on this page."""
        page = self.pages[self.page] if self.pages else ()
        return [piece for piece in page if self._is_up(piece, ticket_id)]

    def _is_up(self, piece: Piece, ticket_id: str) -> bool:
        slot = self.slots[piece.slot] if piece.slot < len(self.slots) else None
        return slot is not None and slot.ticket_id == ticket_id and slot.gone_at is None

    def headers(self) -> dict[int, tuple[str, ...]]:
        """Line → the tickets whose first header stands on it."""
        found: dict[int, list[str]] = {}
        for (y, _), piece in self._heads.items():
            slot = self.slots[piece.slot] if piece.slot < len(self.slots) else None
            if piece.first and slot and slot.gone_at is None:
                found.setdefault(y, []).append(slot.ticket_id)
        return {y: tuple(ids) for y, ids in found.items()}

    # ── Painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def paint(self, now: datetime, mono: float) -> list[Dirt]:
        """Bring the lines up to date; what changed."""
        grid: list[list[Cell | None]] = [[None] * len(self.widths) for _ in range(self.height)]
        self._heads = {}
        self._tidy_cells()
        for number, piece in self._numbered_pieces():
            if piece.column >= len(self.widths):
                continue
            for y, cell in enumerate(self._cells(piece, number, now, mono), piece.y):
                if y < self.height:
                    grid[y][piece.column] = cell
        return self._replace([tuple(line) for line in grid])

    def _tidy_cells(self) -> None:
        """Cells of places nobody has stood at for a while are not kept for ever."""
        if max(len(self._bodies), len(self._head_cells)) > MAX_CELLS:
            self._forget_cells()

    def _forget_cells(self) -> None:
        self._bodies.clear()
        self._head_cells.clear()
        self._promises.clear()

    def tick(self, now: datetime, mono: float) -> list[Dirt]:
        """Bring the clocks up to date, and nothing else."""
        lines = list(self.lines)
        for number, piece in self._numbered_pieces():
            slot = self.slots[piece.slot]
            if slot.free(mono) or piece.column >= len(self.widths):
                continue
            for y, cell in enumerate(self._head(piece, slot, number, now, mono), piece.y):
                _put(lines, y, piece.column, cell)
            if slot.gone_at is None and (counting := self._promise(piece, slot, now)) is not None:
                _put(lines, piece.y + slot.card.head, piece.column, counting)
        return self._replace(lines)

    def expired(self, mono: float) -> bool:
        """Whether a ghost on the glass has had its time: the page must be painted, not only ticked."""
        return any(self.slots[piece.slot].free(mono) for piece in self._heads.values() if piece.slot < len(self.slots))

    def _numbered_pieces(self) -> Iterator[tuple[int, Piece]]:
        page = self.pages[self.page]
        of_slot = numbers(page)
        return ((of_slot[piece.slot], piece) for piece in page)

    def _cells(self, piece: Piece, number: int, now: datetime, mono: float) -> Iterator[Cell | None]:
        slot = self.slots[piece.slot]
        if slot.free(mono):
            return
        self._heads[piece.y, piece.column] = piece
        yield from self._head(piece, slot, number, now, mono)
        if slot.gone_at is not None:
            return
        key, focused = (slot.ticket_id, piece.column, piece.y), slot.ticket_id == self.focus
        known = self._bodies.get(key)
        if known is None or known[0] != piece or known[1] is not focused:
            known = self._bodies[key] = (piece, focused, tuple(self._body(piece, focused)))
        counting = self._promise(piece, slot, now)
        yield from known[2] if counting is None else (counting, *known[2][1:])

    def _promise(self, piece: Piece, slot: Slot, now: datetime) -> Cell | None:
        """The row that counts down to what was promised; None on a card, or a piece, without one."""
        promised_at = slot.card.promised_at
        if promised_at is None or not piece.first or not piece.rows:
            return None
        focused = slot.ticket_id == self.focus
        said = (promise(promised_at, now, self.look), focused)
        known = self._promises.get((slot.ticket_id, piece.column))
        if known is None or known[0] != said:
            cell = Cell(self._edge(focused), said[0].row, said[0].fill, focused)
            known = self._promises[slot.ticket_id, piece.column] = (said, cell)
        return known[1]

    def _body(self, piece: Piece, focused: bool) -> Iterator[Cell]:
        edge = self._edge(focused)
        for row in piece.rows:
            yield Cell(row.mark or edge, row.row, row.fill, focused)
        if not piece.last:
            head = self.slots[piece.slot].card.head
            yield from (Cell(edge, (), "card.text", focused) for _ in range(piece.height - head - 1 - len(piece.rows)))
            yield Cell(edge, (Span(self._more(piece), "card.continued"),), "card.continued", focused)

    def _more(self, piece: Piece) -> str:
        """How much of a long card is still to come, and where."""
        say, arrow = self.look.words, self.look.glyphs["more"]
        if piece.turns:
            return f" {say.many('{n} more, next page', '{n} more, next page', piece.more)} {arrow}"
        return f" {say.many('{n} more', '{n} more', piece.more)} {arrow}"

    def _edge(self, focused: bool) -> Span:
        return Span(self.look.glyphs["edge"], "edge.focus") if focused else PLAIN

    def _head(self, piece: Piece, slot: Slot, number: int, now: datetime, mono: float) -> tuple[Cell, ...]:
        """The header of a piece as it is this second."""
        room, focused = self.widths[piece.column] - 1, slot.ticket_id == self.focus
        if slot.gone_at is not None:
            return self._ghost(piece, slot, number, room, mono, slot.gone_at)
        waited = max(int((now - slot.card.placed_at).total_seconds()), 0)
        return self._kept_head(piece, slot.card, (number, focused, waited, room, piece.first), self._made_head)

    def _kept_head(self, piece: Piece, shown: Card, told: tuple[Any, ...], make: Callable[..., _Head]) -> _Head:
        """What `make` makes of a card and what it is told: the same cells for as long as it is told the same."""
        place = (shown.ticket_id, piece.column, piece.y)
        known = self._head_cells.get(place)
        if known is None or known[0] is not shown or known[1] != told:
            known = self._head_cells[place] = (shown, told, make(shown, *told))
        return known[2]

    def _made_head(self, shown: Card, number: int, focused: bool, waited: int, room: int, first: bool) -> _Head:
        level = heat(timedelta(seconds=waited), self.heat_s)
        hot = Heat(waited, level, len(self.heat_s))
        return tuple(header(shown, number, hot, room, self.look, first=first, focused=focused))

    def _ghost(self, piece: Piece, slot: Slot, number: int, room: int, mono: float, gone_at: float) -> _Head:
        seconds = max(1, math.ceil(min(GHOST_S, GHOST_S - mono + gone_at)))
        undo_in_s = seconds if piece.first and slot.ticket_id in self.undoable else None
        word = _gone_word(self.board, slot, self.look)
        return self._kept_head(piece, slot.card, (number, word, undo_in_s, room), self._made_ghost)

    def _made_ghost(self, shown: Card, number: int, word: str, undo_in_s: int | None, room: int) -> _Head:
        return tuple(ghost(shown, number, word, undo_in_s, room, self.look))

    def _overdue(self, shown: Card, now: datetime) -> bool:
        """Whether it is past the last heat, or past what a guest was promised."""
        promised = shown.promised_at is not None and shown.promised_at < now
        return promised or heat(max(now - shown.placed_at, timedelta(0)), self.heat_s) >= len(self.heat_s)

    def _replace(self, lines: list[Line]) -> list[Dirt]:
        before, self.lines = self.lines, lines
        if len(before) != len(lines):
            return [Dirt(y, 0, sum(self.widths)) for y in range(len(lines))]
        return list(self._differences(before, lines))

    def _differences(self, before: Iterable[Line], after: Iterable[Line]) -> Iterator[Dirt]:
        starts = [sum(self.widths[:n]) for n in range(len(self.widths) + 1)]
        for y, (old, new) in enumerate(zip(before, after, strict=True)):
            if old is new:
                continue
            for n, (a, b) in enumerate(zip(old, new, strict=True)):
                if a is not b and a != b:
                    yield Dirt(y, starts[n] + _common(a, b), starts[n + 1])


_Head = tuple[Cell, ...]


def _put(lines: list[Line], y: int, column: int, cell: Cell) -> None:
    """One cell of a line replaced, if it is another one."""
    if y < len(lines) and lines[y][column] is not cell:
        lines[y] = (*lines[y][:column], cell, *lines[y][column + 1 :])


def _gone_word(board: Board, slot: Slot, look: Look) -> str:
    ticket = board.tickets.get(slot.ticket_id)
    if ticket is None:
        return look.words("GONE")
    if board.state(ticket) is TicketState.HELD and ticket.held_back:
        return look.words("HELD")
    return look.words("BUMPED") if any(line.live for line in ticket.lines) else look.words("VOID SEEN")


def _common(old: Cell | None, new: Cell | None) -> int:
    """How many columns at the beginning of a cell look as before: a clock's second is at its end."""
    if old is None or new is None or (old.edge, old.fill, old.focused) != (new.edge, new.fill, new.focused):
        return 0
    same = 1
    for a, b in zip(old.row, new.row, strict=False):
        if a != b:
            return same + (_same_beginning(a.text, b.text) if a.role == b.role else 0)
        same += cells(a.text)
    return same


_OF_ONE_CELL = frozenset("▀▄█─│┌┐└┘├┤┬┴┼")


def _same_beginning(old: str, new: str) -> int:
    """How many cells two clocks share: most seconds change one digit. Of other texts only whole ones are compared."""
    if not (old + new).isascii() and not all(char.isascii() or char in _OF_ONE_CELL for char in old + new):
        return 0
    same = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        same += 1
    return same


def _in_order(page: Sequence[Piece], mine: Piece, step: int) -> Piece:
    down = sorted(page, key=lambda piece: (piece.column, piece.y))
    order = list(dict.fromkeys(piece.slot for piece in down))
    place = max(0, min(order.index(mine.slot) + step, len(order) - 1))
    return next(piece for piece in page if piece.slot == order[place])


def _in_column(page: Sequence[Piece], mine: Piece, step: int) -> Piece:
    columns = sorted({piece.column for piece in page})
    place = max(0, min(columns.index(mine.column) + step, len(columns) - 1))
    there = [piece for piece in page if piece.column == columns[place]]
    return min(there, key=lambda piece: abs(piece.y - mine.y))
