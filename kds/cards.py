"""A ticket as lines of text: what a cook reads on a card, before any terminal is involved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from heard.contract.kds import EXPO, Mark, TicketHeader, TicketItem
from heard.contract.orders import Allergy, Modifier, Note
from heard.kitchen.board import Board
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.tickets import HELD, READY, STARTED, Line, Ticket, TicketState
from heard.text import cells, one_line
from heard.ui.ages import clock_text
from heard.ui.spans import Row, Span, apart, clipped, folded, packed, span, width
from heard.ui.themes import GLYPHS
from heard.ui.words import ENGLISH, Words
from kds.letters import Style, big_width, folded_big, style_of
from kds.sizes import SIZES, Size, TextSize

ACTION_ROLES = {
    "no": ("card.no", "card.without"),
    "extra": ("card.extra", "card.extra"),
    "lite": ("card.side", "card.side"),
    "side": ("card.side", "card.side"),
    "sub": ("card.side", "card.side"),
    "pre": ("card.side", "card.side"),
    "add": ("card.extra", "card.extra"),
    "choice": ("card.choice", "card.choice"),
}
"""Modifier action → the roles of its word and of the name after it."""


@lru_cache(maxsize=8)
def service_words(words: Words) -> Mapping[str, str]:
    """Service → its word."""
    return {
        "dine_in": words("DINE-IN"),
        "pickup": words("PICKUP"),
        "delivery": words("DELIVERY"),
        "curbside": words("CURBSIDE"),
        "drive_thru": words("DRIVE-THRU"),
        "catering": words("CATERING"),
        "unknown": "",
    }


@lru_cache(maxsize=8)
def action_words(words: Words) -> Mapping[str, str]:
    """Modifier action → the word before its name."""
    return {
        "no": words("NO"),
        "extra": words("EXTRA"),
        "lite": words("LITE"),
        "side": words("SIDE"),
        "sub": words("SUB"),
        "pre": words("PRE"),
        "add": words("ADD"),
        "choice": "",
    }


@lru_cache(maxsize=8)
def mark_words(words: Words) -> Mapping[Mark, str]:
    """What a cook must notice, in words."""
    return {
        Mark.CHANGED: words("CHANGED"),
        Mark.RECALLED: words("RECALLED"),
        Mark.ADD_ON: words("ADD-ON"),
        Mark.UNROUTED: words("UNROUTED"),
    }


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
    repeated: Block = ()
    """In place of `alarm` on a card in several pieces: on each of them, voids too."""
    promised_at: datetime | None = None
    """Its first row tells of this, and counts down: see `promise`."""
    head: int = 1
    """Lines of its header."""
    size: TextSize = "normal"

    @property
    def height(self) -> int:
        """Lines it takes in one piece, its header among them."""
        return self.head + len(self.rows)


@dataclass(frozen=True, slots=True)
class Look:
    """How a station wants its cards: columns of room, the store's clock, a language for dish names, marks, a size."""

    width: int = 26
    zone: tzinfo = UTC
    language: str | None = None
    glyphs: dict[str, str] = field(default_factory=lambda: dict(GLYPHS))
    words: Words = ENGLISH
    size: TextSize = "normal"

    @property
    def measures(self) -> Size:
        """What its size asks for."""
        return SIZES[self.size]

    @property
    def letters(self) -> Style:
        """Which big letters this terminal can show."""
        return style_of(self.glyphs.get("block", ""))


def card(board: Board, ticket: Ticket, look: Look) -> Card:
    """The card of a ticket as its station paints it: held lines only at expo, acknowledged voids nowhere."""
    lines = [line for line in ticket.lines if line.shown or (ticket.is_expo and line.state is HELD)]
    state = board.state(ticket)
    words, spilled = _places(ticket.header, look)
    alarm = tuple(_allergies(ticket.header, lines, look))
    voids = tuple(_voids(lines, look))
    top = tuple(_top(ticket, state, spilled, look))
    blocks = _closed((*_order_notes(ticket.header, look), *_blocks(board, ticket, lines, look)))
    return Card(
        ticket_id=ticket.ticket_id,
        label=one_line(ticket.label),
        words=words,
        placed_at=ticket.header.placed_at,
        state=state,
        top=top,
        alarm=alarm,
        blocks=blocks,
        alarms=(("ALLERGY",) if alarm else ()) + (("VOID",) if voids else ()),
        rows=(*top, *alarm, *(row for block in blocks for row in block)),
        repeated=(*alarm, *voids),
        promised_at=ticket.header.promised_at,
        head=look.measures.head,
        size=look.size,
    )


