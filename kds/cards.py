"""A ticket as lines of text: what a cook reads on a card, before any terminal is involved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from heard.contract.kds import EXPO, Mark, TicketHeader, TicketItem
from heard.contract.orders import Allergy, Modifier, Note
from heard.kitchen.board import Board
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.tickets import HELD, READY, STARTED, Line, Ticket, TicketState
from heard.text import cells, one_line
from heard.ui.ages import clock_text
from heard.ui.spans import Row, Span, apart, folded, packed, span, width
from heard.ui.themes import GLYPHS

SERVICES = {
    "dine_in": "DINE-IN",
    "pickup": "PICKUP",
    "delivery": "DELIVERY",
    "curbside": "CURBSIDE",
    "drive_thru": "DRIVE-THRU",
    "catering": "CATERING",
    "unknown": "",
}
ACTIONS = {
    "no": ("NO ", "card.no"),
    "extra": ("EXTRA ", "card.extra"),
    "lite": ("LITE ", "card.side"),
    "side": ("SIDE ", "card.side"),
    "sub": ("SUB ", "card.side"),
    "pre": ("PRE ", "card.side"),
    "add": ("ADD ", "card.extra"),
    "choice": ("", "card.choice"),
}
"""Modifier action → the word before its name, and its role."""


class CardRow(NamedTuple):
    """A line of a card, the one-cell mark at its edge, if any, and what fills the rest of it."""

    row: Row
    mark: Span | None = None
    fill: str = "card.text"


Block = tuple[CardRow, ...]
"""Lines that belong together: an item with all that is said of it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket in lines. Its first line, the header, has a clock in it and is made anew each second: see `header`."""

    ticket_id: str
    label: str
    words: tuple[str, ...]
    """For the header, what fits of it: service, place."""
    placed_at: datetime
    state: TicketState
    top: Block = ()
    alarm: Block = ()
    """Repeated wherever the card goes on."""
    blocks: tuple[Block, ...] = ()
    alarms: tuple[str, ...] = ()
    """Why it may never be out of sight: ALLERGY, VOID."""
    rows: tuple[CardRow, ...] = ()
    """Every line under the header."""

    @property
    def height(self) -> int:
        """Lines it takes in one piece, its header among them."""
        return 1 + len(self.rows)


@dataclass(frozen=True, slots=True)
class Look:
    """How a station wants its cards: columns of room, the store's clock, a language for dish names, marks."""

    width: int = 26
    zone: tzinfo = UTC
    language: str | None = None
    glyphs: dict[str, str] = field(default_factory=lambda: dict(GLYPHS))


def card(board: Board, ticket: Ticket, look: Look) -> Card:
    """The card of a ticket as its station paints it: held lines only at expo, acknowledged voids nowhere."""
    lines = [line for line in ticket.lines if line.shown or (ticket.is_expo and line.state is HELD)]
    state = board.state(ticket)
    words, spilled = _places(ticket.header, look)
    alarm = tuple(_allergies(ticket.header, lines, look))
    alarms = (("ALLERGY",) if alarm else ()) + (("VOID",) if any(not line.live for line in lines) else ())
    top = tuple(_top(ticket, state, spilled, look))
    blocks = (*_order_notes(ticket.header, look), *_blocks(board, ticket, lines, look))
    return Card(
        ticket_id=ticket.ticket_id,
        label=one_line(ticket.label),
        words=words,
        placed_at=ticket.header.placed_at,
        state=state,
        top=top,
        alarm=alarm,
        blocks=blocks,
        alarms=alarms,
        rows=(*top, *alarm, *(row for block in blocks for row in block)),
    )


# ── The header ────────────────────────────────────────────────────────────────────────────────────────────────────────

_REST = 16
"""What the header holds beside number and words: slot, spaces, and `12:34 LATE`."""