def _closed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Without the empty line that sets the last one apart from nothing."""
    return (*blocks[:-1], blocks[-1][:-1]) if blocks and not blocks[-1][-1].row else blocks


# ── The header ────────────────────────────────────────────────────────────────────────────────────────────────────────

_REST = 16
"""What the header holds beside number and words: slot, spaces, and `12:34 LATE`."""
_BIG_REST = 26
"""The same beside a number and an age in big letters: slot, gaps, `12:34`."""


def _places(header: TicketHeader, look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Service, table and name: those that fit beside number and age, and those that need a line of their own."""
    place = [f"T{header.table}" if (header.table or "").isdigit() else header.table, header.room, header.tab]
    said = [one_line(word) for word in (_service(header, look), *place, header.customer_name) if word]
    if look.measures.head > 1:
        return _big_places(header, said, look)
    room = look.width - _REST - cells(f"#{one_line(header.display_no)}")
    fits: list[str] = []
    for word in said:
        if cells(" ".join((*fits, word))) > room:
            break
        fits.append(word)
    return tuple(fits), tuple(said[len(fits) :])


def _big_places(header: TicketHeader, said: list[str], look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two lines between number and age: the service beside the number in small, the place under it."""
    number = one_line(header.display_no)
    room = look.width - _BIG_REST - (big_width(number, look.letters) or 0)
    beside = said[:1] if said and cells(f"#{number} {said[0]}") <= room else []
    under: list[str] = []
    for word in said[len(beside) :]:
        if cells(" ".join((*under, word))) > room:
            break
        under.append(word)
    return (" ".join(beside), " ".join(under)), tuple(said[len(beside) + len(under) :])


def _service(header: TicketHeader, look: Look) -> str:
    """Its icon and its word; a label of the till's own in the word's place."""
    word = header.service_label or service_words(look.words).get(header.service, header.service.upper())
    icon = look.glyphs.get(header.service, "")
    return f"{icon} {word}".strip() if word else ""


def _top(ticket: Ticket, state: TicketState, spilled: tuple[str, ...], look: Look) -> Iterator[CardRow]:
    header, say = ticket.header, look.words
    if header.promised_at is not None:
        yield _row((Span(say("for {time}", time=clock_text(header.promised_at, look.zone)), "card.word"),), look)
    recalled = any(Mark.RECALLED in line.marks for line in ticket.lines if line.live)
    begun = state is TicketState.STARTED and not ticket.is_expo
    held = ticket.is_expo and header.fire_at is not None and any(line.state is HELD for line in ticket.lines)
    covers, server = header.covers, one_line(header.server or "")
    priority = {"rush": f" {say('RUSH')} ", "vip": f" {say('VIP')} "}.get(header.priority, "")
    words = [
        Span(priority, f"card.{header.priority}"),
        Span(f" {say('TEST')} " if header.test else "", "card.mark"),
        Span(say("READY") if state is TicketState.READY else "", "card.ready"),
        Span(say("STARTED") if begun else "", "card.started"),
        Span(f" {say('RECALLED')} " if recalled else "", "card.mark"),
        *(Span(word, "card.word") for word in spilled),
        Span(_fires(header, look) if held else "", "card.word"),
        Span(say.many("{n} cover", "{n} covers", covers) if covers else "", "card.sub"),
        Span(say("server {name}", name=server) if server else "", "card.sub"),
        Span("" if header.paid is None else say("PAID") if header.paid else say("NOT PAID"), "card.sub"),
        span(header.source or "", "card.sub"),
    ]
    for row in packed(words, look.width - look.measures.margin, role="card.text"):
        yield _row(row, look)


def _row(row: Row, look: Look, mark: Span | None = None, fill: str = "card.text") -> CardRow:
    """A row of a card, with the margin of its size."""
    margin = look.measures.margin
    return CardRow((Span(" " * margin, fill), *row) if margin else row, mark, fill)


def _fires(header: TicketHeader, look: Look) -> str:
    return look.words("fires {time}", time=clock_text(header.fire_at, look.zone)) if header.fire_at else ""


def promise(promised_at: datetime, now: datetime, look: Look) -> CardRow:
    """When a card is promised for, and how long that is from now: the one row of a body that has a clock in it."""
    time = clock_text(promised_at, look.zone)
    seconds = (promised_at - now).total_seconds()
    minutes = math.ceil(seconds / 60) if seconds > 0 else math.floor(-seconds / 60)
    if seconds > 0:
        said = look.words("for {time}, in {age}", time=time, age=_minutes(minutes, look))
        return _row((Span(said, "card.due" if minutes <= SOON_MIN else "card.word"),), look)
    if minutes == 0:
        return _row((Span(look.words("for {time}, now", time=time), "card.due"),), look)
    said = look.words("for {time}, {age} LATE", time=time, age=_minutes(minutes, look))
    return _row((Span(f" {said} ", "card.overdue"),), look, fill="card.text")


SOON_MIN = 5
"""A promise this near (min) is said louder."""


def _minutes(minutes: int, look: Look) -> str:
    return look.words("{n} min", n=minutes) if minutes < 100 else f"{minutes // 60}h{minutes % 60:02d}"


# ── Allergies and notes ───────────────────────────────────────────────────────────────────────────────────────────────


def _allergies(header: TicketHeader, lines: Iterable[Line], look: Look) -> Iterator[CardRow]:
    """One alarm for the whole card: what the order says, what its items say, and notes that speak of one."""
    said = [_allergy(one, look) for one in header.allergies]
    said += [note.text for note in header.notes if speaks_of_allergy(note.text)]
    for line in lines:
        said += [_allergy(one, look) for one in line.item.allergies]
        said += [note.text for note in line.item.notes if speaks_of_allergy(note.text)]
    seen: dict[str, str] = {}
    for text in said:
        words = _without_word(one_line(text))
        seen.setdefault(words.casefold(), words)
    for text in seen.values():
        first = (Span(f"! {look.words('ALLERGY')} ", "card.allergy"),)
        for row in folded(text, "card.allergy", look.width - look.measures.margin, first=first, indent=2):
            yield _row(row, look, fill="card.allergy")


def _allergy(allergy: Allergy, look: Look) -> str:
    code = (allergy.code or "").replace("_", " ")
    words = f"{code}: {allergy.text}" if code and allergy.text else code or allergy.text or ""
    return f"{words} ({look.words('seat {seat}', seat=allergy.seat)})" if allergy.seat else words


def _voids(lines: Iterable[Line], look: Look) -> Iterator[CardRow]:
    """What is off the order, for pieces of a card on which the line itself may not stand."""
    for line in lines:
        if not line.live:
            first = (Span(f" {look.words('VOID')} ", "card.mark"), Span(" ", "card.text"))
            text = f"{_amount(line.item)} {_name(line.item, look)}"
            yield _row(clipped((*first, span(text, "card.void")), look.width - look.measures.margin), look)


def _without_word(text: str) -> str:
    """`nuts` of `allergy: nuts`: the word stands before it anyway."""
    head, colon, rest = text.partition(":")
    return rest.strip() if colon and rest.strip() and head.strip().casefold() in ("allergy", "allergies") else text


def _order_notes(header: TicketHeader, look: Look) -> Iterator[Block]:
    for note in header.notes:
        yield tuple(_row(row, look) for row in _note(note, look.width - look.measures.margin, 0))


def _note(note: Note, room: int, indent: int) -> list[Row]:
    role = "card.allergy" if speaks_of_allergy(note.text) else "card.note"
    pad = (Span(" " * indent, "card.text"),) if indent else ()
    return folded(note.text, role, room, first=(*pad, Span("* ", role)), indent=indent + 2)


# ── Items ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _blocks(board: Board, ticket: Ticket, lines: list[Line], look: Look) -> Iterator[Block]:
    here = {line.item_id for line in lines}
    lead = max((cells(_amount(line.item)) for line in lines), default=1)
    paper = replace(look, width=look.width - look.measures.margin)
    families = [list(_family(root, lines, set())) for root in _roots(lines, here)]
    ordered = sorted(_whole(families, lines), key=_came_later)
    ruled = False
    for family in ordered:
        for line in family:
            child = line.item.parent_item_id in here
            rows = list(_item(board, ticket, line, paper, lead=min(lead, 9), child=child, ruled=_came_later(family)))
            if _came_later(family) and not ruled:
                rows.insert(0, CardRow(_rule(look.words("ADD-ON"), paper)))
                ruled = True
            gap = (CardRow(()),) if look.measures.spaced and line is family[-1] else ()
            yield (*(_row(row.row, look, row.mark, row.fill) for row in rows), *gap)


def _came_later(family: list[Line]) -> bool:
    """Whether it was ordered after the rest: it stands under a rule."""
    return Mark.ADD_ON in family[0].marks


def _rule(word: str, look: Look) -> Row:
    line = look.glyphs.get("rule", "")
    after = line * (look.width - 4 - cells(word))
    return Span(f"{line} ", "card.sub"), Span(word, "card.also"), Span(f" {after}", "card.sub")


def _roots(lines: list[Line], here: set[str]) -> list[Line]:
    return [line for line in lines if line.item.parent_item_id not in here]


def _whole(families: list[list[Line]], lines: list[Line]) -> Iterator[list[Line]]:
    """The families, and those that a careless till says are each other's parents: none is lost."""
    yield from families
    seen = {line.item_id for family in families for line in family}
    for line in lines:
        if line.item_id not in seen:
            yield list(_family(line, lines, seen))


def _family(line: Line, lines: list[Line], seen: set[str]) -> Iterator[Line]:
    """A combo and its parts, which stand right after what they are part of."""
    if line.item_id not in seen:
        seen.add(line.item_id)
        yield line
        for one in lines:
            if one.item.parent_item_id == line.item_id:
                yield from _family(one, lines, seen)


def _item(
    board: Board, ticket: Ticket, line: Line, look: Look, *, lead: int, child: bool, ruled: bool
) -> Iterator[CardRow]:
    """Quantity and name, and under it all that makes this one different."""
    stand = _stand(board, ticket, line, look)
    qty_role = "card.qty" if stand.role == "card.name" else stand.role
    first = [Span(f"{stand.mark.text:<2} ", stand.mark.role)] if ticket.is_expo else []
    first += [Span(_amount(line.item).rjust(lead) + " ", qty_role)]
    first += [Span(look.glyphs["child"] + " ", "card.sub")] if child else []
    rows, indent = _named(line, stand, tuple(first), look)
    if stand.waits_for and width(rows[-1]) + cells(stand.waits_for) + 2 <= look.width:
        rows[-1] = apart(rows[-1], (Span(stand.waits_for, "card.sub"),), look.width, "card.text")
    elif stand.waits_for:  # who still has it is what expo asks first: a line of its own rather than none
        rows += folded(stand.waits_for, "card.sub", look.width, indent=indent)
    edge = None if ticket.is_expo or not stand.mark.text else _on_edge(stand.mark)
    for number, row in enumerate(rows):
        yield CardRow(row, edge if number == 0 else None)
    for row in _details(ticket, line, look, indent, held=stand.role == "card.held", ruled=ruled):
        yield CardRow(row)


def _on_edge(mark: Span) -> Span:
    """A mark beside the card instead of on it."""
    return Span(mark.text, mark.role.replace("card.", "edge."))


def _named(line: Line, stand: _Stand, first: Row, look: Look) -> tuple[list[Row], int]:
    """Quantity and name, and how far in the name begins; in block letters where size and every character allow it."""
    name = _name(line.item, look)
    if look.measures.block_names and (made := _in_blocks(line, stand, first, name, look)) is not None:
        return made
    return folded(name, stand.role, look.width, first=first), width(first)


def _in_blocks(line: Line, stand: _Stand, first: Row, name: str, look: Look) -> tuple[list[Row], int] | None:
    """Three lines to a row; a part of a combo is written as ordinary text, which sets it apart."""
    amounts = folded_big(_amount(line.item), look.width, look.letters) or []
    if len(amounts) != 1 or line.item.parent_item_id is not None:
        return None
    marks = Span("".join(part.text for part in first[:-1]), stand.mark.role)
    before, takes = cells(marks.text), cells(amounts[0][0]) + _BESIDE
    names = folded_big(one_line(name), look.width - before - takes, look.letters)
    if names is None:
        return None
    rows: list[Row] = []
    for amount, words in zip_longest(amounts, names, fillvalue=("", "", "")):
        for number, (qty, text) in enumerate(zip(amount, words, strict=True)):
            mark = marks if number == 1 and amount[0] else Span(" " * before, "card.text")
            lead = (mark,) if before else ()
            rows.append((*lead, Span(qty.ljust(takes), first[-1].role), Span(text, stand.role)))
    return rows, before + takes


_BESIDE = 3
"""Cells between a quantity and a name in block letters."""


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


def _details(ticket: Ticket, line: Line, look: Look, indent: int, *, held: bool, ruled: bool) -> Iterator[Row]:
    item = line.item
    before = line.before if Mark.CHANGED in line.marks and line.live else None
    pad = (Span(" " * indent, "card.text"),)
    yield from packed(_words(ticket, line, look, held=held, ruled=ruled), look.width, indent=indent, role="card.text")
    for text in _gone(before, item, look) if before else ():
        first = (*pad, Span(look.words("was") + " ", "card.sub"))
        yield from folded(text, "card.void", look.width, first=first, indent=indent + 2)
    if item.variation:
        yield from folded(item.variation, "card.choice", look.width, first=pad)
    yield from _modifiers(item.modifiers, look, indent, before=before.modifiers if before else None)
    for allergy in item.allergies:
        first = (*pad, Span(f"! {look.words('ALLERGY')} ", "card.allergy"))
        yield from folded(_allergy(allergy, look), "card.allergy", look.width, first=first, indent=indent + 2)
    for note in item.notes:
        yield from _note(note, look.width, indent)


def _words(ticket: Ticket, line: Line, look: Look, *, held: bool, ruled: bool) -> Iterator[Span]:
    """What a cook must notice, as words."""
    say = look.words
    if not line.live:
        yield Span(f" {say('VOID')} ", "card.mark")
    if held:
        yield Span(say("HELD"), "card.held")
    for mark in line.marks:
        if mark is Mark.ADD_ON and ruled:
            continue
        was = _was(line) if mark is Mark.CHANGED else ""
        yield Span(f" {mark_words(say)[mark]}{was} ", "card.mark")
    if not ticket.is_expo:
        others = [one.upper() for one in line.item.stations if one not in (ticket.station, EXPO)]
        yield span(say("ALSO AT: {stations}", stations=", ".join(others)) if others else "", "card.also")
    yield span(say("course {course}", course=line.item.course) if line.item.course is not None else "", "card.sub")
    yield span(say("seat {seat}", seat=line.item.seat) if line.item.seat else "", "card.sub")


def _was(line: Line) -> str:
    """The old quantity and the new one, if that is what changed."""
    before = line.before
    if before is None or before.qty == line.item.qty:
        return ""
    return f" {_amount(before)}→{_amount(line.item)}"


def _gone(before: TicketItem, item: TicketItem, look: Look) -> Iterator[str]:
    """What a changed item said before and says no more."""
    if _name(before, look) != _name(item, look):
        yield _name(before, look)
    if before.variation and before.variation != item.variation:
        yield before.variation
    kept = {_said(one, look) for one in item.modifiers}
    yield from (said for one in before.modifiers if (said := _said(one, look)) not in kept)
    notes = {note.text for note in item.notes}
    yield from (note.text for note in before.notes if note.text not in notes)


def _modifiers(
    modifiers: Iterable[Modifier], look: Look, indent: int, *, before: tuple[Modifier, ...] | None = None
) -> Iterator[Row]:
    """Each choice with the word for what to do; those that a change brought are marked, `before` being the others."""
    known = None if before is None else {_said(one, look) for one in before}
    for modifier in modifiers:
        word, name = _action(modifier, look), _choice(modifier, look)
        word_role, name_role = ACTION_ROLES[modifier.action]
        new = known is not None and _said(modifier, look) not in known
        first = (
            Span(" " * indent, "card.text"),
            *((Span(f" {look.words('NEW')} ", "card.mark"), Span(" ", "card.text")) if new else ()),
            *((Span(word, word_role), Span(" ", "card.text")) if word else ()),
        )
        yield from folded(name, name_role, look.width, first=first, indent=indent)
        yield from _modifiers(modifier.children, look, min(indent + 2, look.width // 2))


def _action(modifier: Modifier, look: Look) -> str:
    times = f"{_number(modifier.qty)}x" if modifier.qty is not None and modifier.qty != 1 else ""
    return f"{action_words(look.words)[modifier.action]} {times}".strip()


def _choice(modifier: Modifier, look: Look) -> str:
    return (modifier.kitchen_name or {}).get(look.language or "") or modifier.name


def _said(modifier: Modifier, look: Look) -> str:
    """A choice with its word, as one text."""
    return f"{_action(modifier, look)} {_choice(modifier, look)}".strip()


def _name(item: TicketItem, look: Look) -> str:
    return (item.kitchen_name or {}).get(look.language or "") or item.name


def _amount(item: TicketItem) -> str:
    return _number(item.qty) + ("" if item.unit == "each" else item.unit)


def _number(qty: Decimal) -> str:
    return format(qty.normalize(), "f")