def _places(header: TicketHeader, look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Service, table and name: those that fit beside number and age, and those that need a line of their own."""
    service = header.service_label or SERVICES.get(header.service, header.service.upper())
    place = [f"T{header.table}" if (header.table or "").isdigit() else header.table, header.room, header.tab]
    said = [one_line(word) for word in (service, *place, header.customer_name) if word]
    room = look.width - _REST - cells(f"#{one_line(header.display_no)}")
    fits: list[str] = []
    for word in said:
        if cells(" ".join((*fits, word))) > room:
            break
        fits.append(word)
    return tuple(fits), tuple(said[len(fits) :])


def _top(ticket: Ticket, state: TicketState, spilled: tuple[str, ...], look: Look) -> Iterator[CardRow]:
    header = ticket.header
    words = [
        Span({"rush": " RUSH ", "vip": " VIP "}.get(header.priority, ""), f"card.{header.priority}"),
        Span("READY" if state is TicketState.READY else "", "card.ready"),
        Span("STARTED" if state is TicketState.STARTED and not ticket.is_expo else "", "card.started"),
        Span(
            " RECALLED " if any(Mark.RECALLED in line.marks for line in ticket.lines if line.live) else "", "card.mark"
        ),
        Span("TEST" if header.test else "", "card.word"),
        *(Span(word, "card.sub") for word in spilled),
        Span(f"for {clock_text(header.promised_at, look.zone)}" if header.promised_at else "", "card.word"),
        span(header.source or "", "card.sub"),
    ]
    return (CardRow(row) for row in packed(words, look.width, role="card.text"))


# ── Allergies and notes ───────────────────────────────────────────────────────────────────────────────────────────────


def _allergies(header: TicketHeader, lines: Iterable[Line], look: Look) -> Iterator[CardRow]:
    """One alarm for the whole card: what the order says, what its items say, and notes that speak of one."""
    said = [_allergy(one) for one in header.allergies]
    said += [note.text for note in header.notes if speaks_of_allergy(note.text)]
    for line in lines:
        said += [_allergy(one) for one in line.item.allergies]
        said += [note.text for note in line.item.notes if speaks_of_allergy(note.text)]
    seen: dict[str, str] = {}
    for text in said:
        words = _without_word(one_line(text))
        seen.setdefault(words.casefold(), words)
    for text in seen.values():
        first = (Span("! ALLERGY ", "card.allergy"),)
        for row in folded(text, "card.allergy", look.width, first=first, indent=2):
            yield CardRow(row, fill="card.allergy")


def _allergy(allergy: Allergy) -> str:
    code = (allergy.code or "").replace("_", " ")
    words = f"{code}: {allergy.text}" if code and allergy.text else code or allergy.text or ""
    return f"{words} (seat {allergy.seat})" if allergy.seat else words


def _without_word(text: str) -> str:
    """`nuts` of `allergy: nuts`: the word stands before it anyway."""
    head, colon, rest = text.partition(":")
    return rest.strip() if colon and rest.strip() and head.strip().casefold() in ("allergy", "allergies") else text


def _order_notes(header: TicketHeader, look: Look) -> Iterator[Block]:
    for note in header.notes:
        yield tuple(CardRow(row) for row in _note(note, look.width, 0))


def _note(note: Note, room: int, indent: int) -> list[Row]:
    role = "card.allergy" if speaks_of_allergy(note.text) else "card.note"
    pad = (Span(" " * indent, "card.text"),) if indent else ()
    return folded(note.text, role, room, first=(*pad, Span("* ", role)), indent=indent + 2)


# ── Items ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _blocks(board: Board, ticket: Ticket, lines: list[Line], look: Look) -> Iterator[Block]:
    here = {line.item_id for line in lines}
    lead = max((cells(_amount(line.item)) for line in lines), default=1)
    for line in _families(lines, here):
        child = line.item.parent_item_id in here
        yield tuple(_item(board, ticket, line, look, lead=min(lead, 9), child=child))


def _families(lines: list[Line], here: set[str]) -> Iterator[Line]:
    """Parts of a combo right after what they are part of; none is lost, whatever a till says of its parents."""
    seen: set[str] = set()
    roots = [line for line in lines if line.item.parent_item_id not in here]
    for root in (*roots, *lines):
        yield from _family(root, lines, seen)


def _family(line: Line, lines: list[Line], seen: set[str]) -> Iterator[Line]:
    if line.item_id not in seen:
        seen.add(line.item_id)
        yield line
        for one in lines:
            if one.item.parent_item_id == line.item_id:
                yield from _family(one, lines, seen)


def _item(board: Board, ticket: Ticket, line: Line, look: Look, *, lead: int, child: bool) -> Iterator[CardRow]:
    """Quantity and name, and under it all that makes this one different."""
    stand = _stand(board, ticket, line, look)
    qty_role = "card.qty" if stand.role == "card.name" else stand.role
    first = [Span(f"{stand.mark.text:<2} ", stand.mark.role)] if ticket.is_expo else []
    first += [Span(_amount(line.item).rjust(lead) + " ", qty_role)]
    first += [Span(look.glyphs["child"] + " ", "card.sub")] if child else []
    indent = sum(cells(part.text) for part in first)
    rows = folded(_name(line.item, look), stand.role, look.width, first=tuple(first))
    if stand.waits_for and width(rows[-1]) + cells(stand.waits_for) + 2 <= look.width:
        rows[-1] = apart(rows[-1], (Span(stand.waits_for, "card.sub"),), look.width, "card.text")
    elif stand.waits_for:  # who still has it is what expo asks first: a line of its own rather than none
        rows += folded(stand.waits_for, "card.sub", look.width, indent=indent)
    edge = None if ticket.is_expo or not stand.mark.text else stand.mark
    for number, row in enumerate(rows):
        yield CardRow(row, edge if number == 0 else None)
    for row in _details(ticket, line, look, indent, held=stand.role == "card.held"):
        yield CardRow(row)


class _Stand(NamedTuple):
    """How an item stands: the role of its name, its mark, and at expo the stations it waits for."""

    role: str
    mark: Span
    waits_for: str = ""


def _stand(board: Board, ticket: Ticket, line: Line, look: Look) -> _Stand:
    if not line.live:
        return _Stand("card.void", Span("x", "card.void"))
    if ticket.is_expo:
        return _pass_stand(board, ticket, line, look.glyphs)
    if line.state is READY:
        return _Stand("card.done", Span(look.glyphs["done"], "card.ready"))
    return _Stand("card.name", Span(look.glyphs["started"] if line.state is STARTED else "", "card.started"))


def _pass_stand(board: Board, ticket: Ticket, line: Line, glyphs: Mapping[str, str]) -> _Stand:
    """What the pass sees of an item: it follows the lines of those who make it, not expo's own copy."""
    if line.handed_over:
        return _Stand("card.done", Span(glyphs["over"], "card.done"))
    parts = [one for one in board.of_order(ticket.order_id) if not (one.is_expo and line.item.stations)]
    made = {one.station: found for one in parts if (found := one.line(line.item_id)) is not None and found.live}
    if made and all(one.state is HELD for one in made.values()):
        return _Stand("card.held", Span(" ", "card.held"))
    late = [station for station, one in made.items() if one.state is not READY]
    mark = glyphs["done" if not late else "some" if len(late) < len(made) else "none"]
    waits_for = " ".join(one_line(station) for station in late if station != EXPO)
    return _Stand("card.name", Span(mark, "card.word" if late else "card.ready"), waits_for)


def _details(ticket: Ticket, line: Line, look: Look, indent: int, *, held: bool) -> Iterator[Row]:
    item = line.item
    yield from packed(_words(ticket, line, held=held), look.width, indent=indent, role="card.text")
    if item.variation:
        yield from folded(item.variation, "card.choice", look.width, first=(Span(" " * indent, "card.text"),))
    yield from _modifiers(item.modifiers, look, indent)
    for allergy in item.allergies:
        first = (Span(" " * indent, "card.text"), Span("! ALLERGY ", "card.allergy"))
        yield from folded(_allergy(allergy), "card.allergy", look.width, first=first, indent=indent + 2)
    for note in item.notes:
        yield from _note(note, look.width, indent)


def _words(ticket: Ticket, line: Line, *, held: bool) -> Iterator[Span]:
    """What a cook must notice, as words."""
    if not line.live:
        yield Span(" VOID ", "card.mark")
    if held:
        yield Span("HELD", "card.held")
    for mark in line.marks:
        was = _was(line) if mark is Mark.CHANGED else ""
        yield Span(f" {mark.value}{was} ", "card.mark")
    if not ticket.is_expo:
        others = [one.upper() for one in line.item.stations if one not in (ticket.station, EXPO)]
        yield span(f"ALSO AT: {', '.join(others)}" if others else "", "card.also")
    yield span(f"course {line.item.course}" if line.item.course is not None else "", "card.sub")
    yield span(f"seat {line.item.seat}" if line.item.seat else "", "card.sub")


def _was(line: Line) -> str:
    """The old quantity and the new one, if that is what changed."""
    before = line.before
    if before is None or before.qty == line.item.qty:
        return ""
    return f" {_amount(before)}→{_amount(line.item)}"


def _modifiers(modifiers: Iterable[Modifier], look: Look, indent: int) -> Iterator[Row]:
    for modifier in modifiers:
        word, role = ACTIONS[modifier.action]
        times = f"{_number(modifier.qty)}x " if modifier.qty is not None and modifier.qty != 1 else ""
        name = (modifier.kitchen_name or {}).get(look.language or "") or modifier.name
        first = (Span(" " * indent, "card.text"), *((Span(word + times, role),) if word or times else ()))
        yield from folded(name, role, look.width, first=first, indent=indent)
        yield from _modifiers(modifier.children, look, min(indent + 2, look.width // 2))


def _name(item: TicketItem, look: Look) -> str:
    return (item.kitchen_name or {}).get(look.language or "") or item.name


def _amount(item: TicketItem) -> str:
    return _number(item.qty) + ("" if item.unit == "each" else item.unit)


def _number(qty: Decimal) -> str:
    return format(qty.normalize(), "f")
